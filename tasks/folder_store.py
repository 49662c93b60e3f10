r"""A folder as an object store.

Every file is an object; its key is its path below the folder. Written as a draft beside its final place, synced, then
given its name in one step, so that no reader sees half an object and a power cut leaves the old or the new one.

* Symbolic links are not objects: they are neither listed nor followed, and a key that leads through one is refused.
  The folder itself may be reached through links.
* Drafts that a crash left behind (``.oldphoto-<32 hex digits>.partial``) are not objects. All other hidden files are.
* File names are bytes, keys are text. A byte that is not UTF-8 appears in the key as U+FFFD and two hexadecimal digits
  (``caf\xe9.tif`` is ``caf\ufffdE9.tif``), and a U+FFFD of the name itself as its three bytes, so that any file can be
  listed, catalogued, and read back by its key.
* Deleting leaves empty folders: removing them could race with a writer.
"""

import errno
import hashlib
import os
import re
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO

from tasks.objects import (
    CHUNK_BYTES,
    OCTETS,
    AccessDeniedError,
    BucketMissingError,
    ChunkReader,
    Content,
    DigestMismatchError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectInfo,
    ObjectMissingError,
    StoreError,
    TransientStoreError,
    UnsafeKeyError,
    check_key,
    check_range,
    open_content,
)

_Entries = list[tuple[str, os.DirEntry[str]]]

_DRAFT = re.compile(r"\.oldphoto-[0-9a-f]{32}\.partial")
_STRANGE = re.compile("[\ufffd\udc80-\udcff]")
_ESCAPED = re.compile("(?:\ufffd[0-9A-F]{2})+")

_FIRST_S = datetime(1, 1, 2, tzinfo=UTC).timestamp()
_LAST_S = datetime(9999, 12, 30, tzinfo=UTC).timestamp()

_KINDS: dict[int, type[StoreError]] = {
    errno.ENOENT: ObjectMissingError,
    errno.EACCES: AccessDeniedError,
    errno.EPERM: AccessDeniedError,
    errno.EROFS: AccessDeniedError,
    errno.ENAMETOOLONG: UnsafeKeyError,
    errno.ENOTDIR: UnsafeKeyError,  # "a/b" beside a file "a": possible in S3, not in a folder
    errno.EISDIR: UnsafeKeyError,
    errno.EAGAIN: TransientStoreError,
    errno.EBUSY: TransientStoreError,
    errno.ESTALE: TransientStoreError,
    errno.ETIMEDOUT: TransientStoreError,
}


