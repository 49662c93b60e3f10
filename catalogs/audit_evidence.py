"""What the checks of an audit look at: each table read once, and of wide tables only the columns that are needed."""

from dataclasses import dataclass
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from catalogs.read import Catalog, latest_assets
from catalogs.schema import AssetRow, RunRow

MENTIONING = ("damage", "duplicates", "treatments", "style_regions", "events", "reviews")
"""Tables whose rows speak of a photograph."""

Place = tuple[str, str, int | None]
"""Where a photograph lies: source_uri, key, page."""


@dataclass(frozen=True, slots=True)
class Derivative:
    """One file that the rows speak of."""

    asset_id: str
    """The photograph it was made from."""

    kind: str
    """What it is: its stage, or the step if the publish stage wrote it (access, damage, provenance)."""

    sha256: str | None
    """Its SHA-256."""

    run_id: str
    """The run that wrote it."""

    size: int | None = None
    """Its length in bytes; None if no row says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The catalog as the checks see it."""

    catalog: Catalog
    """The catalog itself."""

    runs: tuple[RunRow, ...]
    """All rows of runs."""

    assets: tuple[AssetRow, ...]
    """All rows of assets."""

    current: tuple[AssetRow, ...]
    """The latest outcome of each object."""

    derivatives: dict[str, Derivative]
    """The newest word on each file that should stand, by its path."""

    withdrawn: dict[str, Derivative]
    """Files that were taken back: a deletion on record names their path and digest. By path."""

    mentions: frozenset[tuple[str, str]]
    """Each table with each asset_id that its rows speak of."""

    copies: frozenset[tuple[str, Place, str, str]]
    """Each row of duplicates: its run, place and asset_id, and the asset_id of the best one."""

    told: frozenset[tuple[str, str]]
    """Each run with each key that its events speak of."""

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
    copies = _columns(catalog, "duplicates", "run_id", "source_uri", "key", "page", "asset_id", "primary_asset_id")
    standing, withdrawn = _files(catalog)
    return Evidence(
        catalog=catalog,
        runs=tuple(cast("list[RunRow]", catalog.rows("runs"))),
        assets=tuple(assets),
        current=latest_assets(assets),
        derivatives=standing,
        withdrawn=withdrawn,
        mentions=frozenset((name, asset) for name in MENTIONING for (asset,) in _distinct(catalog, name, "asset_id")),
        copies=frozenset((run, (uri, key, page), asset, best) for run, uri, key, page, asset, best in copies),
        told=frozenset(_distinct(catalog, "events", "run_id", "key")),
        references=frozenset(reference for (reference,) in _columns(catalog, "references", "reference_id")),
        choices=frozenset((asset, reference) for asset, reference in choices if reference is not None),
        only_run=only_run,
    )


def _columns(catalog: Catalog, table: str, *names: str) -> list[tuple[Any, ...]]:
    return _tuples(catalog.table(table, names))


def _distinct(catalog: Catalog, table: str, *names: str) -> list[tuple[Any, ...]]:
    """Return the different values of columns; nulls in the first of them are left out."""
    found = catalog.table(table, names).group_by(list(names)).aggregate([])
    return [row for row in _tuples(found.select(list(names))) if row[0] is not None]


def _tuples(table: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _files(catalog: Catalog) -> tuple[dict[str, Derivative], dict[str, Derivative]]:
    """Return the files that should stand and those that were withdrawn after they were written.

    Withdrawn is what a deletion on record names: by its digest, or, where the newest row about the path has none any
    more, by its path.
    """
    written = {**_treated(catalog), **_films(catalog)}
    withdrawn = {}
    for path, sha256, run_id in _deletions(catalog):
        file = written.get(path)
        if file is not None and run_id >= file.run_id and file.sha256 in {None, sha256}:
            withdrawn[path] = file
    return {path: file for path, file in written.items() if path not in withdrawn}, withdrawn


def _treated(catalog: Catalog) -> dict[str, Derivative]:
    names = ("output_path", "asset_id", "stage", "step", "output_sha256", "run_id", "output_bytes")
    return {
        path: Derivative(asset, step if stage == "publish" else stage, sha256, run_id, size)
        for path, asset, stage, step, sha256, run_id, size in _columns(catalog, "treatments", *names)
        if path is not None
    }


def _films(catalog: Catalog) -> dict[str, Derivative]:
    rows = _columns(catalog, "films", "output_path", "asset_id", "output_sha256", "run_id")
    return {path: Derivative(asset, "film", sha256, run_id) for path, asset, sha256, run_id in rows}


def _deletions(catalog: Catalog) -> list[tuple[Any, ...]]:
    names = ("object_path", "object_sha256", "run_id", "event_type", "outcome")
    events = catalog.table("events", names)
    chosen = pc.and_(pc.equal(events["event_type"], "del"), pc.equal(events["outcome"], "success"))
    return _tuples(events.filter(chosen).select(["object_path", "object_sha256", "run_id"]))
