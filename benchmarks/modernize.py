"""What the published network for modernizing costs: the computation as published beside ours, same weights.

  python benchmarks/modernize.py [--side 512] [--references 1 2 3] [--ways literal ours] [--out FILE.json]

Every run is a process of its own, with one thread unless OMP_NUM_THREADS says otherwise. ``literal`` is the forward as
published, put together from the same modules: style codes and fusion at all four scales, statistics of every 3 x 3
neighbourhood, the photograph decoded anew for every reference, attention as one matrix of all pairs of places. ``ours``
leaves out what reaches no output (scales 3 and 4, statistics that attention does not read), decodes the photograph once
and attends a few rows at a time. Weights are drawn by chance from one seed; loading them is not counted as time. Peak
memory is that of the whole process. Results are added to the file, and the table shows all that is in it; the last
column is the largest difference between the two results, of pictures in [-1, 1].
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from oldphoto_core.networks.mropm.autoencoder import Encoded
from oldphoto_core.networks.mropm.merge import Merging
from oldphoto_core.networks.mropm.style import EPS, moments
from oldphoto_core.networks.mropm.stylise import Stylised, Stylization
from oldphoto_core.networks.registry import build

WAYS = ("literal", "ours")
LEVELS = (1, 2, 3, 4)
PROBES = 4096

Codes = tuple[Tensor, Tensor, Tensor, Tensor]
"""Local mean and deviation at every pixel, global mean and deviation."""


def made_picture(side: int, number: int) -> Tensor:
    """Return a picture in [0, 1], shape (1, 3, side, side); another one for each number."""
    down, across = torch.arange(side)[:, None] / (29.0 + number), torch.arange(side)[None] / (41.0 - 3 * number)
    channels = [0.5 + 0.5 * torch.sin(down + channel) * torch.cos(across * (1 + channel / 5)) for channel in range(3)]
    return torch.stack(channels)[None]


def ours(network: Stylization, content: Tensor, references: Sequence[Tensor]) -> list[Stylised]:
    """Return the photograph in the style of each reference, as we compute it."""
    read = network.read(content)
    return [network.styled(read, one) for one in references]


def literal(network: Stylization, content: Tensor, references: Sequence[Tensor]) -> list[Stylised]:
    """Return the photograph in the style of each reference, as the published code computes it."""
    return [_literally_styled(network, content, one) for one in references]


def _literally_styled(network: Stylization, content: Tensor, reference: Tensor) -> Stylised:
    """Return the photograph in the style of one reference; nothing is kept for the next."""
    photo, model = network.encoder(content), network.encoder(reference)
    codes = _all_codes(network, model)
    brought, similarity = _attended(network, photo, model, codes)
    fused = [_fused(network, level, codes[level - 1], brought[level - 1]) for level in LEVELS]
    decoder = network.decoder
    x = decoder.to_half(decoder.to_quarter(photo.features[3], photo), photo)
    x = decoder.to_full(_modulated(x, *fused[1]), photo)
    x = _modulated(x, *fused[0])
    return Stylised(decoder.to_rgb(x), x, similarity)


def _all_codes(network: Stylization, model: Encoded) -> list[Codes]:
    """Return the style codes of a reference at all scales and all pixels."""
    decoder = network.decoder
    quarter = decoder.to_quarter(model.features[3], model)
    half = decoder.to_half(quarter, model)
    maps = (decoder.to_full(half, model), half, quarter, model.features[3])
    return [_codes(network, level, features) for level, features in zip(LEVELS, maps, strict=True)]


def _codes(network: Stylization, level: int, features: Tensor) -> Codes:
    extractor = network.style_extractor
    places = F.pad(extractor.get_submodule(f"pre_feat_l{level}")(features), (1, 1, 1, 1), mode="reflect")
    near = F.unfold(places, 3).reshape(1, places.shape[1], 9, *features.shape[2:])
    mean = extractor.get_submodule(f"mean_weight_l{level}")(near.mean(dim=2))
    std = extractor.get_submodule(f"std_weight_l{level}")((near.var(dim=2) + EPS).sqrt())
    return mean, std, *moments(features)


def _attended(
    network: Stylization, photo: Encoded, model: Encoded, codes: Sequence[Codes]
) -> tuple[list[tuple[Tensor, Tensor]], Tensor]:
    """Return the local codes as the photograph's pixels see them, and the similarity, from one matrix of all pairs."""
    correlation = network.correlation
    query = correlation.theta(correlation.embed(photo.features)).flatten(2)[0]
    key = correlation.phi(correlation.embed(model.features)).flatten(2)[0]
    logits = query.T @ key
    weights = logits.softmax(dim=1)
    grid = photo.features[3].shape[2:]
    similarity = torch.stack([logits.amax(dim=1), logits.mean(dim=1)]).reshape(1, 2, *grid)
    brought = []
    for level, (mean, std, _, _) in zip(LEVELS, codes, strict=True):
        aligned = []
        for code in (mean, std):
            seen = weights @ F.interpolate(code, grid, mode="nearest").flatten(2)[0].T
            aligned.append(network.alignment(seen.T.reshape(1, -1, *grid), code.shape[2:], level))
        brought.append((aligned[0], aligned[1]))
    return brought, similarity


