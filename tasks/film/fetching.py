"""A reel on the local disk: where it lies, or fetched there, with its digest."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tasks.locations import locate
from tasks.objects import check_key
from tasks.storage import ObjectInfo, ObjectMissingError, open_source


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalReel:
    """A reel that can be opened."""

    path: Path
    """The video file or the folder of frames."""

    name: str
    """Its name, without the folders above it."""

    is_folder: bool
    """Whether it is a folder of frames."""

    sha256: str
    """Digest of the file; of a folder, of the list of its files' digests and names."""

    size_bytes: int
    """Size of the file, or of all files."""

    source_uri: str
    """Where it lies: the folder or prefix above it."""

    modified_at: datetime
    """When it was last changed, UTC; of a folder, its newest file."""

    etag: str
    """Entity tag the storage gives; of a folder, its digest."""

    version: str | None = None
    """Version of the object, where the storage has versions."""


@contextmanager
def local_reel(source: str, folder: Path) -> Iterator[LocalReel]:
    """Give the reel for the length of the block; one in object storage is fetched, and removed afterwards.

    Args:
        source: A path or an address.
        folder: Where to fetch to.

    Raises:
        StoreError: It is not there, or the storage does not answer.
    """
    place = locate(source)
    if isinstance(place, Path):
        if not place.exists():
            raise ObjectMissingError(str(place.parent), place.name, "there is no such file or folder")
        if place.is_dir():
            yield _folder_reel(place, open_source(place.parent).uri, _newest(place))
        else:
            store = open_source(place.parent)
            yield _file_reel(place, store.uri, store.head(place.name))
        return
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="reel-", dir=folder) as scratch:
        yield _fetched(source.rstrip("/"), Path(scratch))


def _fetched(source: str, scratch: Path) -> LocalReel:
    """Return the local copy of an object, or of a prefix with all objects right below it."""
    above, _, name = source.rpartition("/")
    store = open_source(above) if above.count("/") > 1 else None
    if store is not None:
        try:
            info = store.head(name)
        except ObjectMissingError:
            pass
        else:
            check_key(name, store.uri)
            store.fetch(name, scratch / name, max_bytes=2**63 - 1)
            return _file_reel(scratch / name, store.uri, info)
    target = scratch / name
    target.mkdir()
    below = open_source(source)
    found = [item for item in below.list() if "/" not in item.key]
    for item in found:
        check_key(item.key, below.uri)
        below.fetch(item.key, target / item.key, max_bytes=2**63 - 1)
    newest = max((item.modified for item in found), default=datetime.fromtimestamp(0, UTC))
    return _folder_reel(target, below.uri if store is None else store.uri, newest)


def _file_reel(path: Path, source_uri: str, info: ObjectInfo) -> LocalReel:
    return LocalReel(
        path=path,
        name=path.name,
        is_folder=False,
        sha256=_digest(path),
        size_bytes=info.size,
        source_uri=source_uri,
        modified_at=info.modified,
        etag=info.etag,
        version=info.version,
    )


def _folder_reel(path: Path, source_uri: str, newest: datetime) -> LocalReel:
    files = _files(path)
    listing = "".join(f"{_digest(file)}  {file.name}\n" for file in files)
    sha256 = hashlib.sha256(listing.encode("utf-8", "surrogateescape")).hexdigest()
    return LocalReel(
        path=path,
        name=path.name,
        is_folder=True,
        sha256=sha256,
        size_bytes=sum(file.stat().st_size for file in files),
        source_uri=source_uri,
        modified_at=newest,
        etag=sha256,
    )


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))


def _newest(folder: Path) -> datetime:
    seconds = max((file.stat().st_mtime for file in _files(folder)), default=0.0)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
