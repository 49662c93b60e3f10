"""The words for stored objects: what a store can do, what an object is, what can go wrong.

A key names an object below the store's prefix: relative, parts separated by ``/``. A ``SourceStore`` has no verb that
writes, so masters opened through it cannot be changed. An ETag is an opaque word that differs when the content does.
"""

import hashlib
import io
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

CHUNK_BYTES = 2**20
"""How much of an object is in memory at once while it is streamed."""

MAX_KEY_BYTES = 1024
"""The longest key of S3 in UTF-8, the store's prefix included; folders keep to it so that a result fits both."""

Content = io.BytesIO | io.BufferedReader
"""Bytes to be stored, as a file open for reading."""

OCTETS = "application/octet-stream"
"""The media type of bytes of which nothing else is known."""


class StoreError(Exception):
    """A store did not do what was asked.

    Attributes:
        uri: The store.
        key: The object, or empty if the trouble is with the store as a whole.
        message: What was found and what to do; never holds a secret.
    """

    def __init__(self, uri: str, key: str, message: str) -> None:
        """Keep the facts."""
        super().__init__(message)
        self.uri = uri
        self.key = key
        self.message = message

    def __reduce__(self) -> tuple[type["StoreError"], tuple[str, str, str]]:
        """Let the error travel between workers: by default only the message would."""
        return type(self), (self.uri, self.key, self.message)

    def __str__(self) -> str:
        """Word the error with its address."""
        return f"{self.uri}, key {self.key!r}: {self.message}" if self.key else f"{self.uri}: {self.message}"


class ObjectMissingError(StoreError, FileNotFoundError):
    """No object has this key, or it vanished since it was listed."""


class ObjectExistsError(StoreError, FileExistsError):
    """A put with ``if_absent`` came second: another writer's object stands."""


class ObjectChangedError(StoreError):
    """The object was replaced while it was read, or since it was listed."""


class ObjectTooLargeError(StoreError, ValueError):
    """The object is longer than the caller, or a single put, allows."""


class DigestMismatchError(StoreError, ValueError):
    """What the store holds is not what was sent."""


class AccessDeniedError(StoreError, PermissionError):
    """The store knows us too little: credentials are missing, wrong, or not enough."""


class BucketMissingError(StoreError):
    """The bucket, or the source folder, does not exist."""


class TransientStoreError(StoreError):
    """The store was busy, slow or gone for longer than we were willing to retry; later may be better."""


class UnsafeKeyError(StoreError, ValueError):
    """The key could leave the store, names no possible object, or cannot be kept in this kind of store."""


class StoreUriError(StoreError, ValueError):
    """The address is not that of a store."""


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One object as its store describes it."""

    key: str
    """Relative to the store's prefix, parts separated by ``/``; verbatim as stored."""

    size: int
    """Length in bytes."""

    etag: str
    """Opaque; differs when the content differs. Not a digest of ours."""

    version: str | None
    """The version's id from ``head`` in a versioned bucket; a listing does not say, folders have none."""

    modified: datetime
    """When the object was last written, UTC."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What identifies bytes."""

    sha256: str
    """64 lower-case hexadecimal digits."""

    size: int
    """Length in bytes."""


