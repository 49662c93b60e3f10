import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from catalog_forgery import ASSETS_2, MANIFEST_2, forge, problems, with_value
from catalog_rows import Change, asset, files_of, first_night, plain_row, sha, small_archive
from memory_store import MemoryStore

from catalogs.audit import audit
from catalogs.columns import row_to_dict
from catalogs.manifest import parse_manifest
from catalogs.read import open_catalog
from catalogs.schema import AssetRow, DamageRow, DuplicateRow, EventRow, ReviewRow, RunRow, TreatmentRow

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
            rows["duplicates"] = [copy_row(copy), copy_row(between)]
            rows["events"] += [plain_row(EventRow, run_id="run-000002", key=row.key) for row in (copy, between)]
            rows["runs"] = [replace(rows["runs"][0], duplicate=2, listed=8)]

    assert problems(small_archive(change).store) == ()


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("damage", plain_row(DamageRow, run_id="run-000001", asset_id="nobody")),
        ("treatments", plain_row(TreatmentRow, run_id="run-000001", asset_id="nobody")),
        ("events", plain_row(EventRow, run_id="run-000001", asset_id="nobody")),
        ("reviews", plain_row(ReviewRow, run_id="run-000001", asset_id="nobody")),
    ],
    ids=["damage", "treatments", "events", "reviews"],
)
def test_a_row_about_an_unknown_photograph_is_found(table: str, row: Any) -> None:
    assert faulty(1, table, lambda rows: [*rows, row]) == (f"{table} speaks of nobody, which is in no assets row",)


def test_a_copy_that_has_no_outcome_and_no_best_is_found() -> None:
    stray = plain_row(DuplicateRow, run_id="run-000001", asset_id="nobody", key="x.tif", primary_asset_id="none")
    assert faulty(1, "duplicates", lambda rows: [*rows, stray]) == (
        "duplicates of run-000001 speak of x.tif as nobody, of which there is no outcome",
        "duplicates speaks of nobody, which is in no assets row",
        "duplicates call none the best of a group, which is in no assets row",
    )


def copy_row(row: AssetRow) -> DuplicateRow:
    about = {"run_id": row.run_id, "asset_id": row.asset_id, "source_uri": row.source_uri, "key": row.key}
    return plain_row(DuplicateRow, primary_asset_id=row.duplicate_of, **about)


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
            rows["treatments"].append(replace(row, output_sha256=hashlib.sha256(b"redone").hexdigest(), output_bytes=6))

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


# ------------------------------------------------------------------ tables that bear each other out


def without(table: str, night: int = 1) -> tuple[str, ...]:
    return faulty(night, table, lambda _: [])


def test_a_copy_without_a_row_in_duplicates_is_found() -> None:
    expected = "b.tif is a copy by its outcome in run-000001, but no row of duplicates says so"
    assert without("duplicates") == (expected,)


def test_a_copy_that_a_later_run_read_again_needs_no_second_row_in_duplicates() -> None:
    def again(night: int, rows: dict[str, list[Any]]) -> None:
        if night == 2:
            copy = first_night()[0]["assets"][3]
            rows["assets"].append(replace(copy, run_id="run-000002"))
            rows["events"].append(plain_row(EventRow, run_id="run-000002", key="b.tif"))
            rows["runs"] = [replace(rows["runs"][0], duplicate=1, known=4)]

    assert problems(small_archive(again).store) == ()


def test_a_photograph_with_files_whose_damage_was_never_judged_is_found() -> None:
    assert "d.tif is published, but its damage was never judged" in without("damage", night=2)


def test_an_outcome_without_an_event_is_found() -> None:
    assert without("events", night=2) == ("d.tif has an outcome in run-000002 and not one event",)


@pytest.mark.parametrize("column", ["code_version", "config_hash"])
def test_a_run_that_says_something_else_than_its_manifest_is_found(column: str) -> None:
    (problem,) = faulty(2, "runs", lambda rows: [replace(rows[0], **{column: "other"})])
    assert problem.startswith(f"run-000002 says {column} other, its manifest says ")


