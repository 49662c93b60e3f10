"""One writer for each catalog: a lease that a crashed holder loses and a living one keeps.

The lease is a small object put with ``If-None-Match``. Its holder renews it once a minute. It may be taken over when
the holder is a dead process on this machine, or has not renewed it for a quarter of an hour. Should two writers ever
hold it at once (a holder frozen for longer than that), the catalog is still safe: runs are numbered and only one
conditional put of the next manifest can succeed.
"""

import json
import os
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tasks.storage import ObjectStore, StoreError

LEASE_KEY = "_staging/writer.json"
RENEW_EVERY_S = 60.0
STALE_AFTER = timedelta(minutes=15)
SETTLE_S = 2.0


class CatalogBusyError(RuntimeError):
    """Another run is writing to this catalog now."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lease."""

    place: str
    """Machine, its boot, and its process-number space: process numbers mean something only inside one."""

    pid: int
    """Process number."""

    process_start: str
    """When the process started, in the kernel's clock ticks: tells a reused number apart."""

    renewed_at: str
    """Last sign of life, ISO 8601, UTC."""


def this_holder(now: datetime) -> Holder:
    """Return this process as a holder."""
    pid = os.getpid()
    return Holder(_place(), pid, _process_start(pid), now.isoformat())


@contextmanager
def writer_lease(store: ObjectStore, *, wait_s: float = 0.0, poll_s: float = 5.0) -> Iterator[None]:
    """Hold the catalog's lease for the length of the block.

    Args:
        store: The output root.
        wait_s: How long to wait for another run to finish, in seconds; 0 refuses at once.
        poll_s: How often to look while waiting, in seconds.

    Raises:
        CatalogBusyError: Another run holds it and did not finish in time.
    """
    deadline = time.monotonic() + wait_s
    while not _take(store):
        if time.monotonic() >= deadline:
            raise CatalogBusyError(_busy_message(store))
        time.sleep(poll_s)
    stop = threading.Event()
    renewer = threading.Thread(target=_renew, args=(store, stop), name="lease", daemon=True)
    renewer.start()
    try:
        yield
    finally:
        stop.set()
        renewer.join()
        with suppress(StoreError):  # what the block raised matters more; the next writer on this machine takes it over
            if _is_ours(_read(store)):
                store.delete(LEASE_KEY)


def _take(store: ObjectStore) -> bool:
    if _put(store):
        return True
    try:
        found = store.read(LEASE_KEY)
    except FileNotFoundError:
        return _put(store)  # given back this moment; to delete now could take it from another who was faster
    holder = _parsed(found)
    if holder is not None and not is_abandoned(holder, datetime.now(UTC)):
        return False
    store.delete(LEASE_KEY)
    if not _put(store):
        return False
    # Two who saw the same dead holder may each have removed the other's new lease: the last one to put keeps it.
    time.sleep(SETTLE_S)
    return _is_ours(_read(store))


def is_abandoned(holder: Holder, now: datetime) -> bool:
    """Return whether the holder is a dead process of this machine, or silent for too long."""
    if holder.place == _place():
        return _process_start(holder.pid) != holder.process_start
    return now - datetime.fromisoformat(holder.renewed_at) > STALE_AFTER


def _put(store: ObjectStore) -> bool:
    try:
        store.put(LEASE_KEY, _document(), if_absent=True)
    except FileExistsError:
        return False
    return True


def _document() -> bytes:
    return json.dumps(asdict(this_holder(datetime.now(UTC)))).encode()


def _read(store: ObjectStore) -> Holder | None:
    """Return who holds the lease; None if nobody does, or what stands there is no lease."""
    try:
        return _parsed(store.read(LEASE_KEY))
    except FileNotFoundError:
        return None


def _parsed(content: bytes) -> Holder | None:
    try:
        holder = Holder(**json.loads(content))
        is_sound = int(holder.pid) > 0 and datetime.fromisoformat(holder.renewed_at).tzinfo is not None
    except (ValueError, TypeError):
        return None
    return holder if is_sound else None


def _is_ours(holder: Holder | None) -> bool:
    here = this_holder(datetime.now(UTC))
    return holder is not None and replace(holder, renewed_at=here.renewed_at) == here


def _renew(store: ObjectStore, stop: threading.Event) -> None:
    while not stop.wait(RENEW_EVERY_S):
        with suppress(StoreError):  # the store does not answer: the next minute may, before the lease grows stale
            if not _is_ours(_read(store)):
                return
            store.put(LEASE_KEY, _document())


def _busy_message(store: ObjectStore) -> str:
    holder = _read(store)
    who = "another run" if holder is None else f"process {holder.pid} on {holder.place.split('/')[0]}"
    seen = "" if holder is None else f", last seen {holder.renewed_at}"
    return (
        f"{store.uri} is being written by {who}{seen}. One run writes a catalog at a time: wait for it, or start again "
        "with --wait. A holder that died is replaced at once on its own machine, elsewhere after 15 minutes."
    )


def _place() -> str:
    boot = _text(Path("/proc/sys/kernel/random/boot_id"))
    space = str(Path("/proc/self/ns/pid").readlink()) if Path("/proc/self/ns/pid").is_symlink() else ""
    return f"{platform.node()}/{boot}/{space}"


def _process_start(pid: int) -> str:
    """Return the process's start in clock ticks; empty if there is no such process."""
    stat = _text(Path(f"/proc/{pid}/stat"))
    if stat:
        state_and_rest = stat.rpartition(")")[2].split()
        return "" if state_and_rest[0] == "Z" else state_and_rest[19]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "running"


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return ""
