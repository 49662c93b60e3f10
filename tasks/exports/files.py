"""Files of an export: each whole or not there, and none copied that is not what the catalog says."""

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from tasks.exports.errors import ExportError
from tasks.storage import SourceStore


class WrongBytesError(ExportError):
    """A file is not the one that the catalog speaks of."""


def write_if_changed(path: Path, content: bytes) -> bool:
    """Give a file this content, in one step, and return whether it had another.

    Raises:
        OSError: It cannot be written.
    """
    with suppress(FileNotFoundError):
        if path.stat().st_size == len(content) and path.read_bytes() == content:
            return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".oldphoto-", suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), 0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


def fetch_checked(store: SourceStore, key: str, path: Path, sha256: str) -> int:
    """Copy an object to a local file and return its length; a file with other bytes is not kept.

    Raises:
        WrongBytesError: It does not have the digest expected.
        StoreError: It cannot be read.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    found = store.fetch(key, path)
    if found.sha256 != sha256:
        path.unlink()
        raise WrongBytesError(
            f"{store.uri}, key {key!r}: the catalog names SHA-256 {sha256}, the file has {found.sha256}"
        )
    return found.size


def same_bytes(path: Path, sha256: str) -> bool:
    """Return whether there is a file with this digest."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
