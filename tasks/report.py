"""The HTML report of a run, from the catalog alone: one page, no server, opens from a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from prefect import task
from prefect.cache_policies import NO_CACHE

from catalogs.errors import CatalogError
from catalogs.read import Catalog, open_catalog
from catalogs.schema import AssetRow, DamageRow, DuplicateRow, RunRow, TreatmentRow
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.pictures import write_access_jpeg
from oldphoto_core.scan.read import read_scan
from tasks.classify import report_of
from tasks.layout import derivative_path, report_path
from tasks.night import Night
from tasks.retries import is_transient
from tasks.storage import ObjectStore, open_store

BEFORE_SIDE_PX = 512
TO_ROOT = "../../"
"""From a report's folder to the output root."""


@dataclass(frozen=True, slots=True)
class Card:
    """One photograph as the report shows it."""

    asset: AssetRow
    """How it ended."""

    before: str | None
    """Address of the small picture of the master, if there is one."""

    after: str | None
    """Address of the access copy."""

    damage: tuple[tuple[str, float], ...]
    """Kinds of damage found, with severity."""

    mask_share: float
    """Share of the picture under the damage mask."""

    steps: tuple[TreatmentRow, ...]
    """Treatments tried."""

    files: tuple[tuple[str, str], ...]
    """Name and address of every derivative."""

    @property
    def title(self) -> str:
        """The master's name, with the page where there are several."""
        return self.asset.key if self.asset.page is None else f"{self.asset.key}, page {self.asset.page}"


def write_report(store: ObjectStore, catalog: Catalog, run_id: str) -> str:
    """Write the report of a run and return its path below the output root.

    Raises:
        CatalogError: There is no such run.
        StoreError: The output store does not answer.
    """
    runs = [row for row in catalog.rows("runs") if isinstance(row, RunRow) and row.run_id == run_id]
    if not runs:
        raise CatalogError(f"the catalog has no run {run_id}; its newest is {catalog.head_run_id}")
    assets = [row for row in catalog.assets if row.run_id == run_id]
    copies = [row for row in catalog.rows("duplicates") if isinstance(row, DuplicateRow) and row.run_id == run_id]
    page = _template().render(
        run=runs[0],
        cards=_cards(store, catalog, run_id, assets),
        quarantined=[row for row in assets if row.status == "quarantined"],
        copies=copies,
        access=lambda asset_id: TO_ROOT + derivative_path(asset_id, "access"),
    )
    path = report_path(run_id)
    store.put(path, page.encode(), media_type="text/html; charset=utf-8")
    return path


@task(name="report", retries=2, retry_delay_seconds=10, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
def report_night(night: Night) -> str:
    """Write the report of the night, small pictures of the masters first."""
    catalog = open_catalog(night.output)
    for row in catalog.current_assets:
        if row.run_id == night.run_id and row.has_derivatives:
            _store_before(night, row.asset_id or "")
    return write_report(night.output, catalog, night.run_id)


def report_again(uri: str, run_id: str | None) -> str:
    """Write the report of a catalogued run anew and return where it lies; the newest run if none is named.

    Raises:
        CatalogError: There is no such run, or no run at all.
        StoreError: The address does not answer.
    """
    store = open_store(uri)
    catalog = open_catalog(store)
    wanted = run_id or catalog.head_run_id
    if wanted is None:
        raise CatalogError(f"there is no catalog at {uri}")
    return f"{store.uri}/{write_report(store, catalog, wanted)}"


def _store_before(night: Night, asset_id: str) -> None:
    proxy = night.workshop.proxy(asset_id)
    if not proxy.exists():
        return
    with TemporaryDirectory(dir=night.workshop.incoming()) as folder:
        small = Path(folder) / "before.jpg"
        before = to_photo(read_scan(proxy, limits=night.settings.own_limits))
        write_access_jpeg(before, small, max_side_px=BEFORE_SIDE_PX, quality=85)
        night.output.put(report_path(night.run_id, f"before/{asset_id}.jpg"), small, media_type="image/jpeg")


def _cards(store: ObjectStore, catalog: Catalog, run_id: str, assets: Sequence[AssetRow]) -> list[Card]:
    have_before = {item.key for item in store.list(report_path(run_id, "before/"))}
    # What was treated by an earlier run is shown with that run's rows.
    damage = {row.asset_id: row for row in cast("list[DamageRow]", catalog.rows("damage")) if row.run_id <= run_id}
    treatments: dict[str, list[TreatmentRow]] = {}
    for row in cast("list[TreatmentRow]", catalog.rows("treatments")):
        if row.run_id <= run_id:
            tried = treatments.setdefault(row.asset_id, [])
            if tried and tried[-1].run_id != row.run_id:
                tried.clear()
            tried.append(row)
    shown = [row for row in assets if row.has_derivatives]
    shown.sort(key=lambda row: (row.status != "published", row.key, row.page or 0))
    return [
        _card(row, damage.get(row.asset_id or ""), treatments.get(row.asset_id or "", []), run_id, have_before)
        for row in shown
    ]


def _card(
    asset: AssetRow, damage: DamageRow | None, treatments: Sequence[TreatmentRow], run_id: str, have_before: set[str]
) -> Card:
    asset_id = asset.asset_id or ""
    before = f"before/{asset_id}.jpg"
    report = report_of(damage) if damage else None
    return Card(
        asset=asset,
        before=before if report_path(run_id, before) in have_before else None,
        after=TO_ROOT + derivative_path(asset_id, "access"),
        damage=tuple((kind, report.findings[kind].severity) for kind in report.present()) if report else (),
        mask_share=damage.mask_share if damage else 0.0,
        steps=tuple(row for row in treatments if row.stage != "publish" and row.output_path is None),
        files=tuple(
            (row.output_path.rsplit("/", 1)[1], TO_ROOT + row.output_path) for row in treatments if row.output_path
        ),
    )


def _template() -> Template:
    environment = Environment(loader=PackageLoader("tasks"), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("report.html")
