"""What one scan costs on each engine: CPU-seconds a megapixel by part, peak memory, and the ratio between the engines.

  python benchmarks/engines.py [--megapixels 2 12] [--repeats 3] [--out FILE.json]

A made-up scene is aged (faded, noisy, scratched), written as a 16-bit TIFF, and taken through what a night does with a
scan: decode, diagnosis, treatment with its checks, encoding. Every engine works in a fresh process with one thread, on
the same file, the engines in turn; the first scan, which loads weights, is not counted, and of the repeats the median
is told. All damage is planned for, whatever an engine's own report says, so that both do all their steps.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from oldphoto_core.synthesis.drawn import drawn
from oldphoto_core.synthesis.recipe import Recipe, age
from oldphoto_core.synthesis.scenes import scene
from tasks.sample_files import write_tiff16_wide

ENGINES = ("classical", "own")
PARTS = ("decode", "diagnosis", "treatment", "encode")
CODE = """
import json, resource, sys, time
from pathlib import Path
import torch
torch.set_num_threads(1)
from dataclasses import replace
from oldphoto_core.damage import DAMAGE_KINDS, Finding
from oldphoto_core.inference.photo import restore
from oldphoto_core.inference.plan import RestoreSettings
from oldphoto_core.diagnosis.settings import DiagnosisSettings
from oldphoto_core.scan.carry import carry_change
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.read import read_scan
from oldphoto_core.scan.write import write_scan
from tasks.diagnosers import diagnoser_of
from tasks.engines import engine_of
from tasks.settings import NightSettings
path, name, repeats = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
settings = NightSettings(
    restore=RestoreSettings(engine=name), diagnosis=DiagnosisSettings(engine=name), work_dir=path.parent
)
engine, diagnose = engine_of(settings), diagnoser_of(settings).diagnose
rows = []
for _ in range(repeats + 1):
    marks = [time.process_time()]
    scan = read_scan(path)
    photo = to_photo(scan)
    marks.append(time.process_time())
    found = diagnose(photo)
    marks.append(time.process_time())
    sure = {kind: Finding(1.0, max(0.4, found.report.findings[kind].severity)) for kind in DAMAGE_KINDS}
    done = restore(photo, report=replace(found.report, findings=sure), mask=found.mask, settings=settings.restore,
                   seed=1, engine=engine)
    marks.append(time.process_time())
    write_scan(carry_change(scan, photo, done.photo), path.with_name("out.tif"))
    marks.append(time.process_time())
    rows.append([after - before for before, after in zip(marks, marks[1:])])
steps = {step.name: step.verdict for step in done.steps}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"rows": rows[1:], "peak_bytes": peak, "steps": steps}))
"""


def write_aged_scan(path: Path, megapixels: float) -> float:
    """Write an aged 16-bit scan of about so many megapixels and return how many it has."""
    height = round((megapixels * 1e6 * 0.75) ** 0.5)
    shape = (height, round(height / 0.75))
    rng = np.random.default_rng(5)
    kinds = ("noise", "fading", "scratch")
    recipe = Recipe("benchmark", tuple(drawn(kind, 0.5, rng) for kind in kinds))
    aged = age(scene("still-life", shape, rng), recipe, rng).photo
    write_tiff16_wide(path, aged, dpi=600)
    return shape[0] * shape[1] / 1e6


def measured(path: Path, engine: str, repeats: int) -> dict[str, Any]:
    """Return the figures of one engine on a scan, from a process of its own."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1", "VIPS_CONCURRENCY": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(path), engine, str(repeats)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def compare(megapixels: float, repeats: int, folder: Path) -> dict[str, Any]:
    """Return CPU-seconds a megapixel of every part and engine, on one scan."""
    path = folder / "scan.tif"
    found = write_aged_scan(path, megapixels)
    engines: dict[str, Any] = {}
    for name in ENGINES:
        figures = measured(path, name, repeats)
        each = zip(PARTS, zip(*figures["rows"], strict=True), strict=True)
        parts = {part: statistics.median(seconds) / found for part, seconds in each}
        engines[name] = {
            "cpu_s_per_mp": parts | {"whole": sum(parts.values())},
            "peak_bytes": figures["peak_bytes"],
            "steps": figures["steps"],
        }
    return {"megapixels": round(found, 2), "engines": engines}


def show(result: dict[str, Any]) -> None:
    """Print the figures of one size."""
    print(f"\n{result['megapixels']} megapixels, 16 bit; CPU-seconds a megapixel")
    columns = (*PARTS, "whole")
    print("  " + "engine".ljust(12) + "".join(part.rjust(11) for part in columns) + "  peak memory  steps")
    for name, found in result["engines"].items():
        seconds = "".join(f"{found['cpu_s_per_mp'][part]:11.2f}" for part in columns)
        steps = ", ".join(f"{step} {verdict}" for step, verdict in found["steps"].items())
        print(f"  {name:<12}{seconds}{found['peak_bytes'] / 2**20:9.0f} MiB  {steps}")
    whole = {name: found["cpu_s_per_mp"]["whole"] for name, found in result["engines"].items()}
    print(f"  own / classical: {whole['own'] / whole['classical']:.2f}")


def main() -> None:
    """Measure, print, and write the figures if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[2.0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    results = []
    for megapixels in options.megapixels:
        with tempfile.TemporaryDirectory(prefix="oldphoto-bench-") as folder:
            results.append(compare(megapixels, options.repeats, Path(folder)))
            show(results[-1])
    if options.out is not None:
        options.out.write_text(json.dumps(results, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
