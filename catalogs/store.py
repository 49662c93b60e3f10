"""What the catalogs ask of a place to keep files: any object with these methods will do."""

from collections.abc import Iterator
from typing import Protocol


class StoredObject(Protocol):
    """One entry of a listing."""

    @property
    def key(self) -> str:
        """Name below the store's root, parts separated by ``/``."""

    @property
    def size(self) -> int:
        """Size in bytes."""


class CatalogStore(Protocol):
    """A folder or bucket prefix. Reads see every finished write; a write is whole or not there."""

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """Yield every object whose key starts with the prefix."""

    def read(self, key: str) -> bytes:
        """Return the object's bytes.

        Raises:
            FileNotFoundError: There is none.
        """

    def chunks(self, key: str) -> Iterator[bytes]:
        """Yield the object's bytes piece by piece.

        Raises:
            FileNotFoundError: There is none.
        """

    def put(self, key: str, content: bytes, *, if_absent: bool = False) -> str:
        """Store the bytes, verified after writing, and return their SHA-256.

        Raises:
            FileExistsError: ``if_absent`` was asked for and the object is there already.
        """

    def delete(self, key: str) -> None:
        """Remove the object; one that is not there is fine."""
