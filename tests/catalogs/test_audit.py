from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pytest
from catalog_forgery import ASSETS_2, MANIFEST_2, forge, problems, rewrite_newest, with_value
from catalog_rows import Archive, first_night
from memory_store import MemoryStore

from catalogs.audit import ROWS_QUESTION, audit
from catalogs.audit_files import CHAIN_QUESTION
from catalogs.audit_report import AuditReport, Check
from catalogs.manifest import Manifest, parse_manifest
from catalogs.read import open_catalog
from catalogs.write import parquet_bytes, table_path

ASSETS_1 = "catalogs/assets/run_date=2026-11-20/run-000001.parquet"
NO_REVIEWS = "Is no result published that a person rejected?"
MANIFEST_1 = "catalogs/_manifests/run-000001.json"


# ------------------------------------------------------------------ the report


def test_a_true_catalog_holds_and_every_check_looked_at_something(store: MemoryStore) -> None:
    asked: list[str] = []
    report = audit(store, progress=asked.append)
    assert report.problems == ()
    assert report.holds
    assert [check.question for check in report.checks] == asked
    assert len(asked) == 14
    assert [check.question for check in report.checks if not check.looked_at] == [NO_REVIEWS]


def test_an_audit_writes_nothing(store: MemoryStore) -> None:
    before = dict(store.objects)
    store.writes_left = 0
    audit(store)
    assert store.objects == before


def test_a_report_gathers_the_problems_of_all_checks() -> None:
    report = AuditReport((Check("a?", 1, ("x",)), Check("b?", 1, ()), Check("c?", 1, ("y", "z"))))
    assert report.problems == ("x", "y", "z")
    assert not report.holds
    assert AuditReport((Check("a?", 1, ()),)).holds


def test_no_catalog_is_a_problem() -> None:
    assert problems(MemoryStore({"derivatives/x": b""})) == (
        "there is no catalog here: no manifest below catalogs/_manifests/",
    )


# ------------------------------------------------------------------ the chain and the files


def test_a_broken_chain_ends_the_audit(store: MemoryStore) -> None:
    store.put(MANIFEST_1, store.read(MANIFEST_1).replace(b"c0ffee", b"c0ffea"))
    report = audit(store)
    assert [check.question for check in report.checks if not check.not_checked] == [CHAIN_QUESTION]
    assert len(report.checks) == 14, "what was not asked is listed, too"
    (problem,) = report.problems
    assert MANIFEST_2 in problem
    assert "was altered" in problem


def test_a_removed_manifest_breaks_the_chain(store: MemoryStore) -> None:
    store.delete(MANIFEST_1)
    (problem,) = problems(store)
    assert "expected run-000001 next in the chain, found run-000002" in problem


def test_a_newest_manifest_that_is_garbage_is_named(store: MemoryStore) -> None:
    store.put(MANIFEST_2, b"{")
    (problem,) = problems(store)
    assert f"{MANIFEST_2} cannot be read as a manifest" in problem


def test_a_removed_newest_manifest_shows_by_the_files_it_named(store: MemoryStore) -> None:
    store.delete(MANIFEST_2)
    found = problems(store)
    assert f"{ASSETS_2} is named by no manifest" in found
    assert any("derivatives/" in problem and "is in no catalog row" in problem for problem in found)


@pytest.mark.parametrize("table", ["assets", "events", "duplicates"])
def test_a_deleted_parquet_file_is_gone(archive: Archive, store: MemoryStore, table: str) -> None:
    path = archive.path(table)
    store.delete(path)
    assert f"{path} is gone" in problems(store)


def test_a_forged_row_is_found_by_the_digest_of_its_file(store: MemoryStore) -> None:
    rows = [replace(row, status="untouched") for row in first_night()[0]["assets"]]
    store.put(ASSETS_1, parquet_bytes("assets", rows, run_id="run-000001", config_hash="c0ffee"))
    found = problems(store)
    assert f"{ASSETS_1} does not have the digest its manifest names" in found
    left_out = [check.question for check in audit(store).checks if "not asked" in " ".join(check.not_checked)]
    assert "Does every derivative exist with its digest?" in left_out
    assert ROWS_QUESTION not in left_out


