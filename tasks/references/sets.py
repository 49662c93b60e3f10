"""Curated sets of references: opened by their address, asked what fits a photograph, asked for a picture."""

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from oldphoto_core.classical.references import ReferenceStyle
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.image import Photo
from oldphoto_core.references.choice import Choice, RegionChoice
from oldphoto_core.references.collection import Collection
from oldphoto_core.references.errors import BadSetError
from oldphoto_core.references.index import VectorIndex
from oldphoto_core.references.retrieval import Shelf, choose
from oldphoto_core.references.similarity import LIKENESS, NOT_FITTED
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.limits import ScanLimits
from oldphoto_core.scan.read import read_scan
from tasks.layout import set_path
from tasks.references.choosing import retrieval_of
from tasks.references.describers import describer_named
from tasks.references.files import HEAD, Entry, Head, picture_name, read_entries, read_file, style_of
from tasks.storage import ObjectMissingError, SourceStore, StoreError, open_source

__all__ = ["BuiltSet", "Choice", "ReferenceLibrary", "RegionChoice", "find_set", "open_set"]

PICTURES_KEPT = 64
"""Small pictures of references kept in memory, about 3 MB each."""


class ReferenceLibrary(Protocol):
    """References to choose from, whether a built set or the pictures of a plain folder."""

    @property
    def styles(self) -> tuple[ReferenceStyle, ...]:
        """The look of each reference in numbers, by digest."""
        ...

    @property
    def ids(self) -> tuple[str, ...]:
        """Digests of the references, sorted."""
        ...

    def choose(self, photo: Photo) -> Choice:
        """Return the references that serve a photograph and its regions.

        Raises:
            PhotoShapeError: The array is no photograph.
        """
        ...

    def picture(self, reference_id: str) -> Photo:
        """Return a reference as a picture, its longer side 512 pixels at most.

        Raises:
            KeyError: It is none of ``ids``.
            StoreError: It cannot be fetched, or is not what it was.
            ScanError: It cannot be decoded.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class BuiltSet:
    """A set that ``oldphoto references build`` made; what is not asked for is not fetched."""

    uri: str
    """Its folder."""

    head: Head
    """What it says of itself."""

    settings: StyleSettings = field(default_factory=StyleSettings)
    """How references are chosen."""

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The references, by digest."""
        return read_entries(self._store, self.head)

    @cached_property
    def styles(self) -> tuple[ReferenceStyle, ...]:
        """The look of each reference in numbers, by digest.

        Raises:
            BadSetError: The looks were taken with other settings than these.
        """
        taken = (self.head.regions, self.head.working_side_px)
        wanted = (self.settings.regions, self.settings.working_side_px)
        if taken != wanted:
            raise BadSetError(
                f"the looks of set {self.head.name} were taken of {taken[0]} regions at {taken[1]} pixels, the "
                f"settings want {wanted[0]} at {wanted[1]}; build the set again with these settings"
            )
        return tuple(style_of(entry) for entry in self.entries)

    @property
    def ids(self) -> tuple[str, ...]:
        """Digests of the references, sorted."""
        return tuple(entry.reference_id for entry in self.entries)

    @cached_property
    def collection(self) -> Collection:
        """The descriptions of all references."""
        return Collection.from_bytes(read_file(self._store, self.head, "descriptions"))

    def choose(self, photo: Photo) -> Choice:
        """Return the references that serve a photograph and its regions.

        Raises:
            PhotoShapeError: The array is no photograph.
            DescriberError: The set was described by something that is not here.
            BadSetError: A file of the set was changed.
        """
        describer = describer_named(self.head.describer, weights_sha256=self.head.weights_sha256)
        return choose(describer.describe(photo), self._shelf, retrieval_of(self.settings))

    def picture(self, reference_id: str) -> Photo:
        """Return a reference as a picture, its longer side 512 pixels at most.

        Raises:
            KeyError: It is none of ``ids``.
            BadSetError: The picture was changed.
        """
        return _picture(self.uri, reference_id, self._digests[reference_id])

    @cached_property
    def _digests(self) -> dict[str, str]:
        return {entry.reference_id: entry.picture_sha256 for entry in self.entries}

    @cached_property
    def _shelf(self) -> Shelf:
        return Shelf(
            collection=self.collection,
            whole=VectorIndex.from_bytes(read_file(self._store, self.head, "whole")),
            regions=VectorIndex.from_bytes(read_file(self._store, self.head, "regions")),
            likeness=LIKENESS.get(self.head.describer, NOT_FITTED),
        )

    @property
    def _store(self) -> SourceStore:
        return open_source(self.uri)


def find_set(address: str, *, settings: StyleSettings | None = None) -> BuiltSet | None:
    """Return the built set at an address, or None if there is a plain folder, or nothing.

    Args:
        address: ``<output>/references/<name>``, or ``<output>/<name>`` for short.
        settings: How references are chosen.

    Raises:
        StoreError: The store does not answer.
        BadSetError: There is one, of a form that this version does not read.
    """
    for uri in _places(address):
        store = open_source(uri)
        try:
            head = Head.from_bytes(store.read(HEAD))
        except (ObjectMissingError, NotADirectoryError):
            continue
        return BuiltSet(uri=store.uri, head=head, settings=settings or StyleSettings())
    return None


def _places(address: str) -> list[str]:
    """Return where a set may lie: at the address itself, or below ``references`` of the output that it begins with.

    Examples:
        >>> _places("s3://archive/prints/streets")
        ['s3://archive/prints/streets', 's3://archive/prints/references/streets']
        >>> _places("s3://photographs")
        ['s3://photographs']
        >>> _places("streets"), _places("/streets")
        (['streets', './references/streets'], ['/streets', '/references/streets'])
    """
    address = address.rstrip("/")
    output, _, name = address.rpartition("/")
    if output.endswith(":/") or not name:
        return [address]
    above = output or ("" if address.startswith("/") else ".")
    return [address, f"{above}/{set_path(name)}".rstrip("/")]


def open_set(address: str, *, settings: StyleSettings | None = None) -> BuiltSet:
    """Return the built set at an address; arguments as for ``find_set``.

    Raises:
        NoSetError: There is none.
        StoreError: The store does not answer.
        BadSetError: There is one, of a form that this version does not read.
    """
    found = find_set(address, settings=settings)
    if found is None:
        raise NoSetError(address, HEAD, "no set of references there; build one with: oldphoto references build")
    return found


class NoSetError(StoreError):
    """There is no set of references at an address."""


@lru_cache(PICTURES_KEPT)
def _picture(uri: str, reference_id: str, sha256: str) -> Photo:
    store, name = open_source(uri), picture_name(reference_id)
    with TemporaryDirectory(prefix="oldphoto-") as folder:
        path = Path(folder) / "picture.jpg"
        found = store.fetch(name, path).sha256
        if found != sha256:
            raise BadSetError(f"{uri}/{name} is not the picture that the set names: it was changed; build it again")
        photo = to_photo(read_scan(path, limits=ScanLimits(min_side_px=1)))
    photo.flags.writeable = False
    return photo
