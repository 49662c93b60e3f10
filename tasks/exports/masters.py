"""Masters for exports: fetched from where they were listed, and used only if they are still what was catalogued."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from catalogs.schema import AssetRow
from tasks.exports.files import fetch_checked
from tasks.storage import SourceStore, open_source


class Masters:
    """The sources of masters, each opened once, and only for reading."""

    def __init__(self) -> None:
        """Open nothing yet."""
        self._open: Callable[[str], SourceStore] = cache(open_source)

    def fetch(self, row: AssetRow, path: Path) -> int:
        """Copy a master to a local file and return its length.

        Args:
            row: Where it was listed, and its digest.
            path: Where; nothing is left there on any error.

        Raises:
            WrongBytesError: The source now holds other bytes under this key.
            StoreError: The source has it no longer, or does not give it.
        """
        return fetch_checked(self._open(row.source_uri), row.key, path, row.sha256 or "")
