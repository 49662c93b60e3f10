"""Nights from a bucket to a bucket: what a folder gives; awkward keys; objects that vanish."""

import uuid
from pathlib import Path
from typing import Any

import pytest
import small_scans
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from nights import assets, calling, night, night_with, what_stands
from s3_servers import Server

from catalogs.audit import audit
from catalogs.schema import AssetRow
from tasks.storage import open_store

AWKWARD = (
    "box 1/print 1.png",
    "Großmutter/円環 #7?&=%41.png",
    "../outside.png",
    "a/../../outside.png",
    "a//b.png",
    "./here.png",
    "-rf.png",
    "tab\tand\nnewline.png",
    "x" * 900 + "/" + "y" * 60 + ".png",
)


@pytest.fixture
def _environment(moto_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reach the server as a real night does: by the standard variables."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(moto_server.settings.endpoint_url))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", str(moto_server.settings.access_key))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", str(moto_server.settings.secret_key))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def address(moto_server: Server, _environment: None) -> str:
    return f"s3://{moto_server.bucket}/{uuid.uuid4().hex[:8]}"


def upload(server: Server, address: str, key: str, content: bytes) -> None:
    prefix = address.split("/", 3)[3]
    server.client().put_object(Bucket=server.bucket, Key=f"{prefix}/{key}", Body=content)


def plant(server: Server, address: str, key: str, content: bytes) -> None:
    """Put an object past the server's own door, which takes no key with ``..`` in it; Amazon's does."""
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(server.bucket, f"{address.split('/', 3)[3]}/{key}", content)


def remove(server: Server, address: str, key: str) -> None:
    prefix = address.split("/", 3)[3]
    server.client().delete_object(Bucket=server.bucket, Key=f"{prefix}/{key}")


def download(address: str, folder: Path) -> Path:
    store = open_store(address)
    for item in store.list():
        path = folder / item.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(store.read(item.key))
    return folder


def comparable(output: Path) -> dict[str, Any]:
    """Return what stands without what names the source: events, and the provenance that repeats them."""
    found = what_stands(output)
    rows = {table: rows for table, rows in found["rows"].items() if table != "events"}
    files = {path: digest for path, digest in found["files"].items() if not path.endswith("provenance.json")}
    return {"rows": rows, "files": files, "names": sorted(found["files"]), "runs": found["runs"]}


def rows_by_key(address: str) -> dict[str, list[AssetRow]]:
    found: dict[str, list[AssetRow]] = {}
    for row in assets(address):
        found.setdefault(row.key, []).append(row)
    return found


def test_a_night_between_buckets_leaves_what_one_between_folders_leaves(
    moto_server: Server, address: str, tmp_path: Path
) -> None:
    scans = tmp_path / "scans"
    small_scans.write(scans / "box 1" / "cat.png", "cat")
    small_scans.write(scans / "box 1" / "cat again.jpg", "cat", side_px=160)
    small_scans.write_pages(scans / "album.tif", ["cup", "rocket"])
    (scans / "broken.tif").write_bytes(b"II*\0")
    for path in scans.rglob("*.*"):
        upload(moto_server, f"{address}/in", path.relative_to(scans).as_posix(), path.read_bytes())
    for _ in range(2):
        night(scans, tmp_path / "out", tmp_path / "work")
        result = night(f"{address}/in", f"{address}/out", tmp_path / "work-s3")
    assert result.report.run.known == 4
    fetched = download(f"{address}/out", tmp_path / "fetched")
    assert comparable(fetched) == comparable(tmp_path / "out")
    assert not list((fetched / "_staging").rglob("*"))
    assert audit(open_store(f"{address}/out")).holds


def test_each_awkward_key_ends_in_exactly_one_row(moto_server: Server, address: str, tmp_path: Path) -> None:
    content = small_scans.write(tmp_path / "cat.png", "cat").read_bytes()
    for key in AWKWARD:
        plant(moto_server, f"{address}/in", key, content)
    outside = {path for path in tmp_path.parent.rglob("*") if "work" not in path.parts}
    result = night(f"{address}/in", f"{address}/out", tmp_path / "work")
    found = rows_by_key(f"{address}/out")
    assert sorted(found) == sorted(AWKWARD)
    assert {len(rows) for rows in found.values()} == {1}
    assert all(row.status != "quarantined" or row.reason for rows in found.values() for row in rows)
    assert sum(row.status in {"published", "untouched"} for rows in found.values() for row in rows) == 1
    assert result.report.run.listed == len(AWKWARD)
    assert {path for path in tmp_path.parent.rglob("*") if "work" not in path.parts} == outside
    assert audit(open_store(f"{address}/out")).holds


def test_an_object_that_vanishes_after_the_listing_is_set_aside_and_returns(
    moto_server: Server, address: str, tmp_path: Path
) -> None:
    content = small_scans.write(tmp_path / "cat.png", "cat").read_bytes()
    upload(moto_server, f"{address}/in", "a.png", content)
    upload(moto_server, f"{address}/in", "b.png", small_scans.write(tmp_path / "cup.png", "cup").read_bytes())
    call = calling({"ingest": lambda: remove(moto_server, f"{address}/in", "a.png")})
    result = night_with(call, f"{address}/in", f"{address}/out", work=tmp_path / "work")
    (row,) = rows_by_key(f"{address}/out")["a.png"]
    assert (row.status, row.reason, row.asset_id) == ("quarantined", "vanished", None)
    assert (result.report.run.listed, result.report.run.fetched, result.report.run.quarantined) == (2, 1, 1)
    upload(moto_server, f"{address}/in", "a.png", content)
    result = night(f"{address}/in", f"{address}/out", tmp_path / "work")
    assert (result.report.run.known, result.report.run.fetched) == (1, 1)
    (row,) = rows_by_key(f"{address}/out")["a.png"]
    assert row.status in {"published", "untouched"}


def test_an_object_replaced_after_the_listing_is_not_taken_for_the_listed_one(
    moto_server: Server, address: str, tmp_path: Path
) -> None:
    upload(moto_server, f"{address}/in", "a.png", small_scans.write(tmp_path / "cat.png", "cat").read_bytes())
    other = small_scans.write(tmp_path / "cup.png", "cup").read_bytes()
    call = calling({"ingest": lambda: upload(moto_server, f"{address}/in", "a.png", other)})
    night_with(call, f"{address}/in", f"{address}/out", work=tmp_path / "work")
    (row,) = rows_by_key(f"{address}/out")["a.png"]
    assert (row.status, row.reason) == ("quarantined", "changed-while-reading")
    night(f"{address}/in", f"{address}/out", tmp_path / "work")
    (row,) = rows_by_key(f"{address}/out")["a.png"]
    assert row.status in {"published", "untouched"}