class FolderSource(ChunkReader):
    """The files of a folder, to be read only."""

    def __init__(self, root: Path) -> None:
        """Take the folder, absolute and without symbolic links; nothing is opened yet."""
        self._root = root
        self.uri = root.as_uri()

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Yield the files whose key begins with the prefix, in order of key; see ``SourceStore.list``.

        Raises:
            BucketMissingError: The folder does not exist.
            AccessDeniedError: A folder below it cannot be read; going on would lose its files silently.
        """
        if not self._root.is_dir():
            raise BucketMissingError(self.uri, "", "there is no such folder; is the disk mounted?")
        folder = prefix.rpartition("/")[0]
        pending = self._entries(self._path(folder) if folder else self._root, f"{folder}/" if folder else "")
        while pending:
            key, entry = pending.pop()
            if not key.startswith(prefix):
                continue
            if key.endswith("/"):
                pending.extend(self._entries(Path(entry.path), key))
                continue
            with suppress(FileNotFoundError):  # deleted since its folder was read
                yield _describe(key, entry.stat(follow_symlinks=False))

    def head(self, key: str) -> ObjectInfo:
        """Return the file's description; see ``SourceStore.head``."""
        with self._telling(key), self._open(key) as file:
            return _describe(key, os.fstat(file.fileno()))

    def chunks(
        self,
        key: str,
        *,
        start: int = 0,
        stop: int | None = None,
        etag: str | None = None,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> Iterator[bytes]:
        """Yield the file's bytes; see ``SourceStore.chunks``.

        Raises:
            ObjectChangedError: The file is not the one with this ETag, or was written to while it was read.
        """
        check_range(start, stop)
        with self._telling(key), self._open(key) as file:
            found = _describe(key, os.fstat(file.fileno()))
            if etag not in {None, found.etag}:
                raise ObjectChangedError(self.uri, key, "was replaced since it was listed; list again")
            file.seek(start)
            left = min(found.size if stop is None else stop, found.size) - start
            while left > 0 and (piece := file.read(min(chunk_bytes, left))):
                left -= len(piece)
                yield piece
            if _describe(key, os.fstat(file.fileno())).etag != found.etag:
                raise ObjectChangedError(self.uri, key, "was written to while it was read; read it again")

    def _path(self, key: str) -> Path:
        check_key(key, self.uri)
        names = [_name(part) for part in key.split("/")]
        if any(_part(name) != part or _DRAFT.fullmatch(part) for name, part in zip(names, key.split("/"), strict=True)):
            raise UnsafeKeyError(self.uri, key, "has a part that no file of this store can have as its name")
        path = self._root.joinpath(*names)
        if os.path.realpath(path) != str(path):
            raise UnsafeKeyError(self.uri, key, "leads through a symbolic link; links are not followed")
        return path

    def _open(self, key: str) -> BinaryIO:
        try:
            # O_NONBLOCK: to open a named pipe would otherwise wait for its writer.
            opened = os.open(self._path(key), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except NotADirectoryError:
            raise ObjectMissingError(self.uri, key, "there is no such file") from None
        file = os.fdopen(opened, "rb") if stat.S_ISREG(os.fstat(opened).st_mode) else None
        if file is None:
            os.close(opened)
            raise ObjectMissingError(self.uri, key, "is not a regular file")
        return file

    def _entries(self, folder: Path, key: str) -> _Entries:
        """Return what the folder holds, last first; keys of folders end in ``/``, which also sorts them rightly."""
        found = []
        with self._telling(key), suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    found.append((f"{key}{_part(entry.name)}/", entry))
                elif entry.is_file(follow_symlinks=False) and not _DRAFT.fullmatch(entry.name):
                    found.append((key + _part(entry.name), entry))
        return sorted(found, key=lambda pair: pair[0].encode(), reverse=True)

    @contextmanager
    def _telling(self, key: str) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise  # some of ours are OSErrors too
        except OSError as error:
            kind = _KINDS.get(error.errno or 0, StoreError)
            raise kind(self.uri, key, f"{error.strerror} ({errno.errorcode.get(error.errno or 0)})") from error


class FolderStore(FolderSource):
    """A folder that is also written; it is made when the first object is put."""

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Yield as ``FolderSource.list`` does; a folder that is not there yet is empty."""
        return super().list(prefix) if self._root.exists() else iter(())

    def put(self, key: str, content: bytes | Path, *, if_absent: bool = False, media_type: str = OCTETS) -> str:  # noqa: ARG002  a folder keeps no media type
        """Write a file in one step and return its SHA-256; see ``ObjectStore.put``.

        Raises:
            ObjectExistsError: With ``if_absent``, the file is there.
            DigestMismatchError: What the disk gave back is not what was written.
        """
        path = self._path(key)
        draft = path.with_name(f".oldphoto-{uuid.uuid4().hex}.partial")
        with open_content(content) as source, self._telling(key):
            _make_folders(path.parent)
            try:
                sha256 = _write(source, draft)
                if _digest(draft) != sha256:
                    raise DigestMismatchError(self.uri, key, "the disk did not keep what was written; check it")
                self._publish(draft, path, key) if if_absent else draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
            _sync_folder(path.parent)
        return sha256

    def delete(self, key: str) -> None:
        """Remove the file if it is there; see ``ObjectStore.delete``."""
        path = self._path(key)
        with self._telling(key), suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            path.unlink()
            _sync_folder(path.parent)

    def remove_unfinished(self, before: datetime) -> int:
        """Remove drafts last written before this instant; see ``ObjectStore.remove_unfinished``."""
        count = 0
        for folder, _, names in os.walk(self._root):
            for draft in (Path(folder, name) for name in names if _DRAFT.fullmatch(name)):
                with self._telling(draft.name), suppress(FileNotFoundError):
                    if draft.lstat().st_mtime < before.timestamp():
                        draft.unlink()
                        count += 1
        return count

    def _publish(self, draft: Path, path: Path, key: str) -> None:
        """Give the draft its name unless the name is taken: a hard link does both in one step."""
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            raise ObjectExistsError(self.uri, key, "is there already") from None
        except OSError as error:
            if error.errno in {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS}:
                advice = "this file system has no hard links, which an exclusive write needs; choose another disk"
                raise StoreError(self.uri, key, advice) from error
            raise


def _describe(key: str, found: os.stat_result) -> ObjectInfo:
    etag = f"{found.st_mtime_ns:x}-{found.st_size:x}-{found.st_ino:x}"
    # A damaged disk can hold times that no calendar has; they must not end a listing.
    seconds = min(max(found.st_mtime, _FIRST_S), _LAST_S)
    return ObjectInfo(key, found.st_size, etag, None, datetime.fromtimestamp(seconds, UTC))


def _part(name: str) -> str:
    """Return a file name as part of a key: bytes that are not UTF-8, and U+FFFD itself, are escaped."""
    return _STRANGE.sub(lambda m: "".join(f"\ufffd{byte:02X}" for byte in os.fsencode(m[0])), name)


def _name(part: str) -> str:
    """Return the file name of which this is the part of a key; the inverse of ``_part``."""
    return _ESCAPED.sub(lambda m: os.fsdecode(bytes.fromhex(m[0].replace("\ufffd", ""))), part)


def _write(source: Content, path: Path) -> str:
    sha256 = hashlib.sha256()
    with path.open("xb") as file:
        while piece := source.read(CHUNK_BYTES):
            sha256.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return sha256.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _make_folders(folder: Path) -> None:
    missing = list(takewhile(lambda step: not step.exists(), (folder, *folder.parents)))
    for step in reversed(missing):
        step.mkdir(exist_ok=True)
        _sync_folder(step.parent)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, as fsync of a file does for its bytes."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
