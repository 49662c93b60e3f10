import re
from collections import Counter
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from catalog_rows import SOURCE, Archive, asset, commit_of, older_store, plain_row, sha
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_store import MemoryStore

from catalogs.manifest import run_name
from catalogs.read import open_catalog
from catalogs.reviews import current_results, waiting_redos
from catalogs.schema import ROW_CLASSES, SCHEMAS, DamageRow, DuplicateRow, ReferenceRow, ReviewRow, TreatmentRow
from catalogs.views import views_sql
from catalogs.write import commit_run

Duck = Callable[[Path], duckdb.DuckDBPyConnection]
WRITTEN = {"runs", "assets", "duplicates", "damage", "treatments", "style_regions", "references", "events"}


def views_of(store: MemoryStore, folder: Path, duck: Duck) -> duckdb.DuckDBPyConnection:
    """Lay the store out in the folder and open its views."""
    con = duck(store.to_folder(folder))
    con.execute(views_sql({item.key.split("/")[1] for item in store.list("catalogs/")}))
    return con


def test_the_head_says_what_the_file_is_and_a_section_comes_with_its_table() -> None:
    assert not re.search(r"^CREATE", views_sql(()), re.MULTILINE)
    assert views_sql({"assets"}).startswith("-- The current state of a catalog")
    assert "current_assets" in views_sql({"assets"})
    assert "VIEW duplicates" in views_sql({"duplicates"})


def test_a_view_that_needs_two_tables_comes_only_with_both() -> None:
    assert "VIEW current_duplicates" in views_sql({"duplicates", "assets"})
    assert "VIEW current_duplicates" not in views_sql({"duplicates"})
    assert "VIEW current_duplicates" not in views_sql({"assets"})


def test_every_table_has_a_view_of_its_own_name() -> None:
    views = re.findall(r'VIEW "?(\w+)"? AS', views_sql(ROW_CLASSES))
    assert set(ROW_CLASSES) <= set(views)
    assert Counter(views).most_common(1)[0][1] == 1


@pytest.mark.parametrize("table", sorted(WRITTEN))
def test_duckdb_reads_what_was_committed_and_nothing_else(
    archive: Archive, folder: Path, duck: Duck, table: str
) -> None:
    con = duck(folder)
    con.execute(views_sql(WRITTEN))
    committed = open_catalog(archive.store).table(table)
    names = [field.name for field in committed.schema if not pa.types.is_nested(field.type)]
    columns = ", ".join(f'"{name}"' for name in names)
    con.execute("SET TimeZone = 'UTC'")
    found = con.execute(f'SELECT {columns} FROM "{table}"').fetchall()
    assert Counter(found) == Counter(tuple(row[name] for name in names) for row in committed.to_pylist())


def test_duckdb_understands_maps_lists_times_and_the_partition(folder: Path, duck: Duck) -> None:
    con = duck(folder)
    con.execute("SET TimeZone = 'UTC'")
    con.execute(views_sql(WRITTEN))
    (row,) = con.execute(
        "SELECT stage_seconds['s'], started_at::VARCHAR, run_date::VARCHAR FROM runs ORDER BY run_id LIMIT 1"
    ).fetchall()
    assert row == (1.5, "2026-11-20 00:30:00+00", "2026-11-20")
    assert con.execute("SELECT DISTINCT plan[1] FROM damage").fetchall() == [("denoise",)]


def test_duckdb_reads_the_footers(folder: Path, duck: Duck) -> None:
    found = duck(folder).execute(
        "SELECT decode(key), decode(value) FROM parquet_kv_metadata('catalogs/assets/**/*.parquet') "
        "WHERE decode(key) IN ('run_id', 'schema_version', 'config_hash') ORDER BY ALL"
    )
    assert found.fetchall() == [
        ("config_hash", "c0ffee"),
        ("config_hash", "c0ffee"),
        ("run_id", "run-000001"),
        ("run_id", "run-000002"),
        *[("schema_version", SCHEMAS["assets"].metadata[b"schema_version"].decode())] * 2,
    ]


def test_views_may_be_created_again(folder: Path, duck: Duck) -> None:
    con = duck(folder)
    for _ in range(2):
        con.execute(views_sql(WRITTEN))
    assert con.execute("SELECT count(*) FROM current_assets").fetchall() == [(7,)]


def test_columns_that_an_older_file_lacks_are_null_in_duckdb(tmp_path: Path, duck: Duck) -> None:
    con = views_of(older_store(["dpi", "icc_name"]), tmp_path, duck)
    found = con.execute("SELECT key, dpi, icc_name FROM assets ORDER BY key").fetchall()
    assert found == [("new.tif", 600.0, None), ("old.tif", None, None)]


