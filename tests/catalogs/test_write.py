import hashlib
import io
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from catalog_rows import MIDNIGHT, any_row, asset, commit_of, first_night, plain_row, second_night
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_store import MemoryStore, PowerCutError

from catalogs.audit import audit
from catalogs.columns import row_from_dict
from catalogs.errors import BadRowsError, BrokenChainError, ConcurrentRunError
from catalogs.manifest import run_name
from catalogs.read import open_catalog
from catalogs.schema import ROW_CLASSES, SCHEMAS, EventRow, RunRow
from catalogs.write import commit_run, parquet_bytes, remove_leftovers, table_path

MANIFEST = "catalogs/_manifests/run-000002.json"


def after_first_night() -> MemoryStore:
    """Return the archive after its first night, with the derivatives of the second already there."""
    store = MemoryStore()
    rows, files = first_night()
    for path, content in (files | second_night()[1]).items():
        store.put(path, content)
    commit_run(store, commit_of(store), rows)
    return store


def commit_second_night(store: MemoryStore, **values: Any) -> None:
    commit_run(store, commit_of(store, days=1, **values), second_night()[0])


WRITES = len(second_night()[0]) + 1
"""Puts of the second night: one for each table that has rows, one for the manifest."""


@pytest.mark.parametrize("table", ROW_CLASSES)
@settings(deadline=None, max_examples=10)
@given(data=st.data())
def test_rows_written_as_parquet_and_read_are_the_same(table: str, data: st.DataObject) -> None:
    row_class: Any = ROW_CLASSES[table]
    rows = data.draw(st.lists(any_row(row_class, run_id=st.just("run-000001")), max_size=3))
    content = parquet_bytes(table, rows, run_id="run-000001", config_hash="")
    read = pq.read_table(io.BytesIO(content), page_checksum_verification=True)
    assert [row_from_dict(row_class, values) for values in read.to_pylist()] == rows


def test_a_file_carries_the_full_schema_and_says_where_it_comes_from() -> None:
    content = parquet_bytes("events", [plain_row(EventRow, run_id="run-000007")], run_id="run-000007", config_hash="ab")
    file = pq.ParquetFile(io.BytesIO(content))
    assert file.schema_arrow.remove_metadata().equals(SCHEMAS["events"].remove_metadata(), check_metadata=True)
    about = {key: value for key, value in file.metadata.metadata.items() if key != b"ARROW:schema"}
    assert about == {
        b"schema_version": SCHEMAS["events"].metadata[b"schema_version"],
        b"description": b"One row for each preservation event (PREMIS 3).",
        b"run_id": b"run-000007",
        b"config_hash": b"ab",
    }
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_a_flipped_bit_in_a_page_is_noticed_by_its_checksum() -> None:
    content = parquet_bytes("events", [plain_row(EventRow, run_id="r", detail="x" * 50)], run_id="r", config_hash="")
    chunk = pq.ParquetFile(io.BytesIO(content)).metadata.row_group(0).column(0)
    last = (chunk.dictionary_page_offset or chunk.data_page_offset) + chunk.total_compressed_size - 1
    damaged = content[:last] + bytes([content[last] ^ 1]) + content[last + 1 :]
    with pytest.raises(OSError, match=r"(?i)crc"):
        pq.read_table(io.BytesIO(damaged), page_checksum_verification=True)


def test_the_same_rows_give_the_same_bytes() -> None:
    rows = first_night()[0]["treatments"]
    first, again = (parquet_bytes("treatments", rows, run_id="run-000001", config_hash="") for _ in range(2))
    assert first == again


