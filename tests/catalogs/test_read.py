import hashlib
import io
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from catalog_rows import (
    SOURCE,
    Archive,
    asset,
    commit_of,
    commit_table,
    first_night,
    older_store,
    plain_row,
    second_night,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_store import MemoryStore

from catalogs.errors import CatalogError
from catalogs.read import latest_assets, open_catalog
from catalogs.schema import ROW_CLASSES, SCHEMAS, AssetRow, RunRow
from catalogs.write import commit_run, parquet_bytes, table_path


def test_an_empty_store_is_an_empty_catalog() -> None:
    catalog = open_catalog(MemoryStore())
    assert (catalog.head_run_id, catalog.head_sha256, catalog.next_run_id) == (None, None, "run-000001")
    assert catalog.current_assets == ()
    for table, schema in SCHEMAS.items():
        assert catalog.rows(table) == []
        assert catalog.table(table).schema.equals(schema, check_metadata=True)


def test_the_head_is_the_newest_run(archive: Archive) -> None:
    catalog = open_catalog(archive.store)
    assert (catalog.head_run_id, catalog.next_run_id) == ("run-000002", "run-000003")
    assert catalog.head_sha256 == hashlib.sha256(archive.store.read(archive.manifests[1].key)).hexdigest()


@pytest.mark.parametrize("table", ROW_CLASSES)
def test_rows_come_back_as_they_were_committed_oldest_run_first(archive: Archive, table: str) -> None:
    committed = [*first_night()[0].get(table, ()), *second_night()[0].get(table, ())]
    assert open_catalog(archive.store).rows(table) == committed


def test_some_columns_can_be_asked_for_alone_in_the_order_asked(archive: Archive) -> None:
    catalog = open_catalog(archive.store)
    some = catalog.table("assets", ["status", "key"])
    assert some.column_names == ["status", "key"]
    assert some.equals(catalog.table("assets").select(["status", "key"]))
    assert open_catalog(MemoryStore()).table("assets", ["key"]).column_names == ["key"]


def test_an_unknown_table_or_column_is_a_key_error(archive: Archive) -> None:
    with pytest.raises(KeyError, match="photos"):
        open_catalog(archive.store).table("photos")
    with pytest.raises(KeyError, match="colour_of_frame"):
        open_catalog(archive.store).table("assets", ["colour_of_frame"])


def test_a_file_that_no_manifest_names_is_not_read(archive: Archive) -> None:
    store = archive.store.copy()
    rows = [asset(3, "x.tif", "published")]
    content = parquet_bytes("assets", rows, run_id="run-000003", config_hash="")
    store.put(table_path("assets", "2026-11-22", "run-000003"), content)
    assert open_catalog(store).rows("assets") == open_catalog(archive.store).rows("assets")


def test_a_catalog_stays_as_it_was_when_it_was_opened(archive: Archive) -> None:
    store = archive.store.copy()
    opened = open_catalog(store)
    commit_run(store, commit_of(store), {"runs": [plain_row(RunRow, run_id="run-000003")]})
    assert len(opened.rows("runs")) == 2
    assert len(open_catalog(store).rows("runs")) == 3


def test_a_file_that_is_gone_is_named(archive: Archive) -> None:
    store = archive.store.copy()
    store.delete(archive.path("assets"))
    with pytest.raises(FileNotFoundError, match=r"catalogs/assets/run_date=2026-11-20/run-000001\.parquet"):
        open_catalog(store).rows("assets")


def test_nothing_is_built_on_an_altered_file(archive: Archive) -> None:
    store = archive.store.copy()
    forged = [replace(row, status="untouched") for row in first_night()[0]["assets"]]
    content = parquet_bytes("assets", forged, run_id="run-000001", config_hash="c0ffee")
    store.put(archive.path("assets"), content)
    with pytest.raises(CatalogError, match=r"assets/run_date=2026-11-20/run-000001\.parquet was altered"):
        _ = open_catalog(store).current_assets


@pytest.mark.parametrize("lacking", [["dpi"], ["dpi", "icc_name", "has_xmp"]], ids=len)
def test_columns_that_an_older_file_lacks_are_null(lacking: list[str]) -> None:
    catalog = open_catalog(older_store(lacking))
    assert catalog.table("assets").schema.equals(SCHEMAS["assets"], check_metadata=True)
    rows: Any = catalog.rows("assets")
    assert [row.key for row in rows] == ["old.tif", "new.tif"]
    assert [getattr(rows[0], name) for name in lacking] == [None] * len(lacking)
    assert rows[1].dpi == 600.0


def test_columns_that_a_newer_file_adds_are_passed_over() -> None:
    store = MemoryStore()
    rows = [asset(1, "a.tif", "published")]
    newer = pq.read_table(io.BytesIO(parquet_bytes("assets", rows, run_id="run-000001", config_hash="")))
    newer = newer.append_column("paper", pa.array(["baryta"]))
    commit_table(store, newer)
    assert open_catalog(store).rows("assets") == rows


# ------------------------------------------------------------------ the latest row of each thing


def test_a_later_run_replaces_all_pages_of_an_object() -> None:
    rows = [
        asset(1, "a.tif", "published", page=1, pages=2),
        asset(1, "a.tif", "published", page=2, pages=2),
        asset(1, "b.tif", "published"),
        asset(2, "a.tif", "quarantined"),
    ]
    assert latest_assets(rows) == (rows[2], rows[3])


def test_the_same_key_at_two_sources_is_two_objects() -> None:
    here, there = asset(1, "a.tif", "published"), asset(2, "a.tif", "untouched", source_uri="s3://other/scans")
    assert latest_assets([here, there]) == (here, there)
    again = asset(3, "a.tif", "quarantined")
    assert latest_assets([here, there, again]) == (there, again)


ROWS = st.lists(
    st.builds(
        lambda run, key, source, page: asset(run, key, "published", source_uri=source, page=page),
        st.integers(1, 12),
        st.sampled_from(["a", "b", "a/b"]),
        st.sampled_from([SOURCE, "s3://other"]),
        st.none() | st.integers(1, 3),
    ),
    max_size=12,
)


def slowly_latest(rows: list[AssetRow]) -> tuple[AssetRow, ...]:
    """Return the same by asking of each row whether a later run speaks of its object."""

    def is_outdated(row: AssetRow) -> bool:
        same = [other for other in rows if (other.source_uri, other.key) == (row.source_uri, row.key)]
        return any(int(other.run_id[4:]) > int(row.run_id[4:]) for other in same)

    return tuple(row for row in rows if not is_outdated(row))


@settings(deadline=None)
@given(ROWS)
def test_the_latest_rows_are_those_of_the_newest_run_in_the_order_given(rows: list[AssetRow]) -> None:
    assert latest_assets(rows) == slowly_latest(rows)
    assert latest_assets(iter(rows)) == latest_assets(latest_assets(rows))


def test_current_assets_are_the_latest_rows_and_are_read_once(archive: Archive) -> None:
    catalog = open_catalog(archive.store)
    assert [row.key for row in catalog.current_assets] == [
        "a.tif", "album.tif", "album.tif", "b.tif", "bad.tif", "c.tif", "d.tif",
    ]  # fmt: skip
    assert catalog.current_assets is catalog.current_assets
