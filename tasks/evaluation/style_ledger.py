"""What an evaluation of modernizing has found out so far, a line each, so that one that was stopped goes on."""

from typing import Any

from tasks.evaluation.ledger import Ledger

FILE = "style-scores.jsonl"


class StyleLedger(Ledger[dict[str, Any]]):
    """Documents of an evaluation of modernizing."""

    file_name = FILE

    @staticmethod
    def kept(document: dict[str, Any]) -> dict[str, Any]:
        """Return the document."""
        return document

    @staticmethod
    def document(score: dict[str, Any]) -> dict[str, Any]:
        """Return the document."""
        return score
