"""What a night costs: seconds by stage, photographs a minute, memory, and the orchestrator's share.

  python benchmarks/night.py [--photos 50 200] [--out FILE.json]

For each N the same N made-up scans are processed twice, each time in a fresh process: once by the plain functions, once
under Prefect with its ephemeral server. The orchestrator's share is measured inside the second night: the time of each
task run less the time of the function in it, over the whole. The server's start, which a night pays once, and not at
all with a server that is already running, stands apart.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tasks.sample import write_sample

CODE = """
import json, resource, sys, time
from flows.process_defaults import set_process_defaults
set_process_defaults()
from pathlib import Path
source, references, output, config, way = sys.argv[1:]
began = time.perf_counter()
import flows.nightly
from flows.nightly import nightly, nightly_without_prefect, summary_of, under_prefect
from tasks.opening import NightRequest
from tasks.settings import load_settings
loaded = time.perf_counter()
if way == "prefect":
    from prefect import flow
    flow(name="empty")(lambda: None)()
inside, outside, runs = [0.0], [0.0], [0]

def timed(function):
    def call(*arguments):
        began = time.perf_counter()
        try:
            return function(*arguments)
        finally:
            inside[0] += time.perf_counter() - began
    return call

def measured(task, *arguments):
    if not hasattr(task, "is_timed"):
        task.fn, task.is_timed = timed(task.fn), True
    began = time.perf_counter()
    try:
        return under_prefect(task, *arguments)
    finally:
        outside[0] += time.perf_counter() - began
        runs[0] += 1

flows.nightly.under_prefect = measured
started = time.perf_counter()
if way == "prefect":
    result = nightly(source, output, references, Path(config))
else:
    settings = load_settings(Path(config))
    request = NightRequest(source=source, output=output, references=references, settings=settings)
    result = nightly_without_prefect(request)
ended = time.perf_counter()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
figures = {"import_s": loaded - began, "server_start_s": started - loaded, "night_s": ended - started}
figures |= {"peak_bytes": peak, "task_runs": runs[0], "orchestrator_s": outside[0] - inside[0]}
print(json.dumps(summary_of(result) | figures))
"""


def one_night(scans: Path, references: Path, folder: Path, way: str) -> dict[str, Any]:
    """Run a night in a process of its own and return its summary and figures."""
    config = folder / "settings.toml"
    folder.mkdir(parents=True, exist_ok=True)
    config.write_text(f'work_dir = "{folder / "work"}"\n', "utf-8")
    arguments = [str(scans), str(references), str(folder / "out"), str(config), way]
    environment = os.environ | {"PREFECT_HOME": str(folder / "prefect"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CODE, *arguments], capture_output=True, text=True, check=True, env=environment
    )
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def measure(photos: int, folder: Path) -> dict[str, Any]:
    """Return the figures of one collection size."""
    write_sample(folder / "sample", photos=photos, seed=1)
    scans, references = folder / "sample" / "scans", folder / "sample" / "references"
    began = time.perf_counter()
    plain = one_night(scans, references, folder / "plain", "plain")
    prefect = one_night(scans, references, folder / "prefect", "prefect")
    return {"photos": photos, "plain": plain, "prefect": prefect, "wall_s": time.perf_counter() - began}


def show(figures: dict[str, Any]) -> None:
    """Print the figures of one collection size."""
    plain, prefect = figures["plain"], figures["prefect"]
    listed = plain["counts"]["listed"]
    share = prefect["orchestrator_s"] / prefect["night_s"]
    start = prefect["server_start_s"] / (prefect["night_s"] + prefect["server_start_s"])
    print(f"\nN = {figures['photos']} ({listed} objects: {plain['counts']})")
    for stage, seconds in plain["stage_seconds"].items():
        print(f"  {stage:<12}{seconds:8.1f} s   {1000 * seconds / listed:7.0f} ms an object")
    print(f"  whole night {plain['night_s']:8.1f} s   {60 * listed / plain['night_s']:7.1f} objects a minute")
    cost = f"{prefect['task_runs']} task runs cost {prefect['orchestrator_s']:.2f} s, {share:.2%} of the night"
    print(f"  with Prefect{prefect['night_s']:8.1f} s   {cost}")
    print(f"  its server  {prefect['server_start_s']:8.1f} s to start, {start:.1%} of this night")
    peaks = [figures[way]["peak_bytes"] / 2**20 for way in ("plain", "prefect")]
    print(f"  peak memory {peaks[0]:8.0f} MiB plain, {peaks[1]:.0f} MiB with Prefect")


def main() -> None:
    """Measure, print, and write the figures if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, nargs="+", default=[50, 200])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    results = []
    for photos in options.photos:
        with tempfile.TemporaryDirectory(prefix="oldphoto-bench-") as folder:
            results.append(measure(photos, Path(folder)))
            show(results[-1])
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{os.cpu_count()} cores; this script itself peaked at {own:.0f} MiB")
    if options.out is not None:
        options.out.write_text(json.dumps(results, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
