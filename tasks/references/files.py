"""The files of a curated set: what each holds, and that they belong together.

``set.json`` is written last and names the others with their digests, so whoever reads it sees one whole set. The
others carry their digest in their name: a set that is built anew never changes a file that somebody may be reading.
There is no time and no run in any of them: the same pictures give the same files.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from oldphoto_core.classical.references import ReferenceStyle
from oldphoto_core.references.collection import Collection
from oldphoto_core.references.errors import BadSetError
from oldphoto_core.references.index import VectorIndex
from tasks.settings import canonical_json
from tasks.storage import SourceStore

HEAD = "set.json"
FORMAT = "oldphoto-references/1"
PICTURE_SIDE_PX = 512
"""Longer side of the small pictures of references, in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One reference of a set."""

    reference_id: str
    """SHA-256 of the file it came from."""

    key: str
    """Its name below the source."""

    licence: str
    """Its licence."""

    width_px: int
    """Width of the picture it came from."""

    height_px: int
    """Height of it."""

    size_bytes: int
    """Size of that file."""

    picture_sha256: str
    """SHA-256 of its small picture."""

    style: Mapping[str, Any]
    """Its look, as ``ReferenceStyle.to_dict`` gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What ``set.json`` says."""

    name: str
    """Name of the set."""

    describer: str
    """What described its pictures, and must describe what is compared with them."""

    weights_sha256: str | None
    """SHA-256 of the describer's weights."""

    regions: int
    """Largest number of regions that the looks were taken of."""

    working_side_px: int
    """Longer side at which the looks were taken."""

    references: int
    """How many there are."""

    files: Mapping[str, str]
    """Name of each file of the set, with its SHA-256; small pictures are named by the entries."""

    def to_bytes(self) -> bytes:
        """Return the head as JSON, the same for the same set."""
        return (json.dumps({"format": FORMAT, **asdict(self)}, sort_keys=True, indent=2) + "\n").encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Head":
        """Return what :meth:`to_bytes` wrote.

        Raises:
            BadSetError: It is no head of a set.
        """
        try:
            values = json.loads(content)
            form = values.pop("format")
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise BadSetError(f"{HEAD} is no description of a set of references; build it again") from error
        if form != FORMAT:
            raise BadSetError(f"{HEAD} has the form {form!r}, this version reads {FORMAT!r}; build the set again")
        wanted = {field.name for field in fields(cls)}
        if set(values) != wanted:
            raise BadSetError(f"{HEAD} must have {sorted(wanted)}, found {sorted(values)}; build the set again")
        return cls(**values)


def picture_name(reference_id: str) -> str:
    """Return the name of a reference's small picture within its set."""
    return f"pictures/{reference_id}.jpg"


def set_contents(collection: Collection, entries: Sequence[Entry]) -> dict[str, bytes]:
    """Return every file of a set but its head and its pictures, by name."""
    listed = canonical_json([asdict(entry) for entry in sorted(entries, key=lambda one: one.reference_id)]).encode()
    contents = {
        "references-{}.json": listed,
        "descriptions-{}.safetensors": collection.to_bytes(),
        "whole-{}.faiss": VectorIndex.build(collection.whole).to_bytes(),
        "regions-{}.faiss": VectorIndex.build(collection.regions).to_bytes(),
    }
    return {name.format(_sha256(content)[:16]): content for name, content in contents.items()}


def read_file(store: SourceStore, head: Head, kind: str) -> bytes:
    """Return the file of a set whose name begins so, found to be the one that the head names.

    Args:
        store: The folder of the set.
        head: Its head.
        kind: ``references``, ``descriptions``, ``whole`` or ``regions``.

    Raises:
        BadSetError: The head names no such file, or the file has another digest.
        StoreError: It is gone, or the store does not answer.
    """
    name = next((name for name in head.files if name.startswith(f"{kind}-")), None)
    if name is None:
        raise BadSetError(f"{HEAD} of {store.uri} names no file of {kind}; build the set again")
    content = store.read(name)
    if _sha256(content) != head.files[name]:
        raise BadSetError(f"{store.uri}/{name} is not the file that {HEAD} names: it was changed; build the set again")
    return content


def read_entries(store: SourceStore, head: Head) -> tuple[Entry, ...]:
    """Return the references of a set.

    Raises:
        BadSetError: The list is not the one that was written.
        StoreError: It is gone, or the store does not answer.
    """
    try:
        return tuple(Entry(**values) for values in json.loads(read_file(store, head, "references")))
    except (TypeError, json.JSONDecodeError) as error:
        raise BadSetError(f"the references of {store.uri} cannot be read; build the set again") from error


def style_of(entry: Entry) -> ReferenceStyle:
    """Return the look of a reference in numbers."""
    return ReferenceStyle.from_dict(entry.style)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
