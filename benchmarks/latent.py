"""What the networks of latent translation cost: the published computation beside ours, same weights, same pictures.

  python benchmarks/latent.py [--megapixels 0.3 2] [--mappings quality scratch patch] [--ways literal ours]
                              [--out FILE.json]

Every run is a process of its own, with one thread unless OMP_NUM_THREADS says otherwise. ``literal`` is the network as
published: the whole picture at once, float32. ``ours`` is the same network row by row with every choice as shipped, at
full size. Weights are drawn by chance from one seed; loading them is not counted as time. A literal run that would take
more memory than the machine has free is not begun; its demand is reported. Results are added to the file, and the table
shows all that is in it, so that long runs can be made one by one.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from oldphoto_core.inference.latent import Machine
from oldphoto_core.inference.latent_settings import LatentSettings
from oldphoto_core.networks.bopbtl.attention import PartialNonLocal
from oldphoto_core.networks.bopbtl.translate import Translator, prepared, translated
from oldphoto_core.networks.registry import build
from oldphoto_core.networks.streaming.rows import Held

MAPPINGS = ("quality", "scratch", "patch")
WAYS = ("literal", "ours")
STEP = 32
SCRATCH_EVERY_PX, SCRATCH_WIDE_PX = 200, 6
BYTES_A_PIXEL = 1024
"""What the literal network holds at its widest: four maps of 64 channels at the picture's size."""


def size_of(megapixels: float) -> tuple[int, int]:
    """Return height and width of a 3:4 picture with sides that are multiples of 32."""
    height = math.sqrt(megapixels * 1e6 * 3 / 4)
    return round(height / STEP) * STEP, round(height * 4 / 3 / STEP) * STEP


