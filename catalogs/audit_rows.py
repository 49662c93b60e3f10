"""What the rows of a catalog must say about each other and about the derivatives.

Each check takes the evidence and returns how many things it looked at and what does not hold, a sentence each.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast, get_args

from catalogs.read import Catalog, latest_assets
from catalogs.schema import AssetRow, RunRow, Status

Finding = tuple[int, list[str]]
"""How many things were looked at, and the problems."""

STATUSES: tuple[str, ...] = get_args(Status)
MENTIONING = ("damage", "duplicates", "treatments", "style_regions")
"""Tables whose every row speaks of a photograph."""


@dataclass(frozen=True, slots=True)
class Derivative:
    """One file that the treatments speak of."""

    asset_id: str
    """The photograph it was made from."""

    kind: str
    """What it is: its stage, or the step if the publish stage wrote it (access, damage, provenance)."""

    sha256: str | None
    """Its SHA-256."""

    run_id: str
    """The run that wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the checks look at: each table read once, and of wide tables only the columns that are needed."""

    catalog: Catalog
    """The catalog itself."""

    runs: tuple[RunRow, ...]
    """All rows of runs."""

    assets: tuple[AssetRow, ...]
    """All rows of assets."""

    current: tuple[AssetRow, ...]
    """The latest outcome of each object."""

    derivatives: dict[str, Derivative]
    """The newest word on each file, by its path."""

    mentions: frozenset[tuple[str, str]]
    """Each table with each asset_id that its rows speak of."""

    references: frozenset[str]
    """Every reference_id known."""

    choices: frozenset[tuple[str, str]]
    """asset_id and reference_id of the regions that took their look from a reference."""

    only_run: str | None
    """The run whose derivatives are looked at; None: all."""

    @property
    def at_stake(self) -> dict[str, Derivative]:
        """The derivatives to look at, by path."""
        return {path: file for path, file in self.derivatives.items() if self.only_run in {None, file.run_id}}


def gather(catalog: Catalog, only_run: str | None = None) -> Evidence:
    """Return what the checks read, and of which run the derivatives are to be looked at (None: of all).

    Raises:
        FileNotFoundError: A catalog file is gone.
        CatalogError: A catalog file was altered.
    """
    assets = cast("list[AssetRow]", catalog.rows("assets"))
    choices = _columns(catalog, "style_regions", "asset_id", "reference_id")
    return Evidence(
        catalog=catalog,
        runs=tuple(cast("list[RunRow]", catalog.rows("runs"))),
        assets=tuple(assets),
        current=latest_assets(assets),
        derivatives=_derivatives(catalog),
        mentions=frozenset((name, asset) for name in MENTIONING for (asset,) in _columns(catalog, name, "asset_id")),
        references=frozenset(reference for (reference,) in _columns(catalog, "references", "reference_id")),
        choices=frozenset((asset, reference) for asset, reference in choices if reference is not None),
        only_run=only_run,
    )


def _columns(catalog: Catalog, table: str, *names: str) -> list[tuple[Any, ...]]:
    columns = catalog.table(table, names).columns
    return list(zip(*(column.to_pylist() for column in columns), strict=True))


def _derivatives(catalog: Catalog) -> dict[str, Derivative]:
    rows = _columns(catalog, "treatments", "output_path", "asset_id", "stage", "step", "output_sha256", "run_id")
    return {
        path: Derivative(asset, step if stage == "publish" else stage, sha256, run_id)
        for path, asset, stage, step, sha256, run_id in rows
        if path is not None
    }


def outcomes(evidence: Evidence) -> Finding:
    """Find rows without a status, quarantine without a reason, and photographs with two outcomes."""
    problems = [f"{_name(row)} has status {row.status}" for row in evidence.assets if row.status not in STATUSES]
    problems += [
        f"{_name(row)} is quarantined without a reason"
        for row in evidence.assets
        if row.status == "quarantined" and not row.reason
    ]
    seen = Counter((row.source_uri, row.key, row.page) for row in evidence.current)
    for (_, key, page), count in seen.items():
        if count > 1:
            problems.append(f"{_named(key, page)} has {count} outcomes")
    return len(evidence.current), problems


def pages(evidence: Evidence) -> Finding:
    """Find multi-page masters of which a page has no outcome."""
    numbers: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    for row in evidence.current:
        if row.page is not None:
            numbers[row.source_uri, row.key, row.pages or 0].append(row.page)
    problems = [
        f"{key} has {count} pages, but outcomes for pages {sorted(found)}"
        for (_, key, count), found in numbers.items()
        if sorted(found) != list(range(1, count + 1))
    ]
    return len(numbers), problems


def counts(evidence: Evidence) -> Finding:
    """Find runs whose counts their rows do not bear out, and commits without a row in runs."""
    problems = []
    statuses = Counter((row.run_id, str(row.status)) for row in evidence.assets)
    objects = Counter(run_id for run_id, _, _ in {(row.run_id, row.source_uri, row.key) for row in evidence.assets})
    for run in evidence.runs:
        for status in STATUSES:
            said, found = getattr(run, status), statuses[run.run_id, status]
            if said != found:
                problems.append(f"{run.run_id} says {said} {status}, its assets rows say {found}")
        lost = run.listed - run.known - objects[run.run_id]
        if run.run_kind == "nightly" and lost > 0:
            problems.append(f"{run.run_id} listed {run.listed} objects, knew {run.known}, and lost {lost}")
    committed = {manifest.run_id for manifest in evidence.catalog.manifests}
    silent = sorted(committed - {run.run_id for run in evidence.runs})
    problems += [f"{run_id} was committed without a row in runs" for run_id in silent]
    return len(evidence.runs), problems


def copies(evidence: Evidence) -> Finding:
    """Find copies that do not lead, from copy to copy, to a photograph that is no copy."""
    originals = {row.asset_id for row in evidence.assets if row.status != "duplicate"}
    marked = [row for row in evidence.assets if row.status == "duplicate"]
    leads_to = {row.asset_id: row.duplicate_of for row in marked}
    problems = []
    for row in marked:
        target, passed = row.duplicate_of, set[str | None]()
        while target not in originals and target in leads_to and target not in passed:
            passed.add(target)
            target = leads_to[target]
        if target is None or target not in originals:
            problems.append(f"{_name(row)} is a copy of {row.duplicate_of}, which is unknown or itself only a copy")
    return len(marked), problems


def stored_files(evidence: Evidence) -> Finding:
    """Find derivatives that are gone or whose bytes are not the recorded ones."""
    problems = []
    for path, file in evidence.at_stake.items():
        digest = hashlib.sha256()
        try:
            for chunk in evidence.catalog.store.chunks(path):
                digest.update(chunk)
        except FileNotFoundError:
            problems.append(f"{path} is gone")
            continue
        if digest.hexdigest() != file.sha256:
            problems.append(f"{path} has digest {digest.hexdigest()}, the catalog says {file.sha256}")
    return len(evidence.at_stake), problems


def orphans(evidence: Evidence) -> Finding:
    """Find files below derivatives/ that no row speaks of."""
    folders = {"derivatives/"}
    if evidence.only_run is not None:
        folders = {path.rpartition("/")[0] + "/" for path in evidence.at_stake}
    present = [item.key for folder in sorted(folders) for item in evidence.catalog.store.list(folder)]
    return len(present), [f"{path} is in no catalog row" for path in present if path not in evidence.derivatives]


def lineage(evidence: Evidence) -> Finding:
    """Find rows about photographs in no assets row, and regions that name references in no references row."""
    masters = {row.asset_id for row in evidence.assets}
    problems = [
        f"{name} speaks of {asset}, which is in no assets row"
        for name, asset in sorted(evidence.mentions)
        if asset not in masters
    ]
    problems += [
        f"a region of {asset} names reference {reference}, which is unknown"
        for asset, reference in sorted(evidence.choices)
        if reference not in evidence.references
    ]
    return len(evidence.mentions), problems


def results(evidence: Evidence) -> Finding:
    """Find photographs that lack a file which their status promises."""
    made: dict[str, set[str]] = defaultdict(set)
    for file in evidence.derivatives.values():
        made[file.asset_id].add(file.kind)
    promising = [row for row in evidence.current if row.has_derivatives]
    problems = []
    for row in promising:
        files = made[row.asset_id or ""]
        if not {"access", "provenance"} <= files:
            problems.append(f"{_name(row)} is {row.status} but lacks access copy or provenance")
        if row.status == "published" and not files & {"restore", "modernize"}:
            problems.append(f"{_name(row)} is published but has no restored or modernized picture")
    return len(promising), problems


def _name(row: AssetRow) -> str:
    return _named(row.key, row.page)


def _named(key: str, page: int | None) -> str:
    return key if page is None else f"{key} page {page}"


ROW_CHECKS: tuple[tuple[str, Callable[[Evidence], Finding]], ...] = (
    ("Does every listed object have exactly one outcome?", outcomes),
    ("Does every page of a multi-page master have one?", pages),
    ("Do the runs' counts agree with their rows?", counts),
    ("Does every copy lead to a known photograph?", copies),
    ("Does every derivative exist with its digest?", stored_files),
    ("Is every file below derivatives/ in the catalog?", orphans),
    ("Does every row lead back to a master, every region to a reference?", lineage),
    ("Does every photograph have the files its status promises?", results),
)
"""Each question with the check that answers it, in the order they are asked."""