def test_a_parquet_file_that_no_manifest_names_is_reported_and_the_rest_still_checked(store: MemoryStore) -> None:
    stray = table_path("assets", "2026-11-22", "run-000003")
    store.put(stray, store.read(ASSETS_1))
    report = audit(store)
    assert report.problems == (f"{stray} is named by no manifest",)
    assert [check.question for check in report.checks if not check.looked_at] == [NO_REVIEWS]


def test_a_wrong_number_of_rows_is_found(store: MemoryStore) -> None:
    def more_rows(manifest: Manifest) -> Manifest:
        return replace(manifest, files=tuple(replace(file, rows=file.rows + 1) for file in manifest.files))

    rewrite_newest(store, more_rows)
    assert f"{ASSETS_2} has 1 rows, its manifest says 2" in problems(store)


def test_a_manifest_may_only_name_files_where_readers_look_for_them(store: MemoryStore) -> None:
    def elsewhere(manifest: Manifest) -> Manifest:
        moved = [replace(file, path="elsewhere.parquet") if file.path == ASSETS_2 else file for file in manifest.files]
        return replace(manifest, files=tuple(moved))

    store.put("elsewhere.parquet", store.read(ASSETS_2))
    rewrite_newest(store, elsewhere)
    found = problems(store)
    assert f"run-000002 names elsewhere.parquet; its assets belong in {ASSETS_2}" in found
    assert f"{ASSETS_2} is named by no manifest" in found


def test_a_manifest_may_not_name_the_file_of_another_run(store: MemoryStore) -> None:
    first = next(file for file in parse_manifest(store.read(MANIFEST_1)).files if file.path == ASSETS_1)
    rewrite_newest(store, lambda manifest: replace(manifest, files=(*manifest.files, first)))
    assert f"run-000002 names {ASSETS_1}; its assets belong in {ASSETS_2}" in problems(store)


def test_a_table_of_unknown_name_is_found(store: MemoryStore) -> None:
    def photos(manifest: Manifest) -> Manifest:
        moved = [replace(file, table="photos") if file.path == ASSETS_2 else file for file in manifest.files]
        return replace(manifest, files=tuple(moved))

    rewrite_newest(store, photos)
    assert f"{ASSETS_2} belongs to an unknown table photos" in problems(store)


def test_a_file_that_is_no_parquet_is_found_though_its_digest_agrees(store: MemoryStore) -> None:
    forge(store, ASSETS_2, lambda _: b"not Parquet at all")
    assert any(problem.startswith(f"{ASSETS_2} is not readable as Parquet: ") for problem in problems(store))


def test_a_column_that_the_schema_does_not_know_is_found(store: MemoryStore) -> None:
    forge(store, ASSETS_2, lambda table: table.append_column("mood", pa.array(["sad"])))
    assert problems(store) == (f"{ASSETS_2}: column mood of type string is not in the schema",)


def test_a_column_of_another_type_is_found(store: MemoryStore) -> None:
    forge(store, ASSETS_2, lambda table: table.set_column(0, "run_id", pa.array([2], pa.int32())))
    assert f"{ASSETS_2}: column run_id of type int32 is not in the schema" in problems(store)


def test_a_column_that_may_not_be_null_must_be_there(store: MemoryStore) -> None:
    forge(store, ASSETS_2, lambda table: table.drop_columns(["etag", "dpi"]))
    assert problems(store) == (
        f"{ASSETS_2} lacks column etag, which may not be null",
        f"{ASSETS_2} lacks column dpi",
    )


# ------------------------------------------------------------------ a digest noted elsewhere


def test_the_newest_run_is_vouched_for_by_a_digest_noted_elsewhere_alone(store: MemoryStore) -> None:
    head = open_catalog(store).head_sha256
    (left_out,) = audit(store).not_checked
    assert f"nothing vouches for the newest run (run-000002, manifest {head})" in left_out
    assert audit(store, noted_sha256=head).not_checked == ()


