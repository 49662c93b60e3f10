"""What an interrupted attempt has finished is taken over only if it is the same work on the same object."""

from dataclasses import replace
from pathlib import Path

import pytest
from catalog_rows import plain_row
from nights import bare_night

from catalogs.schema import AssetRow
from tasks.night import Night
from tasks.photograph import Photograph
from tasks.pictures import TREATED, treated_before


@pytest.fixture
def night(tmp_path: Path) -> Night:
    (tmp_path / "scans").mkdir()
    return bare_night(tmp_path / "scans", tmp_path / "out", tmp_path / "work")


def photograph(night: Night, key: str, asset_id: str, **values: object) -> Photograph:
    row: AssetRow = plain_row(
        AssetRow, run_id=night.run_id, source_uri=night.source_uri, key=key, page=None, asset_id=asset_id
    )
    return Photograph(asset=row, **values)  # type: ignore[arg-type]


def save(night: Night, *photographs: Photograph, work_hash: str = "work") -> None:
    pieces = [one.to_json() | {"work_hash": work_hash} for one in photographs]
    night.ledger.save(TREATED, [one.asset_id for one in photographs], pieces)


def pieces(night: Night) -> list[str]:
    return [piece["asset"]["asset_id"] for piece in night.ledger.load(TREATED, of_any_code=True)]


def test_the_same_work_is_taken_over(night: Night) -> None:
    one = photograph(night, "a", "ab", changed_by=("restore",))
    save(night, one)
    assert treated_before(night, [one], {"ab": "work"}) == {"ab": one}


@pytest.mark.parametrize(
    "change",
    [
        lambda one: replace(one, asset=replace(one.asset, key="b")),
        lambda one: replace(one, asset=replace(one.asset, etag="newer")),
        lambda one: replace(one, asset=replace(one.asset, source_uri="file:///elsewhere")),
    ],
)
def test_another_object_of_the_same_bytes_is_not(night: Night, change: object) -> None:
    one = photograph(night, "a", "ab")
    save(night, one)
    assert treated_before(night, [change(one)], {"ab": "work"}) == {}  # type: ignore[operator]


def test_what_is_not_taken_over_is_removed_before_its_files_are_made_again(night: Night) -> None:
    kept, failed, copy = (photograph(night, name, name) for name in ("kept", "failed", "copy"))
    save(night, kept, replace(failed, failure=("failed", "oops")), copy)
    other = photograph(night, "other", "other")
    save(night, other, work_hash="other settings")
    save(replace(night, code_version="code-0"), photograph(night, "old", "old"))
    hashes = dict.fromkeys(["kept", "failed", "other"], "work")
    assert treated_before(night, [kept, failed, other], hashes) == {"kept": kept}
    assert pieces(night) == ["kept"]
