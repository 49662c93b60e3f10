"""One writer at a time; a dead one is replaced, a living one is not."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tasks.lease import LEASE_KEY, STALE_AFTER, CatalogBusyError, is_abandoned, this_holder, writer_lease
from tasks.storage import ObjectStore, TransientStoreError, open_store

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return open_store(str(tmp_path))


def keys(store: ObjectStore) -> list[str]:
    return [item.key for item in store.list()]


def test_the_lease_is_there_during_the_block_and_gone_after(store: ObjectStore) -> None:
    with writer_lease(store):
        assert keys(store) == [LEASE_KEY]
    assert keys(store) == []


def test_the_lease_is_given_back_when_the_block_fails(store: ObjectStore) -> None:
    with pytest.raises(ZeroDivisionError), writer_lease(store):
        raise ZeroDivisionError
    assert keys(store) == []


def test_a_second_writer_is_told_who_holds_it(store: ObjectStore) -> None:
    with writer_lease(store), pytest.raises(CatalogBusyError, match=f"process {os.getpid()} on "), writer_lease(store):
        pass


def test_a_waiting_writer_gets_it_once_it_is_free(store: ObjectStore) -> None:
    first = writer_lease(store)
    first.__enter__()

    def free_then_look(_: float) -> None:
        first.__exit__(None, None, None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tasks.lease.time.sleep", free_then_look)
        with writer_lease(store, wait_s=60):
            assert keys(store) == [LEASE_KEY]


def test_a_living_process_of_this_machine_is_never_replaced_however_long_it_is_silent() -> None:
    holder = this_holder(NOW)
    assert not is_abandoned(holder, NOW + timedelta(days=30))


def test_a_reused_process_number_is_seen_through() -> None:
    assert is_abandoned(replace(this_holder(NOW), process_start="1"), NOW)


def test_a_holder_elsewhere_is_replaced_only_after_its_silence() -> None:
    elsewhere = replace(this_holder(NOW), place="another/boot/pids")
    assert not is_abandoned(elsewhere, NOW + STALE_AFTER)
    assert is_abandoned(elsewhere, NOW + STALE_AFTER + timedelta(seconds=1))


def test_a_killed_process_loses_the_lease_at_once(store: ObjectStore, tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from tasks.lease import writer_lease\n"
        "from tasks.storage import open_store\n"
        "with writer_lease(open_store(sys.argv[1])):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert killed.returncode == -9
    assert keys(store) == [LEASE_KEY]
    with writer_lease(store):
        assert json.loads(store.read(LEASE_KEY))["pid"] == os.getpid()


def test_a_lease_that_was_taken_over_is_not_deleted_by_its_former_holder(store: ObjectStore) -> None:
    other = json.dumps(asdict(replace(this_holder(NOW), place="another/boot/pids"))).encode()
    with writer_lease(store):
        store.put(LEASE_KEY, other)
    assert store.read(LEASE_KEY) == other


def test_something_that_is_no_lease_does_not_block_forever(store: ObjectStore) -> None:
    store.put(LEASE_KEY, b"not json")
    with writer_lease(store):
        assert json.loads(store.read(LEASE_KEY))["pid"] == os.getpid()


def test_a_lease_with_a_time_that_is_none_does_not_block_forever(store: ObjectStore) -> None:
    elsewhere = asdict(replace(this_holder(NOW), place="another/boot/pids", renewed_at="yesterday"))
    store.put(LEASE_KEY, json.dumps(elsewhere).encode())
    with writer_lease(store):
        assert json.loads(store.read(LEASE_KEY))["pid"] == os.getpid()


def test_a_lease_given_back_just_now_is_not_taken_from_the_one_who_was_faster(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    faster = json.dumps(asdict(replace(this_holder(NOW), process_start="0", place="another/boot/pids")))
    faster = faster.replace(this_holder(NOW).renewed_at, datetime.now(UTC).isoformat())
    read, reads = type(store).read, []

    def gone_between(self: ObjectStore, key: str, **options: Any) -> bytes:
        if not reads:
            reads.append(key)
            self.delete(key)  # the holder gives it back
            try:
                return read(self, key, **options)
            finally:
                self.put(key, faster.encode())  # and another takes it
        return read(self, key, **options)

    store.put(LEASE_KEY, b"held")
    monkeypatch.setattr(type(store), "read", gone_between)
    with pytest.raises(CatalogBusyError), writer_lease(store):
        pass
    assert store.read(LEASE_KEY) == faster.encode()


def test_a_store_that_is_out_of_reach_for_a_while_does_not_end_the_renewing(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures, renewed = iter([True, True]), threading.Event()
    put = type(store).put

    def flaky(self: ObjectStore, key: str, content: bytes, **options: Any) -> str:
        if not options.get("if_absent") and next(failures, False):
            raise TransientStoreError("s3://museum", key, "503")
        if not options.get("if_absent"):
            renewed.set()
        return put(self, key, content, **options)

    monkeypatch.setattr("tasks.lease.RENEW_EVERY_S", 0.01)
    monkeypatch.setattr(type(store), "put", flaky)
    with writer_lease(store):
        assert renewed.wait(10)


def test_what_the_block_raised_is_told_though_the_lease_cannot_be_given_back(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_reach(*_: object, **__: object) -> None:
        raise TransientStoreError("s3://museum", LEASE_KEY, "503")

    def failing_block() -> None:
        with writer_lease(store):
            monkeypatch.setattr(type(store), "delete", out_of_reach)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing_block()
