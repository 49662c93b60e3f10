import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from catalog_forgery import ASSETS_2, MANIFEST_2, forge, problems, with_value
from catalog_rows import Change, asset, files_of, plain_row, sha, small_archive
from memory_store import MemoryStore

from catalogs.manifest import parse_manifest
from catalogs.schema import DamageRow, DuplicateRow, TreatmentRow

# ------------------------------------------------------------------ rows: forged together with the newest manifest


def test_a_photograph_without_a_status_is_found(store: MemoryStore) -> None:
    forge(store, ASSETS_2, with_value("status", None))
    assert "d.tif has status None" in problems(store)


def test_a_status_outside_the_four_is_found(store: MemoryStore) -> None:
    forge(store, ASSETS_2, with_value("status", "lost"))
    found = problems(store)
    assert "d.tif has status lost" in found
    assert "run-000002 says 1 published, its assets rows say 0" in found


def test_a_row_removed_together_with_its_digest_shows_by_the_counts_and_by_what_speaks_of_it(
    store: MemoryStore,
) -> None:
    forge(store, ASSETS_2, lambda table: table.slice(0, 0))
    found = problems(store)
    assert "run-000002 says 1 published, its assets rows say 0" in found
    assert "run-000002 listed 6 objects, knew 5, and lost 1" in found
    assert f"treatments speaks of {sha('d.tif')}, which is in no assets row" in found


def test_the_chain_cannot_show_a_newest_run_forged_in_all_its_parts(store: MemoryStore) -> None:
    """What an auditor must know: only a digest of the head kept elsewhere would show this."""
    forge(store, ASSETS_2, with_value("colour", "cmyk"))
    assert problems(store) == ()


def test_the_chain_cannot_show_that_the_newest_run_was_removed_with_all_its_files(store: MemoryStore) -> None:
    newest = [file.path for file in parse_manifest(store.read(MANIFEST_2)).files]
    for path in [*newest, MANIFEST_2, *(key for key in store.objects if sha("d.tif") in key)]:
        store.delete(path)
    assert problems(store) == ()


# ------------------------------------------------------------------ rows: committed with a fault


def with_rows(night: int, table: str, change: Callable[[list[Any]], list[Any]]) -> Change:
    """Return a change to the rows of one table of one night."""

    def apply(number: int, rows: dict[str, list[Any]]) -> None:
        if number == night:
            rows[table] = change(rows.get(table, []))

    return apply


def faulty(night: int, table: str, change: Callable[[list[Any]], list[Any]]) -> tuple[str, ...]:
    """Return the problems of an archive committed with a change to one table."""
    return problems(small_archive(with_rows(night, table, change)).store)


def each(key: str, **values: Any) -> Callable[[list[Any]], list[Any]]:
    """Return a change to the rows about one object."""
    return lambda rows: [replace(row, **values) if row.key == key else row for row in rows]


def test_quarantine_needs_a_reason() -> None:
    assert faulty(1, "assets", each("bad.tif", reason=None)) == ("bad.tif is quarantined without a reason",)


def test_two_outcomes_of_one_photograph_are_found() -> None:
    found = faulty(1, "assets", lambda rows: [*rows, asset(1, "c.tif", "quarantined", reason="?")])
    assert "c.tif has 2 outcomes" in found
    assert "run-000001 says 1 quarantined, its assets rows say 2" in found


def test_two_outcomes_of_one_page_are_found() -> None:
    found = faulty(1, "assets", lambda rows: [*rows, rows[1]])
    assert "album.tif page 1 has 2 outcomes" in found
    assert "album.tif has 2 pages, but outcomes for pages [1, 1, 2]" in found


def test_a_missing_page_is_found() -> None:
    found = faulty(1, "assets", lambda rows: [row for row in rows if row.page != 1])
    assert "album.tif has 2 pages, but outcomes for pages [2]" in found


def test_pages_of_a_master_that_does_not_say_how_many_it_has_are_found() -> None:
    assert "album.tif has 0 pages, but outcomes for pages [1, 2]" in faulty(1, "assets", each("album.tif", pages=None))


@pytest.mark.parametrize("status", ["published", "duplicate", "untouched", "quarantined"])
def test_a_wrong_count_in_runs_is_found(status: str) -> None:
    true = {"published": 2, "duplicate": 1, "untouched": 2, "quarantined": 1}[status]
    found = faulty(1, "runs", lambda rows: [replace(rows[0], **{status: 7})])
    assert found == (f"run-000001 says 7 {status}, its assets rows say {true}",)


def test_an_object_listed_and_then_forgotten_is_found() -> None:
    found = faulty(1, "runs", lambda rows: [replace(rows[0], listed=7)])
    assert found == ("run-000001 listed 7 objects, knew 0, and lost 2",)


def test_other_kinds_of_runs_need_no_row_for_what_they_list() -> None:
    assert faulty(2, "runs", lambda rows: [replace(rows[0], listed=9, run_kind="references")]) == ()


def test_a_commit_without_a_row_in_runs_is_found() -> None:
    assert faulty(2, "runs", lambda _: []) == ("run-000002 was committed without a row in runs",)


