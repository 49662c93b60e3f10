"""Scores of film on disk, a line each, so that an evaluation that was stopped goes on where it was."""

from typing import Any

from oldphoto_core.evaluation.film_scores import FilmScore
from tasks.evaluation.ledger import Ledger

FILE = "film-scores.jsonl"


class FilmLedger(Ledger[FilmScore]):
    """The scores of an evaluation of films."""

    file_name = FILE

    @staticmethod
    def kept(document: dict[str, Any]) -> FilmScore:
        """Return a score from its document."""
        return FilmScore(**document)
