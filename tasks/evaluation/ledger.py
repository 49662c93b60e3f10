"""Scores on disk, a line each, so that an evaluation that was stopped goes on where it was."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from oldphoto_core.evaluation.scores import Score

FILE = "scores.jsonl"

Kept = TypeVar("Kept")


@dataclass(slots=True)
class Ledger(Generic[Kept]):
    """What is kept in a folder. It is found again only under the very terms on which it was made."""

    folder: Path
    """Where the file lies."""

    known: dict[str, Kept] = field(default_factory=dict)
    """What is kept, by the digest of its terms."""

    made: int = 0
    """How many were put since it was opened."""

    file_name: ClassVar[str]
    """Name of the file."""

    def __post_init__(self) -> None:
        """Read what is there; a last line cut short by a crash is cut off."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / self.file_name
        if not path.exists():
            return
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            os.truncate(path, len(whole))
        for line in whole.splitlines():
            document = json.loads(line)
            self.known[document["terms"]] = self.kept(document["score"])

    def get(self, terms: Mapping[str, Any]) -> Kept | None:
        """Return what was made on these terms, if anything was."""
        return self.known.get(digest_of(terms))

    def put(self, terms: Mapping[str, Any], score: Kept) -> None:
        """Keep what was made on these terms."""
        key = digest_of(terms)
        with (self.folder / self.file_name).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"terms": key, "score": self.document(score)}, allow_nan=False) + "\n")
        self.known[key] = score
        self.made += 1

    @staticmethod
    def kept(document: dict[str, Any]) -> Kept:
        """Return what a document says."""
        raise NotImplementedError

    @staticmethod
    def document(score: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
        """Return what JSON can hold."""
        return asdict(score)


class ScoreLedger(Ledger[Score]):
    """The scores of an evaluation of restoration."""

    file_name = FILE

    @staticmethod
    def kept(document: dict[str, Any]) -> Score:
        """Return a score from its document; JSON knows no tuples."""
        findings = document["findings"]
        if findings is not None:
            document["findings"] = {kind: (stated[0], stated[1]) for kind, stated in findings.items()}
        return Score(**document)


def digest_of(terms: Mapping[str, Any]) -> str:
    """Return a short digest of the terms on which something was made."""
    return hashlib.sha256(json.dumps(terms, sort_keys=True).encode()).hexdigest()[:32]
