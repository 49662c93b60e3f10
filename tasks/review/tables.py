"""Reviewing without a browser: what waits for a decision as rows, and decisions from a table."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from catalogs.read import open_catalog
from catalogs.reviews import Result, current_results
from tasks.review.decisions import Decision, RefusedError, check_decision, decision_of
from tasks.review.journal import note_decision
from tasks.storage import ObjectStore

NEEDED = frozenset({"asset_id", "decision"})
READ = frozenset({*NEEDED, "output_sha256", "note", "redo_with", "reviewer"})
FOR_PEOPLE = frozenset({"key", "page", "path", "status", "run_id", "state"})
"""Columns of ``--list`` that may stay in the table: they say what a line is about and decide nothing."""

MOST_BYTES = 64 * 2**20


class BadTableError(ValueError):
    """A table of decisions cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One line that was not taken."""

    line: int
    """Its number in the file, from 1; the header is line 1."""

    asset_id: str
    """The photograph it names."""

    why: str
    """Why, in a sentence."""


def note_table(store: ObjectStore, path: Path, *, reviewer: str) -> tuple[list[Decision], list[Refused]]:
    """Note every decision of a table that can be made, and return these and the refused lines.

    Args:
        store: The output root.
        path: CSV in UTF-8, separated by comma or semicolon, with a header; see ``READ``.
        reviewer: Who decided, where a line does not say.

    Raises:
        BadTableError: It is no such table; nothing was noted.
        CatalogError: The catalog is damaged.
        StoreError: The store does not answer.
    """
    lines = list(read_table(path))
    results = current_results(open_catalog(store))
    taken, refused = list[Decision](), list[Refused]()
    began = datetime.now(UTC)
    for line, values in lines:
        if "decision" in values and not (values["decision"] or "").strip():
            continue  # nobody has decided about this one yet
        try:
            at = began + timedelta(microseconds=line)  # the order of the lines is the order of the decisions
            who = (values.get("reviewer") or "").strip() or reviewer
            decision = decision_of(values, reviewer=who, decided_at=at)
            check_decision(decision, results.get(decision.asset_id))
        except RefusedError as error:
            refused.append(Refused(line=line, asset_id=str(values.get("asset_id") or ""), why=str(error)))
        else:
            note_decision(store, decision)
            taken.append(decision)
    return taken, refused


def read_table(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each line's number and values.

    Raises:
        BadTableError: It is no table of decisions.
    """
    if path.stat().st_size > MOST_BYTES:
        raise BadTableError(f"{path} is larger than {MOST_BYTES // 2**20} MiB: no table of decisions is")
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadTableError(f"{path} is not in UTF-8: {error}") from error
    header = text.split("\n", 1)[0]
    rows = csv.DictReader(
        io.StringIO(text), delimiter=";" if header.count(";") > header.count(",") else ",", strict=True
    )
    try:
        names = [name.strip() for name in rows.fieldnames or ()]
        if missing := sorted(NEEDED - set(names)):
            raise BadTableError(f"{path} needs a column {missing[0]}; found {', '.join(names) or 'none'}")
        if strange := sorted(set(names) - READ - FOR_PEOPLE):
            raise BadTableError(f"{path} has a column {strange[0]!r}; expected some of {', '.join(sorted(READ))}")
        rows.fieldnames = names
        for values in rows:
            yield rows.line_num, {str(name): value for name, value in values.items() if name is not None}
    except csv.Error as error:
        raise BadTableError(f"{path}, line {rows.line_num}: {error}") from error


def waiting(store: ObjectStore) -> list[dict[str, Any]]:
    """Return what waits for a decision, or for a redo, as JSON values: ordered by key and page.

    Raises:
        CatalogError: The catalog is damaged.
        StoreError: The store does not answer.
    """
    results = current_results(open_catalog(store)).values()
    return [_row(one) for one in results if one.waits or one.waits_for_redo]


def to_fill_in(rows: Iterable[dict[str, Any]]) -> str:
    """Return what waits as CSV with empty columns for the decision, ready for ``note_table`` once filled in."""
    names = ("key", "page", "state", "path", "asset_id", "output_sha256", "decision", "note", "redo_with")
    text = io.StringIO()
    writer = csv.DictWriter(text, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(dict.fromkeys(names, "") | row for row in rows)
    return text.getvalue()


def _row(one: Result) -> dict[str, Any]:
    stands = one.result
    return {
        "asset_id": one.asset_id,
        "key": one.asset.key,
        "page": one.asset.page,
        "status": one.asset.status,
        "path": stands.path if stands else None,
        "output_sha256": stands.sha256 if stands else None,
        "run_id": stands.run_id if stands else None,
        "state": "redo" if one.waits_for_redo else "review",
    }
