"""A reel as a run of a catalog: rows, files and audit agree; what is known is not made again."""

from fractions import Fraction
from pathlib import Path
from typing import cast

import pytest
from film_reels import break_packet, decoded_bytes, write_frames, write_reel

from catalogs.audit import audit
from catalogs.read import open_catalog
from catalogs.schema import AssetRow, EventRow, FilmRow, RunRow, TreatmentRow
from oldphoto_core.film.reel import FilmSettings
from tasks.film.catalogue import CatalogueRequest, catalogue_film
from tasks.film.errors import FilmArgumentError
from tasks.film.restoring import Silent
from tasks.film.run import FilmResult
from tasks.settings import NightSettings
from tasks.storage import open_store


@pytest.fixture
def settings(tmp_path: Path) -> NightSettings:
    film = FilmSettings(engine="none", chunk=5, shortest_shot=4)
    return NightSettings(work_dir=tmp_path / "work").model_copy(update={"film": film})


def catalogued(source: Path, catalog: Path, settings: NightSettings, rate: Fraction | None = None) -> FilmResult:
    request = CatalogueRequest(source=str(source), catalog=str(catalog), settings=settings, rate=rate)
    return catalogue_film(request, Silent())


def test_a_reel_is_committed_with_all_its_rows(tmp_path: Path, settings: NightSettings) -> None:
    source = write_reel(
        tmp_path / "in" / "a.mov", codec="prores_ks", form="yuv422p10le", count=10, sound="aac", timecode="01:00:00:00"
    )
    whole = decoded_bytes(source, "yuv422p10le")
    break_packet(source, 4)
    catalogued(source, tmp_path / "out", settings)
    catalog = open_catalog(open_store(str(tmp_path / "out")))
    (film,) = cast("list[FilmRow]", catalog.rows("films"))
    assert (film.frames_in, film.frames_out, film.frame_rate, film.shots) == (10, 10, "18", 1)
    assert (film.has_audio, film.bit_depth, film.timecode, film.repairs) == (True, 10, "01:00:00:00", ("4 repeated",))
    assert film.duration == pytest.approx(10 / 18)
    restored = decoded_bytes(tmp_path / "out" / film.output_path, "yuv422p10le")
    assert restored == [*whole[:4], whole[3], *whole[5:]]
    treatments = cast("list[TreatmentRow]", catalog.rows("treatments"))
    steps = [(row.stage, row.step, row.verdict) for row in treatments]
    assert steps == [
        ("film", "restore", "skipped"),
        ("publish", "access", "applied"),
        ("publish", "frames", "applied"),
        ("publish", "provenance", "applied"),
    ]
    (asset,) = cast("list[AssetRow]", catalog.rows("assets"))
    assert (asset.status, asset.key, asset.asset_id) == ("published", "a.mov", film.asset_id)
    events = cast("list[EventRow]", catalog.rows("events"))
    assert {row.event_type: row.outcome for row in events}["val"] == "warning"
    report = audit(open_store(str(tmp_path / "out")))
    assert report.problems == ()
    again = catalogued(source, tmp_path / "out", settings)
    assert again.record["known"] is True
    assert len(cast("list[RunRow]", open_catalog(open_store(str(tmp_path / "out"))).rows("runs"))) == 1


def test_a_folder_of_frames_is_catalogued_as_one_film(tmp_path: Path, settings: NightSettings) -> None:
    source = write_frames(tmp_path / "in" / "reel 7", [10, 11, 13, 14, 15])
    catalogued(source, tmp_path / "out", settings, rate=Fraction(16))
    catalog = open_catalog(open_store(str(tmp_path / "out")))
    (film,) = cast("list[FilmRow]", catalog.rows("films"))
    assert (film.key, film.frames_out, film.form) == ("reel 7", 5, "frame folder")
    assert any("12" in note and "not renumbered" in note for note in film.notes)
    assert audit(open_store(str(tmp_path / "out"))).problems == ()


def test_a_reel_that_cannot_be_read_is_set_aside_with_its_reason(tmp_path: Path, settings: NightSettings) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.mkv").write_bytes(b"no film at all")
    result = catalogued(tmp_path / "in" / "a.mkv", tmp_path / "out", settings)
    assert result.record["set_aside"]["reason"] == "not-a-film"
    (asset,) = open_catalog(open_store(str(tmp_path / "out"))).assets
    assert (asset.status, asset.reason) == ("quarantined", "not-a-film")
    assert audit(open_store(str(tmp_path / "out"))).problems == ()


def test_a_catalog_around_the_reel_is_refused(tmp_path: Path, settings: NightSettings) -> None:
    source = write_frames(tmp_path / "in", [1, 2])
    with pytest.raises(FilmArgumentError, match="inside"):
        catalogued(source, source / "out", settings)
