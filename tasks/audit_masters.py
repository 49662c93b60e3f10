"""Whether the masters that derivatives lead back to are there, and still the bytes that were catalogued."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from catalogs.audit_evidence import Evidence
from catalogs.audit_report import Finding
from catalogs.schema import AssetRow
from tasks.storage import ObjectMissingError, SourceStore, StoreError, open_source

QUESTION = "Is every master there, with the digest it was catalogued with?"

READERS = 4
"""Masters read side by side."""

Extent = Literal["none", "sample", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which masters are fetched and hashed."""

    extent: Extent = "sample"
    """None of them, a sample, or all."""

    sample: int = 100
    """How many, for a sample."""

    seed: int = 0
    """Which ones, for a sample: the same seed draws the same masters."""

    def __post_init__(self) -> None:
        """Refuse a sample of nothing."""
        if self.extent == "sample" and self.sample < 1:
            raise ValueError(f"expected a sample of at least one master, found {self.sample}")

    @property
    def words(self) -> str:
        """The choice as a reader of the report must know it."""
        return self.extent if self.extent != "sample" else f"a sample of up to {self.sample}, seed {self.seed}"


def masters(evidence: Evidence, choice: Choice) -> Finding:
    """Fetch the chosen masters from where they were listed and compare their digests with the catalogued ones.

    A master that is gone or has other bytes is a problem. A source that does not answer is not checked; where all
    masters were asked for, that is a problem, too. Derivatives of bytes that a later run found replaced are named:
    their master cannot be asked any more.
    """
    current = {(row.source_uri, row.key): row for row in evidence.current if row.sha256 is not None}
    chosen = _drawn(list(current.values()), choice)
    problems: list[str] = []
    not_checked: list[str] = []
    for uri, rows in _by_source(chosen).items():
        found, unread = _of_source(uri, rows)
        problems += found
        (problems if choice.extent == "all" else not_checked).extend(unread)
    if len(chosen) < len(current):
        not_checked.append(_left_out(len(chosen), len(current), choice))
    not_checked += _superseded(evidence, {row.sha256 for row in current.values()})
    return Finding(len(chosen), problems, not_checked)


def _drawn(rows: Sequence[AssetRow], choice: Choice) -> Sequence[AssetRow]:
    """Return the masters to fetch: by a digest of seed and name, so that whoever repeats it draws the same."""
    if choice.extent == "none":
        return ()
    if choice.extent == "all":
        return rows

    def lot(row: AssetRow) -> bytes:
        name = f"{choice.seed}\0{row.source_uri}\0{row.key}".encode("utf-8", "surrogatepass")
        return hashlib.sha256(name).digest()

    return sorted(rows, key=lot)[: choice.sample]


def _by_source(rows: Sequence[AssetRow]) -> Mapping[str, Sequence[AssetRow]]:
    found: dict[str, list[AssetRow]] = defaultdict(list)
    for row in rows:
        found[row.source_uri].append(row)
    return found


def _of_source(uri: str, rows: Sequence[AssetRow]) -> tuple[list[str], list[str]]:
    """Return the problems of the masters of one source, and those that could not be read."""
    try:
        source = open_source(uri)
        next(iter(source.list(rows[0].key)), None)  # a folder that is not there has lost no master: it cannot be asked
    except StoreError as error:
        keys = ", ".join(row.key for row in rows)
        return [], [f"{uri} does not answer ({error}); {len(rows)} masters not checked: {keys}"]
    with ThreadPoolExecutor(READERS, thread_name_prefix="masters") as pool:
        said = list(pool.map(lambda row: _judged(source, row), rows))
    return [text for kind, text in said if kind == "problem"], [text for kind, text in said if kind == "unread"]


def _judged(source: SourceStore, row: AssetRow) -> tuple[str, str]:
    """Return ``problem``, ``unread`` or ``sound``, and the sentence."""
    name = f"master {row.key} at {row.source_uri}"
    digest = hashlib.sha256()
    try:
        for chunk in source.chunks(row.key):
            digest.update(chunk)
    except ObjectMissingError:
        return "problem", f"{name} is gone; {row.run_id} catalogued it as {row.sha256}"
    except StoreError as error:
        return "unread", f"{name} not checked: {error}"
    if digest.hexdigest() != row.sha256:
        return "problem", f"{name} has digest {digest.hexdigest()}, {row.run_id} catalogued {row.sha256}"
    return "sound", ""


def _left_out(chosen: int, known: int, choice: Choice) -> str:
    if choice.extent == "none":
        return f"none of {known} masters were fetched: --masters none"
    share = 1 - 0.05 ** (1 / chosen)
    return (
        f"{known - chosen} of {known} masters are not in the sample (seed {choice.seed}); had {share:.1%} of all been "
        f"changed, a sample of {chosen} would show it 19 times in 20"
    )


def _superseded(evidence: Evidence, standing: set[str | None]) -> list[str]:
    """Return a sentence for each photograph with files whose master was replaced by other bytes."""
    masters_of = {row.asset_id: row for row in evidence.assets}
    found = []
    for asset_id in sorted({file.asset_id for file in evidence.at_stake.values()}):
        row = masters_of.get(asset_id)
        if row is not None and row.sha256 is None:
            found.append(
                f"the master of {asset_id} not checked: {row.key} at {row.source_uri} is a folder of frames, which has "
                "no digest of its own; frames.csv beside the result has that of each restored frame"
            )
        elif row is not None and row.sha256 not in standing:
            found.append(
                f"the master of {asset_id} not checked: {row.key} at {row.source_uri} holds other bytes since, and "
                "what was made of the earlier ones stands"
            )
    return found
