"""A night that modernizes by a network: rows, events and audit name its weights, and it can be done again."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import small_scans
from nights import night
from PIL import Image
from style_stand_ins import ToldEngine

from catalogs.audit_evidence import gather
from catalogs.read import Catalog, open_catalog
from catalogs.schema import EventRow, StyleRegionRow, TreatmentRow
from oldphoto_core.classical.style_masks import decode_mask
from tasks.audit_weights import named_weights
from tasks.models.installed import digest_of
from tasks.reproduce import CannotReproduceError, reproduce
from tasks.storage import open_store
from tasks.style import engines as style_engines

SETTINGS: dict[str, Any] = {
    "restore": {"engine": "classical", "steps": ()},
    "diagnosis": {"engine": "classical"},
    "modernize": {"engine": "own", "min_similarity": 0.0},
    "workers": 1,
}
KNOWN = digest_of("own-colour")
"""Digest of weights that every copy of the package has."""


def deeper(photo: np.ndarray) -> np.ndarray:
    return photo ** np.float32(1.3)


@dataclass(frozen=True)
class Done:
    """One night over a faded and a modern photograph, two references at hand."""

    output: Path
    engine: ToldEngine

    @property
    def catalog(self) -> Catalog:
        return open_catalog(open_store(str(self.output)))

    def treatment(self, key: str) -> TreatmentRow:
        name = next(row.asset_id for row in self.catalog.assets if row.key == key)
        rows = cast("list[TreatmentRow]", list(self.catalog.rows("treatments")))
        return next(row for row in rows if row.asset_id == name and row.stage == "modernize")

    def regions(self) -> list[StyleRegionRow]:
        return cast("list[StyleRegionRow]", list(self.catalog.rows("style_regions")))


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    root = tmp_path_factory.mktemp("night")
    picture = small_scans.pixels("astronaut", side_px=192) / 255.0
    faded = np.clip(picture, 0.03, 1.0) ** np.array([0.3, 0.36, 0.33])
    (root / "scans").mkdir()
    Image.fromarray(np.rint(faded * 255).astype(np.uint8)).save(root / "scans" / "faded.png")
    small_scans.write(root / "scans" / "modern.png", "cup", side_px=160)
    for name, subject in (("cat.png", "cat"), ("rocket.png", "rocket")):
        small_scans.write(root / "references" / name, cast("Any", subject), side_px=320)
    engine = ToldEngine(deeper, weights_sha256=KNOWN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style_engines, "own_style_engine", lambda: engine)
        night(root / "scans", root / "out", root / "work", references=root / "references", **SETTINGS)
        yield Done(root / "out", engine)


def test_the_result_names_engine_and_weights(done: Done) -> None:
    row = done.treatment("faded.png")
    assert (row.verdict, row.reason, row.engine, row.weights_sha256) == ("applied", "references", "own", KNOWN)
    assert row.output_sha256 is not None
    assert row.measures["edge_ssim"] >= 0.9


def test_the_network_is_shown_the_references_and_not_asked_about_modern_photographs(done: Done) -> None:
    assert {max(picture.shape[:2]) for pictures in done.engine.seen for picture in pictures} == {320}
    row = done.treatment("modern.png")
    assert (row.verdict, row.reason, row.weights_sha256) == ("skipped", "already-modern", None)


def test_the_rows_of_regions_hold_together(done: Done) -> None:
    rows = done.regions()
    covered = sum(
        decode_mask(row.mask_rle, width_px=row.mask_width_px, height_px=row.mask_height_px).astype(int) for row in rows
    )
    assert np.all(covered == 1)
    assert sum(row.share for row in rows) == pytest.approx(1.0)
    references = {row.reference_id for row in done.catalog.rows("references")}
    for row in rows:
        assert 0.0 <= row.weight <= 1.0
        assert row.reference_id is None or row.reference_id in references
        assert (row.reference_id is None) == (row.weight == 0.0)


def test_the_events_carry_the_digest(done: Done) -> None:
    events = cast("list[EventRow]", list(done.catalog.rows("events")))
    made = [row for row in events if row.event_type == "cre" and "colours matched" in row.detail]
    assert [row.weights_sha256 for row in made] == [KNOWN]


def test_the_audit_knows_the_weights(done: Done) -> None:
    finding = named_weights(gather(done.catalog))
    assert finding.problems == []


def test_it_can_be_made_again_to_the_pixel(done: Done) -> None:
    found = reproduce(str(done.output), "faded.png", "modernize")
    assert (found.largest_difference, found.differences) == (0.0, ())


def test_other_weights_are_the_reason_not_to(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style_engines, "own_style_engine", lambda: ToldEngine(deeper, weights_sha256="e" * 64))
    with pytest.raises(CannotReproduceError, match="the modernized picture was made with weights"):
        reproduce(str(done.output), "faded.png", "modernize")