class SourceStore(Protocol):
    """A store that is only read: safe for many threads, and can be pickled."""

    @property
    def uri(self) -> str:
        """The address that opens this store again."""

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Yield all objects whose key begins with the prefix, in the order of their keys' UTF-8 bytes.

        Raises:
            BucketMissingError: There is no such bucket or source folder.
        """

    def head(self, key: str) -> ObjectInfo:
        """Return the object's description.

        Raises:
            ObjectMissingError: There is no such object.
        """

    def chunks(
        self, key: str, *, start: int = 0, stop: int | None = None, etag: str | None = None, chunk_bytes: int = ...
    ) -> Iterator[bytes]:
        """Yield the bytes from start up to, not including, stop; like a slice, a range past the end is cut short.

        Nothing is asked of the store before the first piece is.

        Args:
            key: The object.
            start: First byte, zero or more.
            stop: One past the last byte; None for the end.
            etag: The ETag that the object must still have, from a listing.
            chunk_bytes: Longest piece.

        Raises:
            ObjectMissingError: There is no such object.
            ObjectChangedError: The object is not the one with this ETag, or changed before the last byte.
        """

    def read(self, key: str, *, etag: str | None = None) -> bytes:
        """Return the whole object; raises as ``chunks`` does."""

    def fetch(self, key: str, path: Path, *, max_bytes: int | None = None, etag: str | None = None) -> Digest:
        """Stream the object into a file and return its digest; on any error no file is left.

        Raises:
            ObjectTooLargeError: The object is longer than max_bytes.
        """


class ObjectStore(SourceStore, Protocol):
    """A store that is also written."""

    def put(self, key: str, content: bytes | Path, *, if_absent: bool = False, media_type: str = ...) -> str:
        """Store bytes, or a file's content, and return their SHA-256 after comparing it with what the store holds.

        The object appears whole or not at all. With ``if_absent`` exactly one of any number of writers succeeds.

        Raises:
            ObjectExistsError: With ``if_absent``, another writer's object stands.
            DigestMismatchError: The store holds something else than was sent.
            UnsafeKeyError: The key is not made of plain parts; see ``check_key``.
        """

    def delete(self, key: str) -> None:
        """Remove the object; one that is not there is fine."""

    def remove_unfinished(self, before: datetime) -> int:
        """Remove what crashed uploads begun before this instant left behind; return how many there were."""


class ChunkReader(ABC):
    """Reading whole objects by way of reading them in chunks: what all stores share."""

    uri: str

    @abstractmethod
    def chunks(
        self,
        key: str,
        *,
        start: int = 0,
        stop: int | None = None,
        etag: str | None = None,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> Iterator[bytes]:
        """Yield the object's bytes; see ``SourceStore.chunks``."""

    def read(self, key: str, *, etag: str | None = None) -> bytes:
        """Return the whole object; see ``SourceStore.read``."""
        return b"".join(self.chunks(key, etag=etag))

    def fetch(self, key: str, path: Path, *, max_bytes: int | None = None, etag: str | None = None) -> Digest:
        """Stream the object into a file; see ``SourceStore.fetch``.

        Raises:
            ObjectTooLargeError: The object is longer than max_bytes.
        """
        sha256, size = hashlib.sha256(), 0
        with ExitStack() as undo, path.open("wb") as file:
            undo.callback(path.unlink, missing_ok=True)
            for piece in self.chunks(key, etag=etag):
                size += len(piece)
                if max_bytes is not None and size > max_bytes:
                    raise ObjectTooLargeError(self.uri, key, f"longer than the {max_bytes:,} bytes allowed")
                sha256.update(piece)
                file.write(piece)
            undo.pop_all()
        return Digest(sha256.hexdigest(), size)


def open_content(content: bytes | Path) -> Content:
    """Return what is to be stored as a file open for reading."""
    return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")


def check_range(start: int, stop: int | None) -> None:
    """Refuse a range that counts from the end.

    Raises:
        ValueError: An end is negative.
    """
    if start < 0 or (stop is not None and stop < 0):
        raise ValueError(f"expected a range from the start of the object, found {start} to {stop}")


def check_key(key: str, uri: str) -> None:
    """Refuse a key that a folder could not keep, or that would lead out of it.

    Args:
        key: The key to check.
        uri: The store, for the message.

    Raises:
        UnsafeKeyError: The key is empty, too long, absolute, holds NUL or a lone surrogate, or has a part that is
            empty, ``.`` or ``..``.

    Examples:
        >>> check_key("scans/box 1/a..b.tif", "file:///archive")
        >>> check_key("scans/../../etc/passwd", "file:///archive")
        Traceback (most recent call last):
        ...
        tasks.objects.UnsafeKeyError: file:///archive, key 'scans/../../etc/passwd': has a part that is empty, . or ..
    """
    check_key_length(key, uri)
    if "\0" in key:
        raise UnsafeKeyError(uri, key, "holds NUL")
    if not {"", ".", ".."}.isdisjoint(key.split("/")):
        raise UnsafeKeyError(uri, key, "has a part that is empty, . or ..")


def check_key_length(key: str, uri: str, root: str = "") -> None:
    """Refuse a key that no store could hold below the root, a prefix that ends in ``/`` or is empty.

    Raises:
        UnsafeKeyError: The key is empty, is not Unicode text, or is over 1,024 bytes long in UTF-8 with its root.
    """
    try:
        size = len((root + key).encode())
    except UnicodeEncodeError:
        raise UnsafeKeyError(uri, key, "is not Unicode text (holds a lone surrogate)") from None
    if not key or size > MAX_KEY_BYTES:
        raise UnsafeKeyError(uri, key, f"is {size:,} bytes long with its prefix; expected 1 to {MAX_KEY_BYTES:,}")