def test_a_run_is_its_files_and_one_manifest_that_names_them_all() -> None:
    store = MemoryStore()
    manifest = commit_run(store, commit_of(store), first_night()[0])
    assert {file.path for file in manifest.files} | {manifest.key} == set(store.objects)
    for file in manifest.files:
        content = store.read(file.path)
        assert file.path == table_path(file.table, "2026-11-20", "run-000001")
        assert (file.bytes, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert file.rows == len(first_night()[0][file.table])


def test_tables_without_rows_leave_no_file() -> None:
    store = MemoryStore()
    commit_run(store, commit_of(store), {"runs": [plain_row(RunRow, run_id="run-000001")], "assets": []})
    assert sorted(store.objects) == [
        "catalogs/_manifests/run-000001.json",
        "catalogs/runs/run_date=2026-11-20/run-000001.parquet",
    ]


def test_all_misfits_of_all_tables_are_gathered_and_nothing_is_written() -> None:
    store = MemoryStore()
    rows: dict[str, Any] = {
        "assets": [
            asset(1, "a", "published"),
            replace(asset(1, "b", "published"), status=None),
            asset(1, "c", "finished", etag=None, modified_at=datetime(2026, 1, 1)),  # noqa: DTZ001 - no zone is the point
            asset(9, "d", "published"),
        ],
        "events": [
            plain_row(
                EventRow, run_id="run-000001", happened_at=datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2)))
            )
        ],
        "runs": [plain_row(RunRow, run_id="run-000001", listed=1.5)],
    }
    with pytest.raises(BadRowsError) as caught:
        commit_run(store, commit_of(store), rows)
    assert [(problem.table, problem.row, problem.column) for problem in caught.value.problems] == [
        ("assets", 1, "status"),
        ("assets", 2, "etag"),
        ("assets", 2, "modified_at"),
        ("assets", 2, "status"),
        ("assets", 3, "run_id"),
        ("events", 0, "happened_at"),
        ("runs", 0, "listed"),
    ]
    assert store.objects == {}


def test_an_unknown_table_is_refused_before_anything_is_written() -> None:
    store = MemoryStore()
    with pytest.raises(KeyError, match="photos"):
        commit_run(
            store, commit_of(store), {"assets": [asset(1, "a", "published")], "photos": [asset(1, "a", "published")]}
        )
    assert store.objects == {}


@pytest.mark.parametrize("moment", ["started_at", "committed_at"])
@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=1))], ids=["naive", "one hour off"])
def test_a_commit_knows_only_utc(moment: str, zone: timezone | None) -> None:
    with pytest.raises(ValueError, match="expected a time in UTC"):
        commit_of(MemoryStore(), **{moment: MIDNIGHT.replace(tzinfo=zone)})


def test_the_partition_is_the_utc_day_on_which_the_run_began() -> None:
    late = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert commit_of(MemoryStore(), started_at=late, committed_at=late + timedelta(hours=5)).run_date == "2026-12-31"


@pytest.mark.parametrize("writes", range(WRITES))
@pytest.mark.parametrize("days", [1, 2], ids=["same day", "next day"])
def test_a_crash_at_any_write_and_a_second_run_equal_one_undisturbed_run(writes: int, days: int) -> None:
    undisturbed = after_first_night()
    commit_run(undisturbed, commit_of(undisturbed, days=days), second_night()[0])

    crashed = after_first_night()
    crashed.writes_left = writes
    with pytest.raises(PowerCutError):
        commit_second_night(crashed)
    survivor = crashed.copy()
    assert open_catalog(survivor).head_run_id == "run-000001", "before the manifest the run does not exist"
    assert len(open_catalog(survivor).rows("assets")) == 6

    assert len(remove_leftovers(survivor, open_catalog(survivor).manifests)) == writes
    commit_run(survivor, commit_of(survivor, days=days), second_night()[0])
    assert survivor.objects == undisturbed.objects
    assert audit(survivor).holds


@pytest.mark.parametrize("deletions", range(WRITES))
def test_a_crash_while_leftovers_are_removed_is_no_harm(deletions: int) -> None:
    before = after_first_night()
    crashed = before.copy()
    crashed.writes_left = WRITES - 1
    with pytest.raises(PowerCutError):
        commit_second_night(crashed)
    manifests = open_catalog(crashed).manifests
    crashed.writes_left = deletions
    if deletions < WRITES - 1:
        with pytest.raises(PowerCutError):
            remove_leftovers(crashed, manifests)
    survivor = crashed.copy()
    remove_leftovers(survivor, manifests)
    assert survivor.objects == before.objects


@pytest.mark.parametrize("writes", range(WRITES))
def test_the_same_commit_again_finishes_what_a_crash_left(writes: int) -> None:
    undisturbed, crashed = after_first_night(), after_first_night()
    commit_second_night(undisturbed)
    commit = commit_of(crashed, days=1)
    crashed.writes_left = writes
    with pytest.raises(PowerCutError):
        commit_run(crashed, commit, second_night()[0])
    survivor = crashed.copy()
    commit_run(survivor, commit, second_night()[0])
    commit_run(survivor, commit, second_night()[0])
    assert survivor.objects == undisturbed.objects


def test_a_commit_whose_answers_were_lost_is_a_commit() -> None:
    store = after_first_night()
    store.lost_answers = {MANIFEST, table_path("assets", "2026-11-21", "run-000002")}
    commit_second_night(store)
    assert open_catalog(store).head_run_id == "run-000002"
    assert audit(store).holds