NIGHTS = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "a/b"]),
            st.sampled_from([SOURCE, "s3://other"]),
            st.none() | st.integers(1, 3),
        ),
        unique=True,
        min_size=1,
        max_size=5,
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=25)
@given(nights=NIGHTS)
def test_current_assets_in_duckdb_are_those_of_python(nights: list[Any]) -> None:
    store = MemoryStore()
    for run, objects in enumerate(nights, start=1):
        rows = [
            asset(run, key, "untouched", source_uri=source, page=page, dpi=float(run)) for key, source, page in objects
        ]
        commit_run(store, commit_of(store, days=run), {"assets": rows})
    expected = open_catalog(store).current_assets
    assert current_in_duckdb(store) == Counter(
        (row.source_uri, row.key, row.page, row.run_id, row.dpi) for row in expected
    )


def current_in_duckdb(store: MemoryStore) -> Counter[tuple[Any, ...]]:
    with TemporaryDirectory() as folder, chdir(store.to_folder(Path(folder))), duckdb.connect() as con:
        con.execute(views_sql({"assets"}))
        return Counter(con.execute("SELECT source_uri, key, page, run_id, dpi FROM current_assets").fetchall())


def commit_all(*runs: dict[str, list[Any]]) -> MemoryStore:
    store = MemoryStore()
    for day, rows in enumerate(runs):
        commit_run(store, commit_of(store, days=day), rows)
    return store


def duplicate(run: int, key: str, of: str, **values: Any) -> DuplicateRow:
    about = {"asset_id": sha(key), "source_uri": SOURCE, "key": key, "primary_key": of, "primary_asset_id": sha(of)}
    return plain_row(DuplicateRow, **{"run_id": run_name(run)} | about | values)


def test_a_copy_leads_to_the_newest_best_one(tmp_path: Path, duck: Duck) -> None:
    store = commit_all(
        {
            "assets": [asset(1, "a", "published"), asset(1, "b", "duplicate"), asset(1, "c", "duplicate")],
            "duplicates": [duplicate(1, "b", "a"), duplicate(1, "c", "a")],
        },
        {"assets": [asset(2, "d", "published")], "duplicates": [duplicate(2, "a", "d"), duplicate(2, "b", "d")]},
    )
    found = views_of(store, tmp_path, duck).execute("SELECT key, primary_key FROM current_duplicates ORDER BY key")
    assert found.fetchall() == [("a", "d"), ("b", "d"), ("c", "a")]


def test_an_object_replaced_by_another_picture_is_no_copy_any_more(tmp_path: Path, duck: Duck) -> None:
    pages = {"page": 1, "pages": 2, "asset_id": "two-p1"}
    store = commit_all(
        {
            "assets": [asset(1, "a", "published"), asset(1, "b", "duplicate"), asset(1, "two", "duplicate", **pages)],
            "duplicates": [duplicate(1, "b", "a"), duplicate(1, "two", "a", page=1, asset_id="two-p1")],
        },
        {"assets": [asset(2, "b", "published", asset_id="other")]},
    )
    found = views_of(store, tmp_path, duck).execute("SELECT key, page FROM current_duplicates")
    assert found.fetchall() == [("two", 1)], "a null page and a number are both matched"


def test_the_newest_word_on_each_thing_is_current(tmp_path: Path, duck: Duck) -> None:
    def treatment(run: int, stage: str, step: str, path: str | None) -> TreatmentRow:
        about = {"asset_id": "x", "stage": stage, "step": step, "output_path": path, "seconds": float(run)}
        return plain_row(TreatmentRow, run_id=run_name(run), output_sha256=path and "00", **about)

    def reference(run: int, *, accepted: bool) -> ReferenceRow:
        return plain_row(ReferenceRow, run_id=run_name(run), key="r", accepted=accepted)

    store = commit_all(
        {
            "treatments": [
                treatment(1, "restore", "denoise", None),
                treatment(1, "restore", "result", "derivatives/x/restored.tif"),
                treatment(1, "publish", "access", "derivatives/x/access.jpg"),
            ],
            "damage": [plain_row(DamageRow, run_id=run_name(1), asset_id="x", blur_severity=0.1)],
            "references": [reference(1, accepted=False)],
        },
        {
            "treatments": [treatment(2, "restore", "result", "derivatives/x/restored.tif")],
            "damage": [plain_row(DamageRow, run_id=run_name(2), asset_id="x", blur_severity=0.2)],
            "references": [reference(2, accepted=True)],
        },
    )
    con = views_of(store, tmp_path, duck)
    current = con.execute("SELECT stage, step, seconds FROM current_treatments ORDER BY stage").fetchall()
    assert current == [("publish", "access", 1.0), ("restore", "result", 2.0)]
    files = con.execute("SELECT output_path, run_id FROM derivatives ORDER BY output_path").fetchall()
    assert files == [("derivatives/x/access.jpg", "run-000001"), ("derivatives/x/restored.tif", "run-000002")]
    assert con.execute("SELECT blur_severity FROM current_damage").fetchall() == [(0.2,)]
    assert con.execute("SELECT accepted FROM current_references").fetchall() == [(True,)]


