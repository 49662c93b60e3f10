"""Scores of film on disk, a line each, so that an evaluation that was stopped goes on where it was."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from oldphoto_core.evaluation.film_scores import FilmScore
from tasks.evaluation.ledger import digest_of

FILE = "film-scores.jsonl"


@dataclass(slots=True)
class FilmLedger:
    """The scores kept in a folder. A score is found again only under the very terms on which it was made."""

    folder: Path
    """Where the file lies."""

    known: dict[str, FilmScore] = field(default_factory=dict)
    """Score by the digest of its terms."""

    def __post_init__(self) -> None:
        """Read what is there; a last line cut short by a crash is cut off."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / FILE
        if not path.exists():
            return
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            os.truncate(path, len(whole))
        for line in whole.splitlines():
            document = json.loads(line)
            self.known[document["terms"]] = FilmScore(**document["score"])

    def get(self, terms: Mapping[str, Any]) -> FilmScore | None:
        """Return the score made on these terms, if there is one."""
        return self.known.get(digest_of(terms))

    def put(self, terms: Mapping[str, Any], score: FilmScore) -> None:
        """Keep a score."""
        key = digest_of(terms)
        with (self.folder / FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"terms": key, "score": asdict(score)}, allow_nan=False) + "\n")
        self.known[key] = score