def test_a_run_with_two_rows_is_found() -> None:
    assert "run-000002 has 2 rows in runs" in faulty(2, "runs", lambda rows: [rows[0], rows[0]])


@pytest.mark.parametrize("changed", [{"fetched": 99}, {"fetched_bytes": 10**12}])
def test_a_run_that_says_it_read_more_than_its_rows_do_is_found(changed: dict[str, int]) -> None:
    (problem,) = faulty(1, "runs", lambda rows: [replace(rows[0], **changed)])
    assert problem.startswith("run-000001 says it read ")


def test_more_outcomes_than_listed_objects_are_found() -> None:
    found = faulty(1, "runs", lambda rows: [replace(rows[0], listed=4)])
    assert found == ("run-000001 listed 4 objects and has outcomes for 5",)


def test_a_run_of_another_kind_needs_no_photographs() -> None:
    def change(night: int, rows: dict[str, list[Any]]) -> None:
        if night == 2:
            about = {"run_id": "run-000002", "code_version": "0.1+abc", "config_hash": "c0ffee"}
            rows.clear()
            rows["runs"] = [plain_row(RunRow, run_kind="review", listed=3, **about)]

    store = small_archive(change).store
    for path in [path for path in store.objects if sha("d.tif") in path]:
        store.delete(path)
    assert problems(store) == ()


# ------------------------------------------------------------------ files that were withdrawn


def withdrawn(night: int, rows: dict[str, list[Any]]) -> None:
    """Take back the access copy of a.tif on the second night, as a review does."""
    if night == 2:
        row = files_of(asset(1, "a.tif", "published"), "access")[0][0]
        gone = {"run_id": "run-000002", "output_sha256": None, "output_bytes": None}
        rows["treatments"].append(replace(row, **gone))
        about = {"object_path": row.output_path, "object_sha256": row.output_sha256, "event_type": "del"}
        rows["events"].append(plain_row(EventRow, run_id="run-000002", outcome="success", **about))


def test_a_file_that_was_withdrawn_need_not_be_there_and_must_not(archive: Any) -> None:
    del archive
    store = small_archive(withdrawn).store
    path = derivative("a.tif", "access")
    assert problems(store) == (f"{path} was withdrawn and is still there",)
    store.delete(path)
    assert problems(store) == ()


def test_a_row_without_a_digest_withdraws_nothing_by_itself() -> None:
    def without_event(night: int, rows: dict[str, list[Any]]) -> None:
        withdrawn(night, rows)
        rows["events"] = [row for row in rows["events"] if row.event_type != "del"]

    store = small_archive(without_event).store
    store.delete(derivative("a.tif", "access"))
    assert problems(store) == (f"{derivative('a.tif', 'access')} is gone",)


def test_a_deletion_of_other_bytes_withdraws_nothing() -> None:
    def of_others(night: int, rows: dict[str, list[Any]]) -> None:
        withdrawn(night, rows)
        rows["treatments"] = [row for row in rows["treatments"] if row.output_sha256 is not None]
        rows["events"] = [
            replace(row, object_sha256="0" * 64) if row.event_type == "del" else row for row in rows["events"]
        ]

    store = small_archive(of_others).store
    assert problems(store) == ()
    store.delete(derivative("a.tif", "access"))
    assert problems(store) == (f"{derivative('a.tif', 'access')} is gone",)


# ------------------------------------------------------------------ files in their place


def test_a_file_in_the_folder_of_another_photograph_is_found() -> None:
    def moved(rows: list[Any]) -> list[Any]:
        return [replace(row, asset_id=sha("c.tif")) if row.step == "access" else row for row in rows]

    found = faulty(2, "treatments", moved)
    path = derivative("d.tif", "access")
    assert f"{path} is said to be made from {sha('c.tif')}, which has another folder" in found


def test_a_file_of_another_length_than_recorded_is_found() -> None:
    def longer(rows: list[Any]) -> list[Any]:
        return [replace(row, output_bytes=row.output_bytes + 1) if row.step == "access" else row for row in rows]

    (problem,) = faulty(2, "treatments", longer)
    assert problem.startswith(f"{derivative('d.tif', 'access')} has ")


