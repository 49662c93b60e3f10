"""The ledger of a models folder: which bytes were fetched first, from where, and when.

A digest recorded once is enforced ever after; an entry stays when its file is deleted. One process at a time writes:
it holds a lock (``flock``, given up by the kernel if the process dies) on a file beside the ledger.
"""

import fcntl
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tasks.folder_store import FolderStore
from tasks.models.errors import LedgerError

LEDGER = "models.json"
_LOCK = ".models.lock"
_VERSION = 1
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Record:
    """What is recorded of one file of weights when it first comes."""

    file: str
    """Name in the models folder."""

    address: str
    """Where it came from, without passwords and query."""

    archive_sha256: str | None
    """SHA-256 of the archive it was taken from; None if it came alone."""

    sha256: str
    """SHA-256 of the file."""

    size: int
    """Length in bytes."""

    first_fetched: str
    """When, ISO 8601, UTC."""

    def __post_init__(self) -> None:
        """Refuse what no fetch has written."""
        for name in ("file", "address", "first_fetched"):
            if not isinstance(getattr(self, name), str):
                raise TypeError(f"{name} is {getattr(self, name)!r}, expected text")
        if Path(self.file).name != self.file:
            raise ValueError(f"file is {self.file!r}, expected a name")
        for name in ("sha256", "archive_sha256"):
            digest = getattr(self, name)
            if digest is None and name == "archive_sha256":
                continue
            if not (isinstance(digest, str) and _SHA256.fullmatch(digest)):
                raise ValueError(f"{name} is {digest!r}, expected 64 hexadecimal digits")
        if type(self.size) is not int or self.size < 0:
            raise ValueError(f"size is {self.size!r}, expected a number of bytes")


def read_ledger(folder: Path) -> dict[str, Record]:
    """Return what was fetched into a models folder, by model; empty if nothing ever was.

    Raises:
        LedgerError: There is a ledger and it is damaged.
        OSError: It cannot be read.
    """
    path = folder / LEDGER
    try:
        found = json.loads(path.read_bytes())
        records = {name: Record(**values) for name, values in found["models"].items()}
        version = found["version"]
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise LedgerError(
            f"{path} is damaged ({type(error).__name__}: {error}). It holds the digests that weights must have: put a "
            f"backup in its place, or move it and the weights beside it away and fetch them again"
        ) from error
    if version != _VERSION:
        raise LedgerError(
            f"{path} has version {version!r}, expected {_VERSION}: a newer oldphoto wrote it; use that one"
        )
    return records


def write_ledger(folder: Path, records: Mapping[str, Record]) -> None:
    """Write the ledger in one step; the folder must be locked.

    Raises:
        StoreError: The folder cannot be written.
    """
    document = {"version": _VERSION, "models": {name: asdict(record) for name, record in records.items()}}
    FolderStore(folder.resolve()).put(LEDGER, (json.dumps(document, indent=2) + "\n").encode())


@contextmanager
def locked(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the folder's lock for the length of the block; a second process waits and is told so.

    Args:
        folder: The models folder; made if it is not there.
        waiting: Called once if another process holds the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
