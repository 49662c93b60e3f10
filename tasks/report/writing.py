"""Store a report: the night's small pictures, every page, the summary, and the first page last."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.resources import files
from itertools import islice

from prefect import task
from prefect.cache_policies import NO_CACHE

from catalogs.errors import CatalogError
from catalogs.read import Catalog, open_catalog
from catalogs.reviews import newest_night
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.read import read_scan
from tasks.comparison import keep_sides
from tasks.layout import report_path
from tasks.night import Night
from tasks.report.site import Site
from tasks.report.summary import summary_json
from tasks.retries import is_transient
from tasks.storage import ObjectStore, open_store

STATIC = {
    "report.css": "text/css; charset=utf-8",
    "report.js": "text/javascript; charset=utf-8",
    "report.svg": "image/svg+xml",
}
"""Files that are the same in every report, with their media types."""

PICTURES_OF = {
    "published": ("before", "small/before", "after", "small/after"),
    "untouched": ("before", "small/before"),
    "duplicate": ("small/before",),
}
"""The pictures that a report has of a photograph, by how it ended."""

HTML = "text/html; charset=utf-8"
PUTS_AT_ONCE = 8
BATCH = 128
"""Pages that stand in memory together."""

File = tuple[str, bytes, str]
"""Path below the report's folder, content, media type."""


def write_report(store: ObjectStore, catalog: Catalog, run_id: str) -> str:
    """Write the report of a run and return the path of its first page below the output root.

    Pages that an earlier report of the run had and this one has not are removed.

    Raises:
        CatalogError: There is no such run.
        StoreError: The output store does not answer.
    """
    site = Site(store, catalog, run_id)
    stale = {item.key for item in store.list(report_path(run_id, "")) if item.key.endswith(".html")}
    first = report_path(run_id)
    with ThreadPoolExecutor(PUTS_AT_ONCE, thread_name_prefix="report") as pool:

        def put(file: File) -> str:
            path = report_path(run_id, file[0])
            store.put(path, file[1], media_type=file[2])
            return path

        for batch in _batches(report_files(site)):
            stale.difference_update(pool.map(put, batch))
        for path in stale - {first}:
            store.delete(path)
    store.put(first, site.index_page().encode(), media_type=HTML)
    return first


def report_files(site: Site) -> Iterator[File]:
    """Yield every file of a report but the first page and the pictures."""
    for name, media_type in STATIC.items():
        yield name, static_file(name), media_type
    yield "summary.json", summary_json(site), "application/json"
    for path, page in site.pages():
        if path != "index.html":
            yield path, page.encode(), HTML


def static_file(name: str) -> bytes:
    """Return a file that is the same in every report: a key of ``STATIC``."""
    return files("tasks").joinpath("templates", name).read_bytes()


@task(name="report", retries=2, retry_delay_seconds=10, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
def report_night(night: Night) -> str:
    """Write the report of the night, small pictures first."""
    catalog = open_catalog(night.output)
    assets = catalog.table("assets", ("asset_id", "status"), runs={night.run_id}).to_pylist()
    wanted: dict[str, tuple[str, ...]] = {}
    for row in assets:  # a copy of the very bytes has the id of the best one, whose pictures are more
        kinds = PICTURES_OF.get(row["status"], ())
        wanted[row["asset_id"]] = max(kinds, wanted.get(row["asset_id"], ()), key=len)
    with ThreadPoolExecutor(night.settings.workers, thread_name_prefix="report") as pool:
        list(pool.map(partial(_store_pictures, night), wanted.keys(), wanted.values()))
    return write_report(night.output, catalog, night.run_id)


def report_again(uri: str, run_id: str | None) -> str:
    """Write the report of a catalogued run anew and return where it lies; the newest night if none is named.

    Raises:
        CatalogError: There is no such run, or no run at all.
        StoreError: The address does not answer.
    """
    store = open_store(uri)
    catalog = open_catalog(store)
    wanted = run_id or newest_night(catalog) or catalog.head_run_id
    if wanted is None:
        raise CatalogError(f"there is no catalog at {uri}")
    return f"{store.uri}/{write_report(store, catalog, wanted)}"


def _store_pictures(night: Night, asset_id: str, kinds: Sequence[str]) -> None:
    """Store pictures of a photograph; of a master that was not read for treatment, what its proxy shows."""
    proxy = night.workshop.proxy(asset_id)
    if kinds and proxy.exists() and not night.workshop.compared(asset_id, "before").exists():
        keep_sides(night, asset_id, "before", to_photo(read_scan(proxy, limits=night.settings.own_limits)))
    for kind in kinds:
        kept = night.workshop.compared(asset_id, kind)
        if kept.exists():
            night.output.put(report_path(night.run_id, f"{kind}/{asset_id}.jpg"), kept, media_type="image/jpeg")


def _batches(items: Iterable[File]) -> Iterator[list[File]]:
    waiting = iter(items)
    while batch := list(islice(waiting, BATCH)):
        yield batch