@pytest.mark.parametrize("days", [1, 2], ids=["same day", "next day"])
@pytest.mark.parametrize("writes", range(WRITES + 1))
def test_of_two_writers_from_the_same_head_exactly_one_commits(writes: int, days: int) -> None:
    """The second writer does its whole commit when the first has made so many writes."""
    store = after_first_night()
    first, second = commit_of(store, days=1), commit_of(store, days=days, code_version="0.1+other")
    outcomes = []

    def attempt(commit: Any, rows: dict[str, Any]) -> None:
        with suppress(ConcurrentRunError):
            outcomes.append(commit_run(store, commit, rows))

    puts: list[str] = []

    def interrupt(key: str) -> None:
        puts.append(key)
        if len(puts) == writes + 1:
            others = {table: second_night()[0][table] for table in ("assets", "runs", "treatments")}
            attempt(second, others | {"runs": [replace(others["runs"][0], host="other")]})

    store.before_put = interrupt
    attempt(first, second_night()[0])
    if writes == WRITES:
        interrupt("after the last write")
    (manifest,) = outcomes
    head = open_catalog(store)
    assert head.manifests[1:] == (manifest,)
    remove_leftovers(store, head.manifests)
    assert len(head.rows("assets")) == 7
    assert {file.path for each in head.manifests for file in each.files} == {
        key for key in store.objects if key.endswith(".parquet")
    }


def test_a_run_that_comes_late_writes_nothing_at_all() -> None:
    store = after_first_night()
    late = commit_of(store, days=5)
    commit_second_night(store)
    before = dict(store.objects)
    with pytest.raises(ConcurrentRunError, match="run-000002 was written by another run"):
        commit_run(store, late, second_night()[0])
    assert store.objects == before


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_run_id_that_does_not_follow_its_parent_is_refused(number: int) -> None:
    store = after_first_night()
    commit_second_night(store)
    before = dict(store.objects)
    rows = {"runs": [plain_row(RunRow, run_id=run_name(number))]}
    with pytest.raises(ConcurrentRunError, match=f"expected run-000003 to follow run-000002, found {run_name(number)}"):
        commit_run(store, commit_of(store, run_id=run_name(number)), rows)
    assert store.objects == before


@pytest.mark.parametrize(
    "values",
    [
        {"parent_sha256": "0" * 64},
        {"parent_sha256": None},
        {"parent_run_id": "run-000008", "run_id": "run-000009"},
        {"parent_run_id": None, "run_id": "run-000001"},
    ],
    ids=["altered", "none", "unknown", "first with a digest"],
)
def test_a_manifest_that_would_break_the_chain_is_never_written(values: dict[str, Any]) -> None:
    store = after_first_night()
    before = dict(store.objects)
    commit = commit_of(store, **values)
    with pytest.raises(BrokenChainError, match="but the one that stands has"):
        commit_run(store, commit, {"runs": [plain_row(RunRow, run_id=commit.run_id)]})
    assert store.objects == before


def test_only_what_a_dead_run_can_have_left_is_removed() -> None:
    store = after_first_night()
    before = dict(store.objects)
    stray = "catalogs/damage/run_date=2026-11-21/run-000002.parquet"
    others = ["catalogs/notes.txt", "catalogs/mine/list.parquet", "_staging/run-000002/x.parquet", "derivatives/x"]
    for path in (stray, *others):
        store.put(path, b"?")
    assert remove_leftovers(store, open_catalog(store).manifests) == [stray]
    assert store.objects == before | dict.fromkeys(others, b"?")


def test_nothing_is_removed_for_a_caller_who_read_an_older_catalog() -> None:
    store = after_first_night()
    stale = open_catalog(store).manifests
    commit_second_night(store)
    before = dict(store.objects)
    for manifests in (stale, ()):
        with pytest.raises(ConcurrentRunError, match=r"nothing was removed: .*run-000002\.json"):
            remove_leftovers(store, manifests)
    assert store.objects == before


def test_a_clean_catalog_has_no_leftovers() -> None:
    store = after_first_night()
    assert remove_leftovers(store, open_catalog(store).manifests) == []
    assert remove_leftovers(MemoryStore(), ()) == []


def test_arrow_itself_would_let_a_null_into_a_column_that_forbids_it() -> None:
    schema = pa.schema([pa.field("key", pa.string(), nullable=False)])
    table = pa.Table.from_pylist([{"key": None}], schema=schema)
    assert table.num_rows == 1, "if Arrow refuses this, a reason for our own check is gone"
