"""Make one result of the catalog again, from its master, with the recorded settings, and compare the two."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import cv2
import numpy as np

from catalogs.read import open_catalog
from catalogs.schema import TreatmentRow
from oldphoto_core.errors import OldPhotoError
from oldphoto_core.scan.read import read_scan
from tasks.classify import classify_photograph
from tasks.diagnosers import diagnoser_of
from tasks.engines import engine_of
from tasks.masters import MasterLostError
from tasks.models.installed import DEFAULT_FOLDER
from tasks.modernize import modernize_photograph
from tasks.night import Night
from tasks.photograph import Photograph
from tasks.pictures import BENCH_FILES
from tasks.recorded_result import CannotReproduceError, RecordedResult, Stage, asset_named, last_stage
from tasks.restore import restore_photograph
from tasks.settings import NightSettings, SettingsError
from tasks.storage import ObjectMissingError, StoreError, open_store
from tasks.style.engines import style_weights
from tasks.version import code_version, library_versions

STEP = 1 / 65535
"""Smallest difference that counts in the share of pixels: one step of 16 bits, as a fraction of full scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """One result made again, and how it compares with the one that stands."""

    asset_id: str
    """The photograph."""

    key: str
    """Name of its master."""

    stage: Stage
    """The stage whose result was compared."""

    path: str
    """The result that stands, below the output root."""

    run_id: str
    """The run that made it."""

    as_recorded: bool
    """Whether the file that stands has the digest that the catalog names."""

    largest_difference: float | None
    """Largest difference of a sample, as a fraction of full scale; None: the two cannot be laid over one another."""

    share: float | None
    """Share of pixels that differ by more than one step of 16 bits, 0 to 1."""

    tolerance: float
    """Largest difference that still counts as equal, as a fraction of full scale."""

    differences: tuple[str, ...]
    """What else is other than it was: code, libraries, machine, settings, verdicts. A sentence each."""

    @property
    def is_equal(self) -> bool:
        """Whether the pixels are equal within the tolerance."""
        return self.largest_difference is not None and self.largest_difference <= self.tolerance

    @property
    def verdict(self) -> str:
        """The outcome in a sentence."""
        if self.largest_difference is None:
            return "different: the two cannot be laid over one another"
        if self.largest_difference == 0.0:
            return "identical: every decoded pixel"
        word = "equal within the tolerance" if self.is_equal else "different"
        return f"{word}: by up to {self.largest_difference:.6f} of full scale, {self.share:.2%} of pixels"


def reproduce(
    uri: str, asset: str, stage: Stage | None = None, *, tolerance: float = 0.0, models_dir: Path = DEFAULT_FOLDER
) -> Reproduction:
    """Return how a result made again compares with the one that stands.

    The master is fetched from where it was catalogued, judged and treated again in a temporary folder; nothing is
    written to the output.

    Args:
        uri: The output of nightly runs.
        asset: The photograph: its asset_id, the first digits of it, or the name of its master.
        stage: The stage whose result is compared; None: the last one that has a result.
        tolerance: Largest difference that counts as equal, as a fraction of full scale.
        models_dir: Where fetched weights lie.

    Raises:
        CannotReproduceError: The photograph or its result is unknown, the master or the weights cannot be had, or what
            decided the result cannot be told any more.
        CatalogError: The catalog is damaged.
        StoreError: The output does not answer.
    """
    output = open_store(uri)
    catalog = open_catalog(output)
    asset_id = asset_named(catalog, asset)
    made = RecordedResult(catalog, asset_id, stage or last_stage(catalog, asset_id), models_dir)
    if made.stage == "restore" and made.settings.restore_hash != made.result.settings_hash:
        raise CannotReproduceError(
            f"the settings of {made.run.run_id} come to {made.settings.restore_hash}, but the result was made with "
            f"{made.result.settings_hash}: this version has other settings than the one that made it, or the record "
            "was altered"
        )
    with TemporaryDirectory(prefix="oldphoto-") as name:
        folder = Path(name)
        stands = folder / "stands.tif"
        try:
            found = output.fetch(made.result.output_path or "", stands)
        except ObjectMissingError as error:
            raise CannotReproduceError(f"the result to compare with is gone: {error}") from error
        with _what_prevents():
            night, photograph = _made_again(made, folder)
            return _compared(
                made,
                night,
                photograph,
                stands,
                as_recorded=found.sha256 == made.result.output_sha256,
                tolerance=tolerance,
            )


@contextmanager
def _what_prevents() -> Iterator[None]:
    """Turn what keeps a treatment from being repeated into its one error."""
    try:
        yield
    except MasterLostError as error:
        raise CannotReproduceError(f"the master cannot be had: {error.reason}: {error.detail}") from error
    except StoreError as error:
        raise CannotReproduceError(f"the master cannot be had: {error}") from error
    except (OldPhotoError, SettingsError) as error:
        raise CannotReproduceError(str(error)) from error