@pytest.mark.parametrize("target", [None, "0" * 64], ids=["nothing", "unknown"])
def test_a_copy_of_an_unknown_photograph_is_found(target: str | None) -> None:
    found = faulty(1, "assets", each("b.tif", duplicate_of=target))
    assert found == (f"b.tif is a copy of {target}, which is unknown or itself only a copy",)


def test_copies_of_one_another_lead_nowhere() -> None:
    pair = [
        asset(1, "x.tif", "duplicate", duplicate_of=sha("y.tif")),
        asset(1, "y.tif", "duplicate", duplicate_of=sha("x.tif")),
    ]
    found = faulty(1, "assets", lambda rows: [*rows, *pair])
    for key, other in (("x.tif", "y.tif"), ("y.tif", "x.tif")):
        assert f"{key} is a copy of {sha(other)}, which is unknown or itself only a copy" in found


def test_a_copy_of_a_copy_leads_to_the_photograph() -> None:
    copy = asset(2, "e.tif", "duplicate", duplicate_of=sha("f.tif"))
    between = asset(2, "f.tif", "duplicate", duplicate_of=sha("c.tif"))

    def change(night: int, rows: dict[str, list[Any]]) -> None:
        if night == 2:
            rows["assets"] += [copy, between]
            rows["runs"] = [replace(rows["runs"][0], duplicate=2, listed=8)]

    assert problems(small_archive(change).store) == ()


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("damage", plain_row(DamageRow, run_id="run-000001", asset_id="nobody")),
        ("treatments", plain_row(TreatmentRow, run_id="run-000001", asset_id="nobody")),
        ("duplicates", plain_row(DuplicateRow, run_id="run-000001", asset_id="nobody")),
    ],
    ids=["damage", "treatments", "duplicates"],
)
def test_a_row_about_an_unknown_photograph_is_found(table: str, row: Any) -> None:
    assert faulty(1, table, lambda rows: [*rows, row]) == (f"{table} speaks of nobody, which is in no assets row",)


def test_a_region_about_an_unknown_photograph_is_found() -> None:
    found = faulty(2, "style_regions", lambda rows: [replace(row, asset_id="nobody") for row in rows])
    assert found == ("style_regions speaks of nobody, which is in no assets row",)


def test_a_region_that_names_an_unknown_reference_is_found() -> None:
    found = faulty(2, "style_regions", lambda rows: [replace(rows[0], reference_id="0" * 64), rows[1]])
    assert found == (f"a region of {sha('d.tif')} names reference {'0' * 64}, which is unknown",)


def test_a_published_photograph_needs_a_restored_or_modernized_picture() -> None:
    found = faulty(1, "treatments", lambda rows: [row for row in rows if row.stage != "restore"])
    assert "a.tif is published but has no restored or modernized picture" in found
    assert "album.tif page 1 is published but has no restored or modernized picture" in found
    assert not [problem for problem in found if problem.startswith("c.tif")]


@pytest.mark.parametrize("step", ["access", "provenance"])
def test_every_finished_photograph_needs_access_copy_and_provenance(step: str) -> None:
    found = faulty(1, "treatments", lambda rows: [row for row in rows if row.step != step])
    assert "c.tif is untouched but lacks access copy or provenance" in found
    assert "a.tif is published but lacks access copy or provenance" in found


# ------------------------------------------------------------------ derivatives


def derivative(key: str, kind: str) -> str:
    ((row,), _) = files_of(asset(1, key, "published"), kind)
    return str(row.output_path)


@pytest.mark.parametrize("kind", ["restore", "access", "damage", "provenance"])
def test_a_missing_derivative_is_named(store: MemoryStore, kind: str) -> None:
    store.delete(derivative("a.tif", kind))
    assert problems(store) == (f"{derivative('a.tif', kind)} is gone",)


def test_a_derivative_altered_by_one_byte_is_named(store: MemoryStore) -> None:
    path = derivative("c.tif", "access")
    content = store.read(path)
    store.put(path, content[:-1] + bytes([content[-1] ^ 1]))
    (problem,) = problems(store)
    assert problem.startswith(f"{path} has digest ")
    assert problem.endswith(f"the catalog says {hashlib.sha256(content).hexdigest()}")


def test_a_file_that_no_row_speaks_of_is_an_orphan(store: MemoryStore) -> None:
    store.put("derivatives/aa/left.tif", b"?")
    assert problems(store) == ("derivatives/aa/left.tif is in no catalog row",)


def test_a_later_row_about_the_same_file_is_the_one_that_counts() -> None:
    path = derivative("a.tif", "restore")

    def again(night: int, rows: dict[str, list[Any]]) -> None:
        if night == 2:
            row = files_of(asset(2, "a.tif", "published"), "restore")[0][0]
            rows["treatments"].append(replace(row, output_sha256=hashlib.sha256(b"redone").hexdigest()))

    store = small_archive(again).store
    assert [problem.split()[0] for problem in problems(store)] == [path]
    store.put(path, b"redone")
    assert problems(store) == ()


def test_a_store_that_does_not_let_a_file_be_read_fails_the_one_check(store: MemoryStore) -> None:
    class Locked(MemoryStore):
        def chunks(self, key: str) -> Any:
            raise PermissionError(f"{key} may not be read")

    (problem,) = problems(Locked(store.objects))
    assert problem.startswith("the check could not be made: derivatives/")
