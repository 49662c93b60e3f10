"""One decision of a person about one result, and when it is refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast, get_args

from catalogs.reviews import Result
from catalogs.schema import ReviewRow
from catalogs.values import is_utc
from tasks.review.wishes import WishError, parse_wish

Verb = Literal["accept", "reject", "redo"]
Refusal = Literal["unknown", "no-result", "nothing-to-reject", "stale", "malformed"]
"""Why a decision is refused: no such photograph, no files of its own, untouched, newer result, not understood."""

VERBS: tuple[str, ...] = get_args(Verb)
NOTE_SIGNS, NAME_SIGNS = 2000, 120
"""Longest note and longest name of a reviewer, in characters."""


class RefusedError(ValueError):
    """A decision that cannot be made as it stands.

    Attributes:
        code: Why, one of ``Refusal``.
    """

    def __init__(self, code: Refusal, message: str) -> None:
        """Keep the code."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one person decided about one result."""

    asset_id: str
    """The photograph."""

    decision: Verb
    """What was decided."""

    reviewer: str
    """Who decided."""

    decided_at: datetime
    """When, UTC."""

    output_sha256: str | None = None
    """Digest of the result that was looked at; None: the one that stands, whatever it is."""

    note: str | None = None
    """The reviewer's words."""

    redo_with: str | None = None
    """What a redo asks for, as canonical JSON."""

    def __post_init__(self) -> None:
        """Refuse what no row may hold."""
        if self.decision not in VERBS:
            raise RefusedError("malformed", f"a decision is one of {', '.join(VERBS)}, found {self.decision!r}")
        if not self.reviewer or len(self.reviewer) > NAME_SIGNS or not self.reviewer.isprintable():
            raise RefusedError("malformed", f"a reviewer has a printable name of at most {NAME_SIGNS} characters")
        if self.note is not None and len(self.note) > NOTE_SIGNS:
            raise RefusedError("malformed", f"a note has at most {NOTE_SIGNS} characters, found {len(self.note)}")
        if not is_utc(self.decided_at):
            raise RefusedError("malformed", f"expected a time in UTC, found {self.decided_at!r}")
        if self.redo_with is not None and self.decision != "redo":
            raise RefusedError("malformed", f"only a redo asks for settings; this is: {self.decision}")

    def is_recorded_as(self, row: ReviewRow) -> bool:
        """Return whether the row is this very decision."""
        same = ("asset_id", "decision", "reviewer", "note", "redo_with")
        return row.reviewed_at == self.decided_at and all(getattr(row, name) == getattr(self, name) for name in same)


def decision_of(values: dict[str, Any], *, reviewer: str, decided_at: datetime) -> Decision:
    """Return the decision that a form or a table's line holds; text is trimmed, empty text is none.

    Args:
        values: ``asset_id`` and ``decision``, perhaps ``output_sha256``, ``note``, ``redo_with``.
        reviewer: Who decided.
        decided_at: When, UTC.

    Raises:
        RefusedError: It is not understood.
    """
    text = {name: _text(values.get(name)) for name in ("asset_id", "decision", "output_sha256", "note", "redo_with")}
    if text["asset_id"] is None:
        raise RefusedError("malformed", "no photograph is named: asset_id is empty")
    try:
        redo_with = parse_wish(text["redo_with"]).to_json()
    except WishError as error:
        raise RefusedError("malformed", str(error)) from None
    return Decision(
        asset_id=text["asset_id"],
        decision=cast("Verb", text["decision"] or ""),
        reviewer=reviewer,
        decided_at=decided_at,
        output_sha256=text["output_sha256"],
        note=text["note"],
        redo_with=redo_with,
    )


def check_decision(decision: Decision, result: Result | None) -> str:
    """Return the digest of the result that the decision is about.

    Args:
        decision: What was decided.
        result: The photograph as it stands; None if it has no files of its own.

    Raises:
        RefusedError: There is no such result, or a newer one, or nothing that could be rejected.
    """
    if result is None:
        raise RefusedError(
            "no-result",
            f"{decision.asset_id} has no result to decide about: it is unknown, a copy of another photograph, or set "
            "aside",
        )
    stands = result.result
    if stands is None or stands.sha256 is None:
        raise RefusedError("no-result", f"{result.asset.key} has no file that could be looked at")
    if decision.output_sha256 is not None and decision.output_sha256 != stands.sha256:
        raise RefusedError(
            "stale",
            f"{result.asset.key} has another result by now: decided about {decision.output_sha256[:12]}, standing is "
            f"{stands.sha256[:12]} of {stands.run_id}. Look at it and decide again.",
        )
    if decision.decision == "reject" and result.asset.status == "untouched":
        raise RefusedError(
            "nothing-to-reject",
            f"{result.asset.key} was left untouched: there is nothing to reject. Ask for a redo if it needs treatment.",
        )
    return stands.sha256


def _text(value: object) -> str | None:
    r"""Return text without signs that do not print (line ends stay); None if nothing is left."""
    if value is None:
        return None
    lines = str(value).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = "\n".join("".join(sign for sign in line if sign.isprintable() or sign == "\t") for line in lines)
    return kept.strip() or None