def _made_again(made: RecordedResult, folder: Path) -> tuple[Night, Photograph]:
    """Return the photograph after its last stage; its pictures lie on the bench of a workshop in the folder."""
    settings = made.settings.model_copy(update={"work_dir": folder / "work"})
    night = Night(
        run_id=made.run.run_id,
        started_at=made.run.started_at,
        source_uri=made.asset.source_uri,
        output_uri=(folder / "output").as_uri(),
        references_uri=made.run.references_uri,
        settings=settings,
        code_version=code_version(),
    )
    _check_weights(made, settings)
    cv2.setNumThreads(1)  # as in a night
    photograph = restore_photograph(night, classify_photograph(night, Photograph(asset=made.asset)))
    if made.stage == "modernize":
        photograph = modernize_photograph(night, photograph, made.references)
    return night, photograph


def _check_weights(made: RecordedResult, settings: NightSettings) -> None:
    """Refuse to begin with other weights than the recorded ones.

    Raises:
        CannotReproduceError: The weights here are others.
        ModelError: They are not there, or were changed.
    """
    restoring = engine_of(settings).weights
    named: Mapping[str, str | None] = {
        row.step: row.weights_sha256
        for row in made.rows
        if (row.run_id, row.stage) == (made.result.run_id, "restore") and row.step != "result"
    }
    wanted: list[tuple[str, str | None, str | None]] = [
        (f"step {step}", digest, restoring.get(step))  # type: ignore[call-overload]  # a step's name
        for step, digest in named.items()
    ]
    if made.stage == "modernize":
        wanted.append(("the modernized picture", made.result.weights_sha256, style_weights(settings)))
    if made.damage is not None:
        wanted.append(("the damage report", made.damage.weights_sha256, diagnoser_of(settings).weights_sha256))
    for what, recorded, here in wanted:
        if recorded is not None and recorded != here:
            raise CannotReproduceError(f"{what} was made with weights {recorded}, here are {here}: use those")


def _compared(
    made: RecordedResult, night: Night, photograph: Photograph, stands: Path, *, as_recorded: bool, tolerance: float
) -> Reproduction:
    largest, share = None, None
    if made.stage in photograph.changed_by:
        again = night.workshop.bench(made.asset_id) / BENCH_FILES[made.stage]
        largest, share = difference(stands, again, night.settings)
    return Reproduction(
        asset_id=made.asset_id,
        key=made.asset.key,
        stage=made.stage,
        path=made.result.output_path or "",
        run_id=made.run.run_id,
        as_recorded=as_recorded,
        largest_difference=largest,
        share=share,
        tolerance=tolerance,
        differences=tuple(_differences(made, night, photograph, as_recorded=as_recorded)),
    )


def difference(one: Path, other: Path, settings: NightSettings) -> tuple[float | None, float | None]:
    """Return how much two pictures differ: the most, as a fraction of full scale, and the share of pixels.

    Returns:
        Twice None if size, channels or depth differ. A pixel counts if one of its channels differs by more than one
        step of 16 bits.

    Raises:
        ScanError: One of them cannot be decoded.
    """
    a, b = (read_scan(path, limits=settings.own_limits).pixels for path in (one, other))
    if a.shape != b.shape or a.dtype != b.dtype:
        return None, None
    scale = float(np.iinfo(a.dtype).max)
    apart = np.abs(a.astype(np.int64) - b.astype(np.int64)).max(axis=-1)
    return float(apart.max()) / scale, float((apart > STEP * scale * (1 + 1e-9)).mean())


def _differences(made: RecordedResult, night: Night, photograph: Photograph, *, as_recorded: bool) -> Iterator[str]:
    if not as_recorded:
        yield f"{made.result.output_path} is not the file that was recorded: its digest is another"
    if night.code_version != made.result.code_version:
        yield f"code: {made.result.code_version} then, {night.code_version} now"
    then, now = json.loads(made.run.versions), json.loads(library_versions())
    for name in sorted(then.keys() | now.keys()):
        if then.get(name) != now.get(name):
            yield f"{name}: {then.get(name)} then, {now.get(name)} now"
    recorded = json.loads(made.run.config)
    added = sorted(made.settings.deciding().keys() - recorded.keys())
    if added:
        yield f"settings that the run did not know have their default: {', '.join(added)}"
    if made.damage is not None and tuple(photograph.damage.plan) != tuple(made.damage.plan):
        yield f"plan: {', '.join(made.damage.plan)} then, {', '.join(photograph.damage.plan)} now"
    yield from _other_verdicts(made, photograph)


def _other_verdicts(made: RecordedResult, photograph: Photograph) -> Iterator[str]:
    then = {(row.stage, row.step): row.verdict for row in made.rows if row.run_id == made.result.run_id}
    rows = cast("Sequence[TreatmentRow]", photograph.rows.get("treatments", ()))
    now = {(row.stage, row.step): row.verdict for row in rows}
    for stage, step in sorted(name for name in then.keys() | now.keys() if name[0] in {"restore", made.stage}):
        before, after = then.get((stage, step)), now.get((stage, step))
        if before != after:
            yield f"{stage} {step}: {before or 'not tried'} then, {after or 'not tried'} now"


def as_json(one: Reproduction) -> dict[str, object]:
    """Return a reproduction as JSON values."""
    names = ("asset_id", "key", "stage", "path", "run_id", "as_recorded", "largest_difference", "share", "tolerance")
    values: dict[str, object] = {name: getattr(one, name) for name in names}
    return values | {"equal": one.is_equal, "verdict": one.verdict, "differences": list(one.differences)}
