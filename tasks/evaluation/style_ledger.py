"""What an evaluation of modernizing has found out so far, a line each, so that one that was stopped goes on."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tasks.evaluation.ledger import digest_of

FILE = "style-scores.jsonl"


@dataclass(slots=True)
class StyleLedger:
    """Documents kept in a folder, each found again only under the very terms on which it was made."""

    folder: Path
    """Where the file lies."""

    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Document by the digest of its terms."""

    made: int = 0
    """How many were put since it was opened."""

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
            kept = json.loads(line)
            self.known[kept["terms"]] = kept["score"]

    def get(self, terms: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the document made on these terms, if there is one."""
        return self.known.get(digest_of(terms))

    def put(self, terms: Mapping[str, Any], score: dict[str, Any]) -> None:
        """Keep a document."""
        key = digest_of(terms)
        with (self.folder / FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"terms": key, "score": score}, allow_nan=False) + "\n")
        self.known[key] = score
        self.made += 1
