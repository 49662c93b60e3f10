"""Self-test of a machine or accelerator: filled networks against what the published systems' code computed."""

import math
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from oldphoto_core.errors import OldPhotoError
from oldphoto_core.inference.official_cases import run_pipe_case
from oldphoto_core.networks.golden.cases import NETS, WITHOUT_NETWORK, identify, network_behind, run_case
from oldphoto_core.networks.golden.checks import Check, GoldenCaseError
from oldphoto_core.networks.golden.files import GoldenCase
from oldphoto_core.networks.golden.fill import System
from oldphoto_core.networks.golden.filled_networks import FilledNetworks
from tasks.devices import device_named

BESIDE = frozenset(
    {"input", "image", "mask", "restored", "landmarks", "content", "ref_1", "ref_2", "ref_3", "shape", "range"}
)
"""Arrays that a case is given; every other one of more than a single number is compared."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one golden file."""

    net: str
    """The network or chain, as the file is named; the whole name if it is of no known one."""

    case: str
    """Which of its cases."""

    largest_difference: float | None
    """Of the network values; where only a mask is stored, how many pixels differ; None if nothing was compared.

    If something misses, this is the difference that misses by most.
    """

    tolerance: float | None
    """How large it may be."""

    verdict: Literal["pass", "miss", "skipped"]
    """Whether every stored array came out within its tolerance; ``skipped`` if it was not tried."""

    detail: str
    """What missed and by how much, why nothing was compared, or what else was compared."""


@dataclass(frozen=True, slots=True)
class _File:
    """A golden file, known by its name."""

    path: Path
    system: System | None
    net: str
    case: str


def verify_golden(folder: Path, device: str = "cpu") -> Iterator[CaseResult]:
    """Return one result for each golden file of a folder, computed as they are asked for.

    Files that need the same large network follow each other; at any time one such network is in memory.

    Args:
        folder: The golden folder, with ``bopbtl``, ``mropm`` and ``rtn`` below, or one system's.
        device: As PyTorch names it: ``cpu``, ``cuda``, ``cuda:1``.

    Raises:
        DeviceError: There is no such device; nothing was run.
        FileNotFoundError: The folder does not exist or holds no golden file.
    """
    chosen = device_named(device)
    files = _golden_files(folder)
    return _results(files, chosen)


def _golden_files(folder: Path) -> list[_File]:
    """Return the golden files of a folder, those with the same large network together.

    Raises:
        FileNotFoundError: There are none.
    """
    paths = [path for place in (folder, *(folder / system for system in NETS)) for path in place.glob("*.npz")]
    if not paths:
        raise FileNotFoundError(
            f"no golden file <net>_<case>.npz in {folder}, nor in its folders {', '.join(NETS)}; see golden/README.md"
        )
    files = []
    for path in paths:
        known = identify(path.stem)
        files.append(_File(path, None, path.stem, "") if known is None else _File(path, *known))
    return sorted(files, key=lambda file: (file.system or "~", network_behind(file.net), file.path.name, file.path))


def _results(files: list[_File], device: torch.device) -> Iterator[CaseResult]:
    networks = FilledNetworks(device)
    for file in files:
        if file.system is None:
            detail = f"{file.path.name} is of no known network"
            yield CaseResult(file.net, file.case, None, None, "skipped", detail)
        elif file.net in WITHOUT_NETWORK:
            detail = f"{file.net} is of no network; this version does not compute it"
            yield CaseResult(file.net, file.case, None, None, "skipped", detail)
        else:
            yield _result(file, networks)


def _result(file: _File, networks: FilledNetworks) -> CaseResult:
    """Return what comes of one file; whatever is wrong with it is a miss and never more than that."""
    try:
        case = GoldenCase(file.net, file.case, _arrays(file.path))
        with _full_float32():
            checks = run_pipe_case(case, networks) if file.net.startswith("pipe_") else run_case(case, networks)
    except Exception as error:  # noqa: BLE001 - the border of a self-test: a case that breaks is a case that misses
        told = str(error).strip().splitlines() or ["no reason given"]
        reason = told[0] if isinstance(error, OldPhotoError) else f"{type(error).__name__}: {told[0]}"
        return CaseResult(file.net, file.case, None, None, "miss", reason)
    return _judged(case, checks)


def _arrays(path: Path) -> Mapping[str, np.ndarray]:
    """Return the arrays of a golden file; objects, which could run code, are refused.

    Raises:
        GoldenCaseError: The file is damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise GoldenCaseError(f"{path.name} is no whole .npz file: {error}") from error


def _judged(case: GoldenCase, checks: tuple[Check, ...]) -> CaseResult:
    """Return the verdict over all checks, told by the one that says most."""
    missed = [check for check in checks if not check.holds]
    values = [check for check in checks if check.unit == "value"]
    shown = max(missed or values or checks, key=_severity)
    compared = {check.name for check in checks}
    left = [name for name, array in case.arrays.items() if array.size > 1 and name not in BESIDE | compared]
    told = missed or [check for check in checks if check.unit != "value" and (check.difference > 0 or not values)]
    words = [check.told for check in sorted(told, key=_severity, reverse=True)]
    if left:
        words.append(f"not compared: {', '.join(left)}")
    verdict: Literal["pass", "miss"] = "miss" if missed else "pass"
    return CaseResult(case.net, case.case, shown.difference, shown.tolerance, verdict, "; ".join(words))


def _severity(check: Check) -> tuple[float, float]:
    """Return the difference in units of its tolerance, NaN above all; of equal ones the more tolerant counts more."""
    ratio = float("inf") if math.isnan(check.difference) else check.difference / check.tolerance
    return ratio, check.tolerance


@contextmanager
def _full_float32() -> Iterator[None]:
    """Keep accelerators from rounding products to fewer bits (TF32) meanwhile."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            yield
    finally:
        torch.set_float32_matmul_precision(before)