def test_a_file_made_anew_by_a_review_leaves_the_others_current_and_a_withdrawn_one_does_not_stand(
    tmp_path: Path, duck: Duck
) -> None:
    def published(run: int, step: str, sha256: str | None) -> TreatmentRow:
        about = {"asset_id": "x", "stage": "publish", "step": step, "output_path": f"derivatives/x/{step}"}
        return plain_row(TreatmentRow, run_id=run_name(run), output_sha256=sha256, **about)

    store = commit_all(
        {"treatments": [published(1, "access", "00"), published(1, "damage", "01")]},
        {"treatments": [published(2, "access", None)]},
    )
    con = views_of(store, tmp_path, duck)
    current = con.execute("SELECT step, run_id FROM current_treatments ORDER BY step").fetchall()
    assert current == [("access", "run-000002"), ("damage", "run-000001")]
    assert con.execute("SELECT step FROM derivatives").fetchall() == [("damage",)]


def test_a_redo_waits_until_a_later_night_has_judged_the_photograph(tmp_path: Path, duck: Duck) -> None:
    def asked(asset_id: str, decision: str) -> ReviewRow:
        return plain_row(ReviewRow, run_id=run_name(2), asset_id=asset_id, decision=decision, output_sha256=asset_id)

    def judged(run: int, *asset_ids: str) -> list[DamageRow]:
        return [plain_row(DamageRow, run_id=run_name(run), asset_id=asset_id) for asset_id in asset_ids]

    store = commit_all(
        {"damage": judged(1, "a", "b", "c")},
        {"reviews": [asked("a", "redo"), asked("b", "redo"), asked("c", "accept")]},
        {"damage": judged(3, "b")},
    )
    con = views_of(store, tmp_path, duck)
    assert con.execute("SELECT asset_id FROM waiting_redos").fetchall() == [("a",)]
    assert list(waiting_redos(open_catalog(store))) == ["a"]


def test_a_published_result_waits_for_review_until_somebody_decides(tmp_path: Path, duck: Duck) -> None:
    def made(run: int, asset_id: str, stage: str, sha256: str) -> TreatmentRow:
        about = {"asset_id": asset_id, "stage": stage, "step": "result", "output_path": f"{asset_id}/{stage}.tif"}
        return plain_row(TreatmentRow, run_id=run_name(run), output_sha256=sha256, **about)

    store = commit_all(
        {
            "assets": [asset(1, name, status, asset_id=name) for name, status in
                       (("a", "published"), ("b", "published"), ("c", "untouched"))],
            "treatments": [
                made(1, "a", "restore", "r1"), made(1, "a", "modernize", "m1"), made(1, "b", "restore", "r2"),
            ],
        },
        {"reviews": [plain_row(ReviewRow, run_id=run_name(2), asset_id="b", decision="accept", output_sha256="r2")]},
        {"treatments": [made(3, "b", "restore", "r3")]},
    )  # fmt: skip
    con = views_of(store, tmp_path, duck)
    found = con.execute("SELECT asset_id, output_sha256 FROM waiting_for_review ORDER BY ALL").fetchall()
    assert found == [("a", "m1"), ("b", "r3")]
    results = current_results(open_catalog(store))
    assert [(one.asset_id, one.result.sha256) for one in results.values() if one.waits and one.result] == found


def test_the_last_review_of_a_result_counts(tmp_path: Path, duck: Duck) -> None:
    first = plain_row(ReviewRow, run_id=run_name(1), decision="redo")
    later = plain_row(
        ReviewRow, run_id=run_name(1), decision="accept", reviewed_at=first.reviewed_at.replace(year=2027)
    )
    con = views_of(commit_all({"reviews": [later, first]}), tmp_path, duck)
    assert con.execute("SELECT decision FROM current_reviews").fetchall() == [("accept",)]
