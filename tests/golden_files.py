"""The golden files kept with the tests, and how to spoil a filled network by one weight."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import nn

from oldphoto_core.networks.golden.cases import identify, network_behind
from oldphoto_core.networks.golden.files import GoldenCase
from oldphoto_core.networks.registry import to_official

GOLDEN = Path(__file__).parent / "oldphoto_core" / "networks" / "golden" / "bopbtl"
FACE_BLEND = Path(__file__).parent / "oldphoto_core" / "faces" / "data" / "face_blend.npz"


def golden_stems(*, scripts: bool) -> list[str]:
    """Names of the golden files, of scripts or of networks, those that need the same large network together."""
    stems = [path.stem for path in GOLDEN.glob("*.npz") if path.stem.startswith("pipe_") == scripts]
    return sorted(stems, key=lambda stem: (network_behind(_known(stem)[0]), stem))


def golden_case(stem: str) -> GoldenCase:
    net, case = _known(stem)
    with np.load(GOLDEN / f"{stem}.npz") as stored:
        return GoldenCase(net, case, dict(stored))


def _known(stem: str) -> tuple[str, str]:
    found = identify(stem)
    assert found is not None
    return found[1:]


@contextmanager
def one_weight_off(network: nn.Module, within: str = "") -> Iterator[None]:
    """Change a single number of the last weights whose key begins so, and put it back."""
    weight = [
        tensor
        for key, tensor in to_official(network).items()
        if tensor.ndim >= 2 and key.endswith((".weight", "weight_orig")) and key.startswith(within)
    ][-1].view(-1)
    before = float(weight[0])
    with torch.no_grad():
        weight[0] += 0.2
    try:
        yield
    finally:
        with torch.no_grad():
            weight[0] = before