def demand_bytes(mapping: str, pixels: int) -> int:
    """Return about how much memory the literal computation takes; attention alone holds every pair of places, twice."""
    pairs = (pixels // 16) ** 2
    return BYTES_A_PIXEL * pixels + (2 * 4 * pairs if mapping == "scratch" else 0)


def free_bytes() -> int:
    """Return how much memory the machine can still give."""
    for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("MemAvailable"):
            return int(line.split()[1]) * 1024
    return sys.maxsize


def run_one(way: str, mapping: str, height: int, width: int) -> dict[str, float]:
    """Return CPU seconds and memory of one run, in this process."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(0)
    names = ("bopbtl-vae", f"bopbtl-mapping-{mapping}", "bopbtl-vae")
    translator = Translator(*(build(name) for name in names))  # type: ignore[arg-type]
    picture, mask = made_picture(height, width)
    run = literally if way == "literal" else row_by_row
    if way == "ours":
        for network in (translator.old, translator.mapping, translator.clean):
            prepared(network, Machine().workspace(torch.float32))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    with torch.inference_mode():
        result = run(translator, picture, mask if mapping != "quality" else None)
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "cpu_seconds": seconds,
        "peak_mib": peak / 1024,
        "before_mib": before / 1024,
        "mean": float(result.mean()),
        "probe": float(result[0, 0, height // 2, width // 2]),
    }


def made_picture(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Return a picture in [-1, 1] and a mask of upright scratches, as tensors of shape (1, C, H, W)."""
    down, across = torch.arange(height)[:, None] / 37.0, torch.arange(width)[None] / 53.0
    picture = torch.empty(1, 3, height, width)
    for channel in range(3):
        picture[0, channel] = torch.sin(down + channel) * torch.cos(across * (1 + channel / 5))
    mask = torch.zeros(1, 1, height, width)
    mask[:, :, height // 8 : -height // 8].unfold(3, SCRATCH_WIDE_PX, SCRATCH_EVERY_PX).fill_(1.0)
    return torch.where(mask > 0, 1.0, picture), mask


def literally(translator: Translator, picture: Tensor, mask: Tensor | None) -> Tensor:
    """Return what the published computation gives; its attention weighs every pair of places."""
    PartialNonLocal._attend = published_attention  # type: ignore[method-assign]  # noqa: SLF001 - ours is frugal
    return translator(picture, mask)


def published_attention(layer: PartialNonLocal, x: Tensor, valid: Tensor) -> Tensor:
    """Return what every place hears: a soft-max over all places, cut to the valid ones and made to sum to 1 again."""
    query, key, value = (part(x[None]).flatten(2)[0].T for part in (layer.query, layer.key, layer.value))
    weights = torch.softmax(query @ key.T, dim=1) * valid.flatten().to(x.dtype)
    weights = torch.nn.functional.normalize(weights, p=1.0, dim=1)
    return (weights @ value).T.reshape(x.shape)


def row_by_row(translator: Translator, picture: Tensor, mask: Tensor | None) -> Tensor:
    """Return what our computation gives."""
    space = Machine().workspace(torch.float32)
    places = LatentSettings().attention_places
    holes = None if mask is None else Held(mask)
    clean = translated(translator, Held(picture), holes, space, most_places=places)
    result = torch.empty_like(picture)
    for start, stop in space.strips(clean):
        result[:, :, start:stop] = clean.rows(start, stop)
    return result


def measured(way: str, mapping: str, megapixels: float) -> dict[str, Any]:
    """Return a row: what one run took, or why there was none."""
    height, width = size_of(megapixels)
    row: dict[str, Any] = {"way": way, "mapping": mapping, "megapixels": megapixels, "height": height, "width": width}
    demand = demand_bytes(mapping, height * width)
    if way == "literal" and demand > free_bytes():
        return row | {"failure": f"would take about {demand / 2**30:.0f} GiB"}
    command = [sys.executable, __file__, "--one", way, mapping, str(height), str(width)]
    environment = {"OMP_NUM_THREADS": "1", **os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        return row | {"failure": f"ended with {done.returncode}: {done.stderr.strip()[-200:]}"}
    return row | json.loads(done.stdout)


def table(rows: list[dict[str, Any]]) -> str:
    """Return the results as a Markdown table, the two ways side by side; the latest of equal runs counts."""
    latest = {(row["mapping"], row["megapixels"], row["way"]): row for row in rows}
    lines = [
        "| mapping | MP | literal, MP per CPU-s | ours | ratio | literal, peak MiB | ours | ratio |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for mapping, megapixels in sorted({key[:2] for key in latest}, key=lambda key: (MAPPINGS.index(key[0]), key[1])):
        pair = [latest.get((mapping, megapixels, way), {}) for way in WAYS]
        speeds = [speed_of(row) for row in pair]
        peaks = [row.get("peak_mib") for row in pair]
        cells = [*map(shown, speeds, pair), ratio(speeds[1], speeds[0]), *map(shown, peaks, pair), ratio(*peaks)]
        lines.append(f"| {mapping} | {megapixels:g} | {' | '.join(cells)} |")
    return "\n".join(lines)


def speed_of(row: dict[str, Any]) -> float | None:
    """Return megapixels per CPU second."""
    return row["height"] * row["width"] / 1e6 / row["cpu_seconds"] if "cpu_seconds" in row else None


def shown(value: float | None, row: dict[str, Any]) -> str:
    """Return a cell."""
    if value is None:
        return str(row.get("failure", "not run"))
    return f"{value:.4f}" if value < 1 else f"{value:.0f}"


def ratio(one: float | None, other: float | None) -> str:
    """Return how many times the one is the other."""
    return "-" if one is None or other is None else f"{one / other:.2f}"


def main() -> None:
    """Run what was asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[0.3, 2.0])
    parser.add_argument("--mappings", nargs="+", choices=MAPPINGS, default=list(MAPPINGS))
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--out", type=Path, default=Path("latent.json"))
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        way, mapping, height, width = options.one
        print(json.dumps(run_one(way, mapping, int(height), int(width))))
        return
    for megapixels in options.megapixels:
        for mapping in options.mappings:
            for way in options.ways:
                row = measured(way, mapping, megapixels)
                print(json.dumps(row), file=sys.stderr, flush=True)
                rows = json.loads(options.out.read_text(encoding="utf-8")) if options.out.exists() else []
                options.out.write_text(json.dumps([*rows, row], indent=1) + "\n", encoding="utf-8")
    print(table(json.loads(options.out.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
