import csv
from pathlib import Path
from typing import Any

import pytest
from review_desks import BROKEN, COPY, PAGES, PUBLISHED, Desk

from tasks.review.tables import BadTableError, note_table, read_table, to_fill_in, waiting


def table(path: Path, rows: list[dict[str, Any]], *, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, sorted({name for row in rows for name in row}), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_what_waits_is_listed_with_the_digest_to_decide_about(desk: Desk) -> None:
    (row,) = waiting(desk.store)
    result = desk.result(PUBLISHED)
    assert result.result is not None
    assert (row["asset_id"], row["output_sha256"]) == (result.asset_id, result.result.sha256)
    assert (row["key"], row["state"]) == (PUBLISHED, "review")


@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8"), (";", "utf-8-sig")])
def test_the_lines_that_hold_are_taken_and_the_others_named(desk: Desk, delimiter: str, encoding: str) -> None:
    first = desk.result(PAGES, 1).asset_id
    rows = [
        {"asset_id": desk.asset_id(PUBLISHED), "decision": "reject", "note": "two\nlines, and a comma; ü"},
        {"asset_id": desk.asset_id(COPY), "decision": "reject"},
        {"asset_id": desk.asset_id(BROKEN), "decision": "accept"},
        {"asset_id": first, "decision": "redo", "redo_with": '{"threshold": 0.2}', "reviewer": "Grace"},
        {"asset_id": first, "decision": "reject"},
        {"asset_id": "", "decision": "accept"},
    ]
    path = table(desk.root / "decisions.csv", rows, delimiter=delimiter, encoding=encoding)
    taken, refused = note_table(desk.store, path, reviewer="Ada")
    assert [(one.decision, one.reviewer) for one in taken] == [("reject", "Ada"), ("redo", "Grace")]
    assert [one.line for one in refused] == [4, 5, 7, 8]  # a note of two lines takes two lines
    found = desk.record()
    assert [row.note for row in found.reviews] == ["two\nlines, and a comma; ü", None]
    assert len(desk.catalog.manifests) == 2
    assert [row["state"] for row in waiting(desk.store)] == ["redo"]


def test_what_is_listed_can_be_handed_in_again_with_a_decision(desk: Desk) -> None:
    path = desk.root / "list.csv"
    path.write_text(to_fill_in(waiting(desk.store)), "utf-8")
    assert note_table(desk.store, path, reviewer="Ada") == ([], [])
    rows = [row | {"decision": "accept"} for row in csv.DictReader(path.read_text("utf-8").splitlines())]
    assert len(note_table(desk.store, table(path, rows), reviewer="Ada")[0]) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "needs a column asset_id"),
        (b"asset_id,note\nx,y\n", "needs a column decision"),
        (b"asset_id,decision,descision\n", "has a column 'descision'"),
        (b"asset_id,decision\n\xff,accept\n", "not in UTF-8"),
        (b'asset_id,decision\n"x,accept\n', "line"),
    ],
)
def test_what_is_no_table_of_decisions_is_refused_whole(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(BadTableError, match=words):
        list(read_table(tmp_path / "table.csv"))
