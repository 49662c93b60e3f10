"""A store that keeps its objects in a dictionary, and can fail in the ways that real stores do."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path


class PowerCutError(Exception):
    """The writer died here."""


@dataclass(frozen=True, slots=True)
class MemoryObject:
    """One entry of a listing."""

    key: str
    size: int


@dataclass
class MemoryStore:
    """A ``CatalogStore`` in memory: a put is whole or not there, ``if_absent`` lets the first writer win."""

    objects: dict[str, bytes] = field(default_factory=dict)
    """What is stored, by key."""

    writes_left: int | None = None
    """Puts and deletes that still work; the one after them raises ``PowerCutError`` and changes nothing. None: all."""

    lost_answers: set[str] = field(default_factory=set)
    """Keys whose put arrives, but whose client hears nothing, sends it again, and is told that it came second."""

    before_put: Callable[[str], None] = lambda _key: None
    """Called with the key before each put: here another writer may act."""

    def list(self, prefix: str = "") -> Iterator[MemoryObject]:
        yield from (MemoryObject(key, len(self.objects[key])) for key in sorted(self.objects) if key.startswith(prefix))

    def read(self, key: str) -> bytes:
        if key not in self.objects:
            raise FileNotFoundError(key)
        return self.objects[key]

    def chunks(self, key: str) -> Iterator[bytes]:
        content = self.read(key)
        yield from (content[start : start + 3] for start in range(0, len(content), 3))

    def put(self, key: str, content: bytes, *, if_absent: bool = False) -> str:
        self.before_put(key)
        self._spend_write(key)
        if if_absent and key in self.objects:
            raise FileExistsError(key)
        self.objects[key] = content
        if if_absent and key in self.lost_answers:
            raise FileExistsError(key)
        return hashlib.sha256(content).hexdigest()

    def delete(self, key: str) -> None:
        self._spend_write(key)
        self.objects.pop(key, None)

    def copy(self) -> "MemoryStore":
        """Return a store of the same objects, in good health."""
        return MemoryStore(dict(self.objects))

    def to_folder(self, folder: Path) -> Path:
        """Write every object below the folder and return the folder."""
        for key, content in self.objects.items():
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder

    def _spend_write(self, key: str) -> None:
        if self.writes_left is None:
            return
        if self.writes_left == 0:
            raise PowerCutError(f"died before writing {key}")
        self.writes_left -= 1
