"""Finished work of a run that has not committed yet, kept in ``_staging/<run_id>/`` so that a crash does not lose it.

A piece is one JSON document of one stage. The next run reads what a crashed one left, takes over the pieces that its
own code and settings would have made, and removes the rest once it has committed.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from catalogs.columns import row_from_dict, row_to_dict
from catalogs.schema import ROW_CLASSES, Row
from tasks.storage import ObjectStore

STAGING = "_staging/"

Rows = dict[str, list[Row]]
"""Rows by table."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The pieces of one run, finished so far."""

    store: ObjectStore
    """The output root."""

    run_id: str
    """The run at work."""

    code_version: str
    """Pieces made by other code are not taken over."""

    def save(self, stage: str, subjects: Sequence[str], pieces: Sequence[dict[str, Any]]) -> None:
        """Keep one batch's pieces; the same batch again replaces them."""
        name = hashlib.sha256("\0".join(subjects).encode()).hexdigest()[:32]
        document = {"code_version": self.code_version, "pieces": list(pieces)}
        content = json.dumps(document, ensure_ascii=True).encode()
        self.store.put(f"{STAGING}{self.run_id}/{stage}/{name}.json", content)

    def load(self, stage: str, *, of_any_code: bool = False) -> Iterator[dict[str, Any]]:
        """Yield the pieces that this run, or a crashed attempt at it, has saved for a stage."""
        for item in sorted(self.store.list(f"{STAGING}{self.run_id}/{stage}/"), key=lambda item: item.key):
            document = json.loads(self.store.read(item.key))
            if of_any_code or document["code_version"] == self.code_version:
                yield from document["pieces"]

    def keep_only(self, stage: str, is_wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """Return the saved pieces of a stage that are wanted; remove the others, and all that other code has made."""
        kept: list[dict[str, Any]] = []
        for item in list(self.store.list(f"{STAGING}{self.run_id}/{stage}/")):
            document = json.loads(self.store.read(item.key))
            ours = document["pieces"] if document["code_version"] == self.code_version else []
            wanted = [piece for piece in ours if is_wanted(piece)]
            if not wanted:
                self.store.delete(item.key)
            elif len(wanted) < len(ours):
                self.store.put(item.key, json.dumps(document | {"pieces": wanted}, ensure_ascii=True).encode())
            kept += wanted
        return kept

    def clear(self) -> int:
        """Remove everything staged, by this run or any before it, and return how many pieces that was."""
        keys = [item.key for item in self.store.list(f"{STAGING}run-")]
        for key in keys:
            self.store.delete(key)
        return len(keys)


def rows_to_json(rows: Rows) -> dict[str, list[dict[str, Any]]]:
    """Return rows by table as JSON values."""
    return {table: [row_to_dict(row) for row in table_rows] for table, table_rows in rows.items()}


def rows_from_json(values: dict[str, list[dict[str, Any]]]) -> Rows:
    """Return what ``rows_to_json`` was given."""
    return {table: [_row(table, row) for row in table_rows] for table, table_rows in values.items()}


def _row(table: str, values: dict[str, Any]) -> Row:
    return cast("Row", row_from_dict(ROW_CLASSES[table], values))