def test_a_digest_noted_after_an_earlier_run_vouches_up_to_it(store: MemoryStore) -> None:
    noted = open_catalog(store).manifests[1].parent_sha256
    report = audit(store, noted_sha256=noted)
    assert report.holds
    assert "the digest given is that of an earlier one" in report.not_checked[0]


def test_a_noted_digest_that_no_manifest_has_is_a_problem_and_the_rest_is_still_asked(store: MemoryStore) -> None:
    report = audit(store, noted_sha256="0" * 64)
    (problem,) = report.problems
    assert problem.startswith(f"no manifest has the digest {'0' * 64} that was noted; the newest is run-000002")
    assert [check.question for check in report.checks if not check.looked_at] == [NO_REVIEWS]


# ------------------------------------------------------------------ schemas as declared


def with_footer(**said: str) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        footer = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
        return table.replace_schema_metadata(footer | said)

    return change


@pytest.mark.parametrize("name", ["schema_version", "run_id", "config_hash"])
def test_a_footer_that_says_something_else_than_the_manifest_is_found(store: MemoryStore, name: str) -> None:
    forge(store, ASSETS_2, with_footer(**{name: "other"}))
    (problem,) = problems(store)
    assert problem.startswith(f"{ASSETS_2}: its footer says {name} other, its manifest says ")


def written_under(store: MemoryStore, version: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """Make the newest assets file one that another version of the schemas wrote, manifest and other files included."""
    newest = parse_manifest(store.read(MANIFEST_2))
    for file in newest.files:
        forge(store, file.path, with_footer(schema_version=version))
    forge(store, ASSETS_2, change)
    rewrite_newest(store, lambda manifest: replace(manifest, schema_version=version))


def test_a_file_of_an_earlier_version_may_lack_columns_that_were_added_since(store: MemoryStore) -> None:
    written_under(store, "1.0", lambda table: table.drop_columns(["dpi"]))
    assert problems(store) == ()


def test_a_file_of_a_later_version_may_have_columns_of_which_it_is_said_that_they_were_not_checked(
    store: MemoryStore,
) -> None:
    written_under(store, "1.99", lambda table: table.append_column("mood", pa.array(["sad"])))
    report = audit(store)
    assert report.holds
    assert any("column mood of type string is not in the schema" in sentence for sentence in report.not_checked)


def test_a_file_of_another_major_version_is_found(store: MemoryStore) -> None:
    written_under(store, "2.0", lambda table: table)
    assert f"{ASSETS_2} has schemas of version 2.0, this version reads 1.x" in problems(store)


def test_rows_of_another_run_are_found(store: MemoryStore) -> None:
    forge(store, ASSETS_2, with_value("run_id", "run-000001"))
    assert f"{ASSETS_2} of run-000002 holds rows of run-000001" in problems(store)


# ------------------------------------------------------------------ one run


def test_of_one_run_only_its_own_derivatives_are_read(store: MemoryStore) -> None:
    first, second = (_derivatives_of(store, run_id) for run_id in ("run-000001", "run-000002"))
    assert first
    assert second
    store.put(first[0], b"rotten")
    store.put("derivatives/zz/stray/access.jpg", b"in no row")
    report = audit(store, only_run="run-000002")
    assert report.holds
    looked_at = {check.question: check.looked_at for check in report.checks}
    assert looked_at["Does every derivative exist with its digest?"] == len(second)
    assert len(problems(store)) == 2


def test_damage_to_the_one_run_is_found(store: MemoryStore) -> None:
    path = _derivatives_of(store, "run-000002")[0]
    store.put(path, b"rotten")
    stray = path.rpartition("/")[0] + "/stray.tif"
    store.put(stray, b"in no row")
    found = audit(store, only_run="run-000002").problems
    assert [problem.split()[0] for problem in found] == [path, stray]


def _derivatives_of(store: MemoryStore, run_id: str) -> list[str]:
    rows = open_catalog(store).table("treatments", ("run_id", "output_path")).to_pylist()
    return sorted(row["output_path"] for row in rows if row["run_id"] == run_id and row["output_path"])