def _fused(network: Stylization, level: int, codes: Codes, local: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Return mean and deviation to put in."""
    mean = network.fusion(codes[2], local[0], "mean", level)
    return mean, network.fusion(codes[3], local[1], "std", level)


def _modulated(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    own_mean, own_std = moments(x)
    return (x - own_mean) / (own_std + EPS) * std + mean


def run_one(way: str, side: int, references: int) -> dict[str, Any]:
    """Return CPU seconds, wall seconds and memory of one run, in this process, and a sample of its result."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(0)
    network, merging = build("mropm-stylization"), build("mropm-merging")
    if not isinstance(network, Stylization) or not isinstance(merging, Merging):
        raise TypeError(f"expected the published networks, found {type(network)} and {type(merging)}")
    content, *models = (made_picture(side, number) for number in range(references + 1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, began_wall = time.process_time(), time.monotonic()
    with torch.inference_mode():
        styled = (literal if way == "literal" else ours)(network, content, models)
        image = merging(styled).image
    seconds, wall = time.process_time() - began, time.monotonic() - began_wall
    sample = image.flatten()[:: max(1, image.numel() // PROBES)]
    return {
        "cpu_seconds": seconds,
        "wall_seconds": wall,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "before_mib": before / 1024,
        "sample": sample.tolist(),
    }


def measured(way: str, side: int, references: int) -> dict[str, Any]:
    """Return a row: what one run in a process of its own took, or why there was none."""
    row: dict[str, Any] = {"way": way, "side": side, "references": references}
    command = [sys.executable, __file__, "--one", way, str(side), str(references)]
    environment = {"OMP_NUM_THREADS": "1", **os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        return row | {"failure": f"ended with {done.returncode}: {done.stderr.strip()[-200:]}"}
    return row | json.loads(done.stdout)


def table(rows: list[dict[str, Any]]) -> str:
    """Return the results as a Markdown table, the two ways side by side; the latest of equal runs counts."""
    latest = {(row["side"], row["references"], row["way"]): row for row in rows if "cpu_seconds" in row}
    lines = [
        "| side, px | references | literal, CPU s | ours | ratio | literal, peak MiB | ours | ratio | difference |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for side, references in sorted({key[:2] for key in latest}):
        pair = [latest.get((side, references, way), {}) for way in WAYS]
        cells = []
        for name in ("cpu_seconds", "peak_mib"):
            one, other = (row.get(name) for row in pair)
            cells += [_number(one), _number(other), "-" if not one or not other else f"{one / other:.2f}"]
        samples = [row.get("sample") for row in pair]
        apart = "-" if None in samples else f"{max(abs(a - b) for a, b in zip(*samples, strict=True)):.1e}"
        lines.append(f"| {side} | {references} | {' | '.join(cells)} | {apart} |")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "not run" if value is None else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def main() -> None:
    """Run what was asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, nargs="+", default=[512], help="multiples of 128")
    parser.add_argument("--references", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--out", type=Path, default=Path("modernize.json"))
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        way, side, references = options.one
        print(json.dumps(run_one(way, int(side), int(references))))
        return
    for side in options.side:
        for references in options.references:
            for way in options.ways:
                row = measured(way, side, references)
                print(json.dumps({key: value for key, value in row.items() if key != "sample"}), file=sys.stderr)
                rows = json.loads(options.out.read_text(encoding="utf-8")) if options.out.exists() else []
                options.out.write_text(json.dumps([*rows, row]) + "\n", encoding="utf-8")
    print(table(json.loads(options.out.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
