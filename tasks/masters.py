"""Masters on the local disk: fetched once, named by their digest, fetched again if they had to make room."""

import os
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from catalogs.schema import AssetRow
from tasks.models.installed import file_digest
from tasks.night import Night
from tasks.storage import (
    AccessDeniedError,
    ObjectChangedError,
    ObjectMissingError,
    ObjectTooLargeError,
    StoreError,
    TransientStoreError,
    UnsafeKeyError,
)

TRY_AGAIN = frozenset({"vanished", "changed-while-reading", "storage-unavailable", "access-denied"})
"""Reasons of the storage that the next night may find mended."""

_TURNS = tuple(threading.Lock() for _ in range(64))


class MasterLostError(Exception):
    """A master that was read before can be had no longer: one photograph's trouble, not the night's.

    Attributes:
        reason: A short code, one of ``TRY_AGAIN`` or of ``store_reason``.
        detail: The same in a sentence.
    """

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the facts."""
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def fetch_master(night: Night, key: str, *, etag: str | None = None) -> tuple[Path, str]:
    """Fetch one object from the source; return the local file and its SHA-256, which is also its name.

    Args:
        night: The night.
        key: The object.
        etag: The entity tag it must still have, from the listing.

    Raises:
        StoreError: It cannot be read: gone, forbidden, too long, or the storage does not answer.
    """
    workshop = night.workshop
    handle, name = tempfile.mkstemp(dir=workshop.incoming())
    os.close(handle)
    part = Path(name)
    try:
        fetched = night.source.fetch(key, part, max_bytes=night.settings.limits.max_bytes, etag=etag)
        path = workshop.master(fetched.sha256)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path, fetched.sha256


def master_path(night: Night, asset: AssetRow) -> Path:
    """Return the local file of a catalogued master, fetched from its own source if it is not there.

    Raises:
        MasterLostError: The source no longer has it, gives it no longer, or now holds other bytes under this key.
        TransientStoreError: The source does not answer now.
    """
    path = night.workshop.master(asset.sha256 or "")
    with _TURNS[hash(path.name) % len(_TURNS)]:  # the pages of one master fetch it once, not once each
        if path.exists():
            return path
        try:
            path, sha256 = fetch_master(replace(night, source_uri=asset.source_uri), asset.key)
        except TransientStoreError:
            raise
        except StoreError as error:
            raise MasterLostError(store_reason(error), str(error)) from error
    if sha256 != asset.sha256:
        detail = f"{asset.source_uri}, key {asset.key!r}: expected the bytes of {asset.sha256}, found {sha256}"
        raise MasterLostError("changed-while-reading", detail)
    return path


def verified_master(night: Night, asset: AssetRow) -> Path:
    """Return the local file of a catalogued master, hashed again: what is treated is what was catalogued.

    A local copy that has lost its digest is dropped and fetched again. All pages of a master share one reading.

    Raises:
        MasterLostError: As ``master_path``.
        TransientStoreError: The source does not answer now.
    """
    path = master_path(night, asset)
    if file_digest(path) == asset.sha256:
        return path
    path.unlink(missing_ok=True)
    return master_path(night, asset)


def store_reason(error: StoreError) -> str:
    """Return the reason code for an object that the storage did not give."""
    reasons: tuple[tuple[type[StoreError], str], ...] = (
        (ObjectMissingError, "vanished"),
        (ObjectChangedError, "changed-while-reading"),
        (ObjectTooLargeError, "too-many-bytes"),
        (AccessDeniedError, "access-denied"),
        (UnsafeKeyError, "unsafe-key"),
    )
    return next((code for kind, code in reasons if isinstance(error, kind)), "storage-unavailable")


def make_room(night: Night) -> None:
    """Drop local masters, oldest first, until they fit the setting; they are fetched again when needed."""
    workshop = night.workshop
    files = sorted(workshop.masters(), key=lambda path: path.stat().st_mtime_ns)
    kept = sum(path.stat().st_size for path in files)
    for path in files:
        if kept <= night.settings.work_bytes:
            return
        kept -= path.stat().st_size
        path.unlink(missing_ok=True)
