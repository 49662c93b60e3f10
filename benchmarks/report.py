"""What a report costs: seconds, memory and page weight, for a night of many photographs on a catalog of some age.

  python benchmarks/report.py [--photographs 1000 10000] [--nights 0 60] [--out FILE.json]

One small night is done for real. Its rows, with the pictures made for its report, are then repeated under new names
until the last night has N photographs, after so many nights of 500 before it, and the last night's report is written in
a process of its own. The weight of a page is what a browser fetches: HTML, style, script, and the pictures.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from catalogs.read import open_catalog
from catalogs.schema import AssetRow
from catalogs.write import Commit, commit_run
from tasks.layout import report_path
from tasks.sample import write_sample
from tasks.storage import open_store

FIRST = datetime(2026, 1, 1, 1, tzinfo=UTC)
EARLIER_PHOTOGRAPHS = 500
KINDS = ("before", "after", "small/before", "small/after")

CODE = """
import json, resource, sys, time
from tasks.report.site import Site
from tasks.report.writing import report_files, write_report
from catalogs.read import open_catalog
from tasks.storage import open_store
store = open_store(sys.argv[1])
catalog = open_catalog(store)
figures = {}

def timed(name, work):
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    figures[name] = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    return result

site = timed("read", lambda: Site(store, catalog, catalog.head_run_id))
timed("rows", lambda: [len(getattr(site.record, name)) for name in ("damage", "regions", "events", "references")])
figures["files"] = timed("render", lambda: sum(1 for _ in report_files(site)))
figures["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
timed("all_and_store", lambda: write_report(store, catalog, catalog.head_run_id))
print(json.dumps(figures))
"""


def repeated(rows: dict[str, list[Any]], run_id: str, at: datetime, photographs: int) -> Iterator[tuple[str, Any]]:
    """Yield the rows of a night again and again, each time of other photographs, until there are enough."""
    shown = sum(row.has_derivatives for row in rows["assets"])
    for number in range(-(-photographs // shown)):
        for table, table_rows in rows.items():
            if table in {"runs", "references"} and number:
                continue
            for row in table_rows:
                yield table, renamed(row, run_id, at, number)


def renamed(row: Any, run_id: str, at: datetime, number: int) -> Any:  # noqa: ANN401 - a row of any table
    """Return a row as it would be of another photograph."""
    changes: dict[str, Any] = {"run_id": run_id}
    for name in ("asset_id", "sha256", "primary_asset_id", "duplicate_of"):
        if isinstance(getattr(row, name, None), str):
            changes[name] = other_id(getattr(row, name), run_id, number)
    for name in ("key", "primary_key"):
        if hasattr(row, name):
            changes[name] = f"collection-{number:05d}/{getattr(row, name)}"
    for name in ("output_path", "object_path"):
        if getattr(row, name, None):
            old = getattr(row, name).split("/")
            new = other_id(old[2], run_id, number)
            changes[name] = f"derivatives/{new[:2]}/{new}/{old[3]}"
    if hasattr(row, "event_id"):
        changes["event_id"] = f"{run_id} {number} {row.event_id}"
    if hasattr(row, "started_at"):
        changes |= {"started_at": at, "finished_at": at + timedelta(hours=3)}
    return replace(row, **changes)


def other_id(asset_id: str, run_id: str, number: int) -> str:
    """Return the id of the photograph that stands for this one in another repetition."""
    sha256, dash, page = asset_id.partition("-")
    return hashlib.sha256(f"{run_id} {number} {sha256}".encode()).hexdigest() + dash + page


def add_night(root: Path, rows: dict[str, list[Any]], photographs: int) -> None:
    """Commit one more night of so many photographs."""
    store = open_store(str(root))
    catalog = open_catalog(store)
    at = FIRST + timedelta(days=len(catalog.manifests))
    commit = Commit(
        run_id=catalog.next_run_id,
        parent_run_id=catalog.head_run_id,
        parent_sha256=catalog.head_sha256,
        started_at=at,
        committed_at=at + timedelta(hours=3),
        code_version="benchmark",
        config_hash="",
    )
    night: dict[str, list[Any]] = {table: [] for table in rows}
    for table, row in repeated(rows, commit.run_id, at, photographs):
        night[table].append(row)
    ended = [row.status for row in night["assets"]]
    count = {name: ended.count(name) for name in ("published", "untouched", "duplicate", "quarantined")}
    night["runs"] = [replace(night["runs"][0], listed=len(ended), known=0, **count)]
    commit_run(store, commit, night)


def link_pictures(root: Path, real: Path, rows: dict[str, list[Any]], photographs: int) -> None:
    """Give the newest night's photographs the pictures of those that they repeat."""
    run_id = open_catalog(open_store(str(root))).head_run_id or ""
    shown = [row.asset_id for row in rows["assets"] if isinstance(row, AssetRow) and row.has_derivatives]
    for kind in KINDS:
        (root / report_path(run_id, kind)).mkdir(parents=True)
        for number in range(-(-photographs // len(shown))):
            for asset_id in shown:
                picture = real / report_path("run-000001", f"{kind}/{asset_id}.jpg")
                if picture.exists():
                    os.link(picture, root / report_path(run_id, f"{kind}/{other_id(asset_id, run_id, number)}.jpg"))


def weights(folder: Path) -> dict[str, Any]:
    """Return what pages weigh in bytes: first page, list pages (median, largest), pages of photographs, all HTML."""
    html = {path: path.stat().st_size for path in folder.rglob("*.html")}
    lists = [path for path in html if path.parent.name == "photographs"]
    photos = [path for path in html if path.parent.name == "photograph"]
    shared = sum((folder / name).stat().st_size for name in ("report.css", "report.js"))
    busiest = max(lists, key=html.__getitem__)
    return {
        "index_html": html[folder / "index.html"],
        "list_html": [median(html[path] for path in lists), html[busiest]],
        "list_with_pictures": html[busiest] + shared + fetched(busiest),
        "photograph_html": [median(html[path] for path in photos), max(html[path] for path in photos)],
        "photograph_with_pictures": median(
            html[path] + shared + size for path in photos[:100] if (size := fetched(path))
        ),
        "css_and_js": shared,
        "all_html": sum(html.values()),
    }


def fetched(page: Path) -> int:
    """Return the bytes of all pictures of a page that lie in the report, were it scrolled to its end."""
    found = re.findall(r'<img src="([^"]+)"', page.read_text("utf-8"))
    paths = {page.parent / name for name in found}
    return sum(path.stat().st_size for path in paths if path.exists())


def real_night(folder: Path) -> dict[str, list[Any]]:
    """Do a small night by the classical engine and return its rows by table."""
    write_sample(folder / "sample", photos=12)
    places = ("source", "sample/scans"), ("references", "sample/references"), ("output", "real")
    arguments = [text for name, place in places for text in (f"--{name}", str(folder / place))]
    engines = {"OLDPHOTO_DIAGNOSIS__ENGINE": "classical", "OLDPHOTO_RESTORE__ENGINE": "classical"}
    code = "from flows.cli import main; main()"
    command = [sys.executable, "-c", code, "nightly", "--no-prefect", *arguments]
    subprocess.run(command, env=os.environ | engines, check=True, stdout=subprocess.DEVNULL)
    catalog = open_catalog(open_store(str(folder / "real")))
    return {name: list(catalog.rows(name)) for name in sorted({file.table for file in catalog.manifests[0].files})}


def measure(folder: Path, rows: dict[str, list[Any]], photographs: int, nights: int) -> dict[str, Any]:
    """Return the figures of one size and age."""
    root = folder / f"out-{photographs}-{nights}"
    root.mkdir()
    for _ in range(nights):
        add_night(root, rows, EARLIER_PHOTOGRAPHS)
    add_night(root, rows, photographs)
    link_pictures(root, folder / "real", rows, photographs)
    command = [sys.executable, "-c", CODE, str(root)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    report = root / report_path(open_catalog(open_store(str(root))).head_run_id or "", "")
    return {"photographs": photographs, "earlier_nights": nights, **json.loads(told), **weights(report)}


def main() -> None:
    """Measure every size at every age and print one JSON line for each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else None)
    parser.add_argument("--photographs", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--nights", type=int, nargs="+", default=[0, 60])
    parser.add_argument("--out", type=Path, help="Also write the figures here.")
    parser.add_argument("--keep", type=Path, help="Work in this folder and leave it, to look at the pages.")
    asked = parser.parse_args()
    figures = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        rows = real_night(folder)
        for photographs in asked.photographs:
            for nights in asked.nights:
                figures.append(measure(folder, rows, photographs, nights))
                print(json.dumps(figures[-1]), flush=True)
    if asked.out:
        asked.out.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
