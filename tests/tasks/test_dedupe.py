"""Which of tonight's photographs are copies, of each other or of what the catalog knows."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from catalog_rows import plain_row
from nights import bare_night

from catalogs.read import open_catalog
from catalogs.schema import AssetRow, DuplicateRow, Row
from catalogs.write import Commit, commit_run
from oldphoto_core.dedupe.records import Match
from tasks.dedupe import Copies, decide_without, find_copies, object_name
from tasks.night import Night


@pytest.fixture
def night(tmp_path: Path) -> Night:
    (tmp_path / "scans").mkdir()
    return bare_night(tmp_path / "scans", tmp_path / "out", tmp_path / "work")


def scan(night: Night, key: str, picture: str, **values: object) -> AssetRow:
    """Return the row of a plain picture (no relief: compared exactly only), whose bytes are named by a word."""
    fixed = {
        "asset_id": f"{picture}-bytes",
        "sha256": f"{picture}-bytes",
        "pixel_sha256": f"{picture}-pixels",
        "fingerprint": (0,) * 42,
        "relief": 0.0,
        "width_px": 100,
        "height_px": 100,
        "bit_depth": 8,
        "sharpness": 0.0,
        "page": None,
    }
    row: AssetRow = plain_row(
        AssetRow, run_id=night.run_id, source_uri=night.source_uri, key=key, **{**fixed, **values}
    )
    return row


def commit(night: Night, **tables: Sequence[Row]) -> Night:
    catalog = open_catalog(night.output)
    words = Commit(
        run_id=night.run_id,
        parent_run_id=catalog.head_run_id,
        parent_sha256=catalog.head_sha256,
        started_at=night.started_at,
        committed_at=night.started_at,
        code_version="code-1",
        config_hash="c0ffee",
    )
    commit_run(night.output, words, tables)
    return replace(night, run_id=open_catalog(night.output).next_run_id)


def pairs(copies: Copies) -> set[tuple[str, str]]:
    return {(row.key, row.primary_key) for row in copies.rows}


def near(one: AssetRow, other: AssetRow) -> Match:
    a, b = sorted((object_name(one), object_name(other)))
    return Match(a=a, b=b, relation="near", distance=3, transform="identity", inliers=50, overlap=0.9)


def test_files_of_the_same_bytes_tonight(night: Night) -> None:
    copies = find_copies(night, [scan(night, "b", "cat"), scan(night, "a", "cat"), scan(night, "c", "cup")])
    assert pairs(copies) == {("b", "a")}
    assert list(copies.duplicate_of.values()) == ["cat-bytes"]


def test_pages_of_the_same_picture_are_copies_of_the_first(night: Night) -> None:
    pages = [scan(night, "album", "cat", page=page, asset_id=f"cat-bytes-p{page}") for page in (1, 2)]
    assert list(find_copies(night, pages).duplicate_of.values()) == ["cat-bytes-p1"]


@pytest.mark.parametrize("key", ["a", "z"])
def test_what_was_treated_stays_the_best_of_its_equals_whatever_the_names(night: Night, key: str) -> None:
    second = commit(night, assets=[scan(night, "k", "cat", status="untouched")])
    copies = find_copies(second, [scan(second, key, "cat")])
    assert pairs(copies) == {(key, "k")}
    assert copies.settled == {}


def test_a_better_scan_of_a_known_print_leads_and_the_known_one_is_recorded_as_its_copy(night: Night) -> None:
    second = commit(night, assets=[scan(night, "k", "cat", status="untouched")])
    better = scan(second, "z", "cat", asset_id="deep", sha256="deep", bit_depth=16)
    copies = find_copies(second, [better])
    assert pairs(copies) == {("k", "z")}
    assert copies.duplicate_of == {}


def test_the_same_bytes_under_the_same_name_are_settled(night: Night) -> None:
    second = commit(night, assets=[scan(night, "k", "cat", status="published")])
    copies = find_copies(second, [scan(second, "k", "cat")])
    assert list(copies.settled.values()) == ["published"]
    assert (copies.rows, dict(copies.duplicate_of)) == ((), {})


def test_what_is_on_record_is_not_recorded_again(night: Night) -> None:
    first = [scan(night, "a", "cat"), scan(night, "b", "cat")]
    found = find_copies(night, first)
    ended = [replace(first[0], status="untouched"), replace(first[1], status="duplicate", duplicate_of="cat-bytes")]
    second = commit(night, assets=ended, duplicates=found.rows)
    copies = find_copies(second, [scan(second, "c", "cat")])
    assert pairs(copies) == {("c", "a")}


def test_a_pair_proven_once_is_forgotten_when_one_of_the_files_becomes_another(night: Night) -> None:
    best, copy = scan(night, "a", "cat"), scan(night, "b", "small-cat")
    said = plain_row(
        DuplicateRow,
        run_id=night.run_id,
        asset_id=copy.asset_id,
        source_uri=night.source_uri,
        key="b",
        page=None,
        primary_asset_id=best.asset_id,
        primary_source_uri=night.source_uri,
        primary_key="a",
        primary_page=None,
        relation="near",
        transform="identity",
    )
    ended = [replace(best, status="untouched"), replace(copy, status="duplicate", duplicate_of=best.asset_id)]
    second = commit(night, assets=ended, duplicates=[said])
    third = commit(second, assets=[scan(second, "b", "cup", status="untouched")])
    copies = find_copies(third, [scan(third, "c", "cup")])
    assert pairs(copies) == {("c", "b")}


def test_a_pair_proven_once_holds_while_both_files_stay(night: Night) -> None:
    best, copy = scan(night, "a", "cat"), scan(night, "b", "small-cat", width_px=50)
    ended = [replace(best, status="untouched"), replace(copy, status="duplicate", duplicate_of=best.asset_id)]
    found = decide_without(night, [best, copy], replace(nothing(), matches=(near(best, copy),)), frozenset())
    second = commit(night, assets=ended, duplicates=found.rows)
    copies = find_copies(second, [scan(second, "c", "small-cat", width_px=50)])
    assert pairs(copies) == {("c", "a")}


def test_without_the_best_the_next_best_leads(night: Night) -> None:
    rows = [scan(night, key, picture, width_px=width) for key, picture, width in THREE]
    matches = tuple(near(one, other) for one in rows for other in rows if one.key < other.key)
    copies = decide_without(night, rows, replace(nothing(), matches=matches), frozenset())
    assert pairs(copies) == {("middle", "largest"), ("smallest", "largest")}
    assert copies.bests == {object_name(rows[0])}
    again = decide_without(night, rows, copies, frozenset({object_name(rows[0])}))
    assert pairs(again) == {("smallest", "middle")}
    last = decide_without(night, rows, again, frozenset({object_name(rows[0]), object_name(rows[1])}))
    assert (last.rows, dict(last.duplicate_of)) == ((), {})


THREE = (("largest", "one", 300), ("middle", "two", 200), ("smallest", "three", 100))


def nothing() -> Copies:
    return Copies(duplicate_of={}, settled={}, matches=(), bests=frozenset(), rows=(), events=())


def test_a_known_picture_that_can_be_had_no_longer_is_no_copy_and_no_trouble(night: Night) -> None:
    relief = {"relief": 1.0}
    second = commit(night, assets=[scan(night, "gone", "cat", status="duplicate", duplicate_of="x", **relief)])
    copies = find_copies(second, [scan(second, "new", "cup", **relief)])
    assert copies.rows == ()