# ------------------------------------------------------------------ provenance


def told(store: MemoryStore, **said: Any) -> tuple[str, ...]:
    """Let the provenance of d.tif say something, its digest agree, and return the problems."""
    path = derivative("d.tif", "provenance")
    content = json.dumps({"format": "oldphoto-provenance/1", "run_id": "run-000002"} | said).encode()
    store.put(path, content)
    table = next(file.path for file in parse_manifest(store.read(MANIFEST_2)).files if file.table == "treatments")

    def named(rows: pa.Table) -> pa.Table:
        values = rows.to_pylist()
        for row in values:
            if row["output_path"] == path:
                row |= {"output_sha256": hashlib.sha256(content).hexdigest(), "output_bytes": len(content)}
        return pa.Table.from_pylist(values, schema=rows.schema)

    forge(store, table, named)
    return problems(store)


def treatments_of(store: MemoryStore) -> list[dict[str, Any]]:
    rows = open_catalog(store).rows("treatments", runs={"run-000002"})
    return [row_to_dict(row) for row in rows if getattr(row, "step", "") != "provenance"]


def test_provenance_that_says_what_the_rows_say_holds(store: MemoryStore) -> None:
    assert told(store, treatments=treatments_of(store), code_version="0.1+abc") == ()


def test_provenance_that_says_something_else_is_found(store: MemoryStore) -> None:
    rows = [row | {"measures": {"psnr_db": 99.0}} if row["step"] == "access" else row for row in treatments_of(store)]
    (problem,) = told(store, treatments=rows)
    assert "the row treatments publish access 1 says measures" in problem


def test_provenance_that_tells_of_more_or_less_than_the_rows_is_found(store: MemoryStore) -> None:
    rows = [row | {"position": 7} if row["step"] == "access" else row for row in treatments_of(store)]
    more, less = told(store, treatments=rows)
    assert more.endswith("tells of treatments publish access 7, of which run-000002 has no row")
    assert less.endswith("is silent about the row treatments publish access 1")


def test_provenance_of_a_run_or_a_commit_that_never_was_is_found(store: MemoryStore) -> None:
    assert told(store.copy(), run_id="run-000009")[0].endswith("tells of run-000009, which was never committed")
    assert "says config_hash 'c0ffee', the provenance says 'other'" in told(store.copy(), config_hash="other")[0]
    assert "the assets row says key 'd.tif', the provenance says 'e.tif'" in told(store, master={"key": "e.tif"})[0]


def test_provenance_that_this_version_does_not_read_is_not_checked_and_named(store: MemoryStore) -> None:
    assert told(store, format="oldphoto-story/1") == ()
    path = derivative("d.tif", "provenance")
    assert f"{path}: of form oldphoto-story/1, so not compared with the rows" in audit(store).not_checked


# ------------------------------------------------------------------ decisions of people


def rejected(night: int, rows: dict[str, list[Any]]) -> None:
    """Reject the result of a.tif on the second night."""
    if night == 2:
        result = files_of(asset(1, "a.tif", "published"), "restore")[0][0]
        about = {"asset_id": sha("a.tif"), "output_sha256": result.output_sha256, "decision": "reject"}
        rows["reviews"] = [plain_row(ReviewRow, run_id="run-000002", **about)]


def test_a_rejected_result_that_is_still_the_access_copy_is_found() -> None:
    assert problems(small_archive(rejected).store) == (
        "the result of a.tif was rejected in run-000002 and is still its access copy",
    )


def test_a_rejected_result_whose_access_copy_was_made_anew_or_withdrawn_holds() -> None:
    def anew(night: int, rows: dict[str, list[Any]]) -> None:
        rejected(night, rows)
        if night == 2:
            rows["treatments"].append(files_of(asset(2, "a.tif", "published"), "access")[0][0])

    def gone(night: int, rows: dict[str, list[Any]]) -> None:
        rejected(night, rows)
        withdrawn(night, rows)

    assert problems(small_archive(anew).store) == ()
    store = small_archive(gone).store
    store.delete(derivative("a.tif", "access"))
    assert problems(store) == ()
