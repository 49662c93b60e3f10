"""Masters in a bucket, hashed where they lie; masters in a folder are asked in ``tests/flows/test_cli_audit.py``."""

import hashlib
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from catalog_rows import asset
from s3_servers import Server

from catalogs.audit_report import Finding
from catalogs.schema import AssetRow
from tasks.audit_masters import Choice, _drawn, masters


@pytest.fixture
def bucket(moto_server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of a prefix with a.tif, b.tif and c.tif in it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(moto_server.settings.endpoint_url))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", str(moto_server.settings.access_key))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", str(moto_server.settings.secret_key))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    address = moto_server.new_address()
    for key in ("a.tif", "b.tif", "c.tif"):
        prefix = address.split("/", 3)[3]
        moto_server.client().put_object(Bucket=moto_server.bucket, Key=f"{prefix}/{key}", Body=key.encode())
    return address


def row(uri: str, key: str, content: bytes | None = None) -> AssetRow:
    sha256 = hashlib.sha256(key.encode() if content is None else content).hexdigest()
    return asset(1, key, "published", source_uri=uri, sha256=sha256, asset_id=sha256)


def found(rows: Sequence[AssetRow], choice: Choice) -> Finding:
    evidence: Any = SimpleNamespace(current=rows, assets=rows, at_stake={})
    return masters(evidence, choice)


ALL = Choice(extent="all")


def test_masters_in_a_bucket_are_hashed_where_they_lie(bucket: str) -> None:
    rows = [row(bucket, key) for key in ("a.tif", "b.tif", "c.tif")]
    assert found(rows, ALL) == Finding(3, [], [])


def test_changed_and_vanished_objects_are_told_apart(bucket: str) -> None:
    changed, gone = found([row(bucket, "a.tif"), row(bucket, "b.tif", b"else"), row(bucket, "d.tif")], ALL).problems
    assert changed.startswith(f"master b.tif at {bucket} has digest {hashlib.sha256(b'b.tif').hexdigest()}")
    assert gone.startswith(f"master d.tif at {bucket} is gone")


def test_a_bucket_that_is_not_there_has_lost_no_master(bucket: str) -> None:
    rows = [row(bucket, "a.tif"), row("s3://no-such-bucket-here/scans", "b.tif")]
    some = found(rows, Choice(extent="sample", sample=5))
    assert some.problems == []
    (sentence,) = some.not_checked
    assert sentence.startswith("s3://no-such-bucket-here/scans does not answer")
    assert sentence.endswith("1 masters not checked: b.tif")
    assert found(rows, ALL).problems == [sentence]


def test_none_are_fetched_if_none_are_asked_for() -> None:
    nothing = found([row("s3://no-such-bucket-here/scans", "a.tif")], Choice(extent="none"))
    assert nothing == Finding(0, [], ["none of 1 masters were fetched: --masters none"])


def test_an_object_that_was_never_read_whole_and_the_pages_of_one_are_no_masters_more(bucket: str) -> None:
    page = row(bucket, "a.tif")
    unread = asset(1, "b.tif", "quarantined", source_uri=bucket, sha256=None, asset_id=None, reason="vanished")
    assert found([page, page, unread], ALL) == Finding(1, [], [])


def test_a_sample_says_what_it_would_have_shown(bucket: str) -> None:
    rows = [row(bucket, key) for key in ("a.tif", "b.tif", "c.tif")]
    (sentence,) = found(rows, Choice(extent="sample", sample=2, seed=5)).not_checked
    assert sentence.startswith("1 of 3 masters are not in the sample (seed 5); had 77.6% of all been changed")
    assert pytest.approx(0.95, abs=0.001) == 1 - (1 - 0.776) ** 2


def test_a_sample_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one master, found 0"):
        Choice(extent="sample", sample=0)


def test_the_same_seed_draws_the_same_masters_and_in_time_all_are_drawn() -> None:
    rows = [row("s3://masters/scans", f"{number}.tif") for number in range(50)]
    draws = [{one.key for one in _drawn(rows, Choice(sample=5, seed=seed))} for seed in range(100)]
    assert draws[7] == {one.key for one in _drawn(rows[::-1], Choice(sample=5, seed=7))}, "whatever their order"
    assert all(len(draw) == 5 for draw in draws)
    assert set[str]().union(*draws) == {one.key for one in rows}
    more = {one.key for one in _drawn([*rows, row("s3://masters/scans", "new.tif")], Choice(sample=5, seed=7))}
    assert len(more - draws[7]) <= 1, "a master that comes in does not shuffle the others"
