"""Scores on disk, a line each, so that an evaluation that was stopped goes on where it was."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from oldphoto_core.evaluation.scores import Score

FILE = "scores.jsonl"


@dataclass(slots=True)
class ScoreLedger:
    """The scores kept in a folder. A score is found again only under the very terms on which it was made."""

    folder: Path
    """Where the file lies."""

    known: dict[str, Score] = field(default_factory=dict)
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
            self.known[document["terms"]] = _score(document["score"])

    def get(self, terms: Mapping[str, Any]) -> Score | None:
        """Return the score made on these terms, if there is one."""
        return self.known.get(digest_of(terms))

    def put(self, terms: Mapping[str, Any], score: Score) -> None:
        """Keep a score."""
        key = digest_of(terms)
        with (self.folder / FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"terms": key, "score": asdict(score)}, allow_nan=False) + "\n")
        self.known[key] = score


def digest_of(terms: Mapping[str, Any]) -> str:
    """Return a short digest of the terms on which something was made."""
    return hashlib.sha256(json.dumps(terms, sort_keys=True).encode()).hexdigest()[:32]


def _score(document: dict[str, Any]) -> Score:
    """Return a score from its document; JSON knows no tuples."""
    findings = document["findings"]
    if findings is not None:
        document["findings"] = {kind: (stated[0], stated[1]) for kind, stated in findings.items()}
    return Score(**document)
