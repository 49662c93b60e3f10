"""One stage alone, on files, folders or addresses, without a catalog: what was named, and where results go."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from tasks.border import outcome_of
from tasks.locations import locate
from tasks.masters import store_reason
from tasks.objects import check_key
from tasks.storage import ObjectMissingError, ObjectStore, SourceStore, StoreError, open_source, open_store

FORMAT_SUFFIXES = {"TIFF": ".tif", "JPEG": ".jpg", "PNG": ".png", "JPEG2000": ".jp2", "WEBP": ".webp"}
SUFFIX_FORMATS = {suffix: form for form, suffix in FORMAT_SUFFIXES.items()} | {".tiff": "TIFF", ".jpeg": "JPEG"}


@dataclass(frozen=True, slots=True)
class Picture:
    """One file that the user named, directly or by its folder."""

    path: str
    """As the user would write it: the given address, with the name below it."""

    name: str
    """Its name below the given folder; the bare file name if the file itself was given."""

    store: SourceStore
    """Where it lies."""

    key: str
    """Its key there."""

    is_alone: bool
    """Whether this file itself, and no other, was given."""

    @contextmanager
    def local(self, max_bytes: int) -> Iterator[tuple[Path, str]]:
        """Give a local copy for the length of the block, and its SHA-256.

        Raises:
            StoreError: It cannot be read.
        """
        with TemporaryDirectory(prefix="oldphoto-") as folder:
            path = Path(folder) / "picture"
            yield path, self.store.fetch(self.key, path, max_bytes=max_bytes).sha256


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that could not be worked on."""

    path: str
    """As the user would write it."""

    reason: str
    """A short code."""

    detail: str
    """The same in a sentence."""


def refused(path: str, error: Exception) -> Refused:
    """Return why a file, or a page of one, could not be worked on.

    Raises:
        OSError: The machine is at fault, for example its disk is full; the very error given.
    """
    if isinstance(error, StoreError):
        return Refused(path, store_reason(error), str(error))
    return Refused(path, *outcome_of(error, "failed", work=Path("/nowhere")))


def pictures(sources: Sequence[str]) -> list[Picture]:
    """Return every file that the given files, folders and addresses name, in order, each once.

    Raises:
        StoreError: An address does not exist or does not answer.
    """
    found: dict[tuple[str, str], Picture] = {}
    for source in sources:
        for picture in _named_by(source):
            found.setdefault((picture.store.uri, picture.key), picture)
    return [replace(picture, is_alone=picture.is_alone and len(sources) == 1) for picture in found.values()]


def _named_by(source: str) -> Iterator[Picture]:
    alone = _alone(source)
    if alone is not None:
        yield alone
        return
    store = open_source(source)
    for item in store.list():
        yield Picture(f"{source.rstrip('/')}/{item.key}", item.key, store, item.key, is_alone=False)


def _alone(source: str) -> Picture | None:
    """Return the picture if the address is that of one object, not of a folder."""
    place = locate(source)
    if isinstance(place, Path):
        if not place.is_file():
            return None
        name = PurePosixPath(source).name if Path(source).is_file() else place.name
        return Picture(source, name, open_source(place.parent), place.name, is_alone=True)
    folder, _, name = source.rpartition("/")
    if not name or not place.prefix:
        return None
    store = open_source(folder)
    try:
        store.head(name)
    except ObjectMissingError:
        return None
    return Picture(source, name, store, name, is_alone=True)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the results of a stage go."""

    output: str
    """A file if one file was given, else a folder or address."""

    def check(self, named: Sequence[Picture]) -> None:
        """Refuse to begin if a result would replace a named picture, or the result of another.

        Raises:
            OutputClashError: It would.
        """
        masters = {_address(picture.store, picture.key): picture for picture in named}
        places = Counter(_address(*self._place(picture)) for picture in named)
        for address, count in places.items():
            if address in masters:
                raise OutputClashError(f"{masters[address].path} would be overwritten by a result; give another output")
            if count > 1:
                raise OutputClashError(f"{count} results would go to {address}; name their common folder instead")

    def suffix(self, picture: Picture, form: str) -> str:
        """Return the suffix of the file format to write: what the user wrote for one file, else the master's own."""
        given = PurePosixPath(self.output).suffix.lower()
        if picture.is_alone and not self._is_folder and given in SUFFIX_FORMATS:
            return given
        own = PurePosixPath(picture.key).suffix.lower()
        return own if SUFFIX_FORMATS.get(own) == form else FORMAT_SUFFIXES.get(form, ".tif")

    def put(self, picture: Picture, file: Path, *, page: int | None = None) -> str:
        """Store a result under the picture's own name and return where it went.

        Raises:
            UnsafeKeyError: The picture's name cannot be that of a result.
            StoreError: It cannot be written.
        """
        store, key = self._place(picture)
        if page is not None:
            stem = PurePosixPath(key)
            key = str(stem.with_name(f"{stem.stem}-p{page}{stem.suffix}"))
        store.put(key, file)
        place = locate(store.uri)
        return str(place / key) if isinstance(place, Path) else f"{place.uri}/{key}"

    @property
    def _is_folder(self) -> bool:
        place = locate(self.output)
        return self.output.endswith("/") or (place.is_dir() if isinstance(place, Path) else not place.prefix)

    def _place(self, picture: Picture) -> tuple[ObjectStore, str]:
        if not picture.is_alone or self._is_folder:
            return open_store(self.output), picture.name
        place = locate(self.output)
        if isinstance(place, Path):
            return open_store(place.parent), place.name
        folder, _, name = self.output.rpartition("/")
        return open_store(folder), name


def check_name(picture: Picture) -> None:
    """Refuse a picture whose name, taken from a bucket, could lead a result out of its folder.

    Raises:
        UnsafeKeyError: It could.
    """
    check_key(picture.name, picture.store.uri)


def _address(store: SourceStore, key: str) -> str:
    return f"{store.uri.rstrip('/')}/{key}"


class OutputClashError(ValueError):
    """A result would take the place of a master, or of another result."""
