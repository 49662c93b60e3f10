"""What the search for copies costs at 10,000, 100,000 and a million photographs: seconds, memory, and what is found.

  python benchmarks/copies.py [--photos 10000 100000 1000000] [--night 1000] [--out FILE.json]

Fingerprints are drawn, not taken from pictures: hashes of independent bits, keys of landmarks whose bits are uneven, so
that two of them meet as often as those of real photographs do (about once in 3 million; see ``UNEVEN``). One photograph
in ten has a planted copy. Half of these are close: a hash in a drawn orientation with up to ``radius`` bits changed and
no landmark in common. The other half are far: independent hashes, and a third of the landmarks again, turned, scaled
and shifted, each bit of a key changed with probability 0.08, as measured on generated copies; these have no radius, so
what is found of them is a share. For each size, in processes of their own: everything against everything, and a night's
new photographs against all of them; the pairs are grouped. For a subset every pairing of views is compared too.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from oldphoto_core.dedupe.agreeing import Landmarked, affordable_flips
from oldphoto_core.dedupe.candidates import Close, Prints, close_prints
from oldphoto_core.dedupe.components import components
from oldphoto_core.dedupe.hamming import all_pairs
from oldphoto_core.dedupe.landmarks import FIELD_BITS, KEY_BITS, MOST_LANDMARKS, PLACE_STEPS
from oldphoto_core.dedupe.orientation import ORIENTATIONS
from oldphoto_core.dedupe.records import DedupeSettings

UNEVEN = 0.709
"""Share of ones in each bit of a key: two keys meet by chance as often as 21.5 even bits would."""

SHARED = MOST_LANDMARKS // 3
"""Landmarks that a far copy repeats."""

CHANGED = 0.08
"""Probability that a bit of such a landmark's key changes."""

SUBSET = 3000
"""Photographs whose views are all compared with all others, as a check."""


def drawn_words(rng: np.random.Generator, photos: int) -> np.ndarray:
    """Return landmarks of unrelated photographs (photos, 96)."""
    words = np.zeros((photos, MOST_LANDMARKS), dtype=np.uint64)
    for _ in range(KEY_BITS):
        words = (words << np.uint64(1)) | (rng.random(words.shape, dtype=np.float32) < UNEVEN)
    return (words << np.uint64(36)) | rng.integers(0, 2**36, words.shape, dtype=np.uint64)


def bits_changed(rng: np.random.Generator, hashes: np.ndarray, most: int) -> np.ndarray:
    """Return pairs of 64-bit halves (N, 2) with 0 to ``most`` of their 128 bits changed."""
    changed = hashes.copy()
    for row, count in enumerate(rng.integers(0, most + 1, len(hashes)).tolist()):
        for bit in rng.choice(128, count, replace=False).tolist():
            changed[row, bit // 64] ^= np.uint64(1 << (bit % 64))
    return changed


def far_landmarks(rng: np.random.Generator, words: np.ndarray) -> np.ndarray:
    """Return landmarks of copies: some of the originals' again, elsewhere, keys a little changed, others unrelated."""
    copies = drawn_words(rng, len(words))
    kept = words[:, :SHARED]
    keys = kept >> np.uint64(36)
    for bit in range(KEY_BITS):
        keys ^= (rng.random(keys.shape, dtype=np.float32) < CHANGED).astype(np.uint64) << np.uint64(bit)
    fields, shift = {}, 36
    for name, bits in FIELD_BITS.items():
        shift -= bits
        fields[name] = ((kept >> np.uint64(shift)) & np.uint64(2**bits - 1)).astype(np.float64)
    turn = rng.uniform(-np.pi, np.pi, (len(words), 1))
    octave = rng.uniform(-0.5, 0.5, (len(words), 1))
    x, y = fields["x"] / PLACE_STEPS - 0.5, fields["y"] / PLACE_STEPS - 0.4
    scale = 2.0**octave
    placed = {
        "x": (0.5 + scale * (np.cos(turn) * x - np.sin(turn) * y)) * PLACE_STEPS,
        "y": (0.4 + scale * (np.sin(turn) * x + np.cos(turn) * y)) * PLACE_STEPS,
        "angle": (fields["angle"] + turn / (2 * np.pi) * 256) % 256,
        "size": fields["size"] + 16 * octave,
    }
    made = keys
    for name, bits in FIELD_BITS.items():
        made = (made << np.uint64(bits)) | np.clip(np.rint(placed[name]), 0, 2**bits - 1).astype(np.uint64)
    copies[:, :SHARED] = made
    return copies


def collection(photos: int, radius: int, seed: int = 0) -> tuple[Prints, np.ndarray, np.ndarray]:
    """Return fingerprints and the numbers of the planted pairs, close ones and far ones (P, 2)."""
    rng = np.random.default_rng(seed)
    planted = photos // 20
    hashes = np.repeat(rng.integers(0, 2**64, (photos, 1, 16), dtype=np.uint64), 2, axis=1).reshape(photos, 32)
    words = drawn_words(rng, photos)
    numbers = rng.permutation(photos)[: 4 * planted].reshape(2, planted, 2)
    close, far = numbers
    # Turned one way, the original's view is the upright view of its copy.
    turns = rng.integers(0, len(ORIENTATIONS), planted)
    views = np.stack([hashes[close[:, 0], turns], hashes[close[:, 0], turns + 8]], axis=1)
    views = bits_changed(rng, views, radius)
    for column in (0, 16):
        hashes[close[:, 1], column], hashes[close[:, 1], column + 8] = views[:, 0], views[:, 1]
    words[far[:, 1]] = far_landmarks(rng, words[far[:, 0]])
    ends = np.arange(1, photos + 1, dtype=np.int64) * MOST_LANDMARKS
    return Prints(hashes, Landmarked(words.reshape(-1), ends), np.ones(photos, dtype=bool)), close, far


def share_found(found: Close, pairs: np.ndarray, photos: int) -> float:
    """Return which share of planted pairs is among those that were found."""
    there = np.minimum(found.a, found.b) * photos + np.maximum(found.a, found.b)
    return float(np.isin(pairs.min(axis=1) * photos + pairs.max(axis=1), there).mean()) if len(pairs) else 1.0


def brute_force(prints: Prints, subset: np.ndarray, radius: int) -> set[tuple[int, int]]:
    """Return the close pairs of a subset with everything, all views compared."""
    upright = np.ascontiguousarray(prints.hashes[:, [0, 8]].T)
    pairs = set()
    for turn in range(8):
        turned = np.ascontiguousarray(prints.hashes[subset][:, [turn, turn + 8]].T)
        for row, column, _ in all_pairs(turned, upright, radius):
            pairs |= {
                (min(a, b), max(a, b)) for a, b in zip(subset[row].tolist(), column.tolist(), strict=True) if a != b
            }
    return pairs


def one_run(photos: int, way: str, night: int) -> dict[str, Any]:
    """Return the figures of one size, searched one way, in this process."""
    radius = DedupeSettings().radius
    prints, close, far = collection(photos, radius)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if way == "night":
        fresh = np.zeros(photos, dtype=bool)
        fresh[np.concatenate([close[: night // 4, 1], far[: night // 4, 1]])] = True
        fresh[np.flatnonzero(~fresh)[: night - int(fresh.sum())]] = True
        prints = Prints(prints.hashes, prints.landmarks, fresh)
        close, far = (pairs[fresh[pairs].any(axis=1)] for pairs in (close, far))
    began, cpu = time.perf_counter(), time.process_time()
    found = close_prints(prints, radius)
    figures: dict[str, Any] = {
        "photos": photos,
        "way": way,
        "new": int(prints.fresh.sum()),
        "flips": affordable_flips(int(prints.fresh.sum()), photos),
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - cpu,
        "pairs": len(found.a),
        "planted": len(close) + len(far),
        "close_found": share_found(found, close, photos),
        "far_found": share_found(found, far, photos),
        "input_mib": (prints.hashes.nbytes + prints.landmarks.words.nbytes) / 2**20,
        "before_mib": before,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    began = time.perf_counter()
    group = components(photos, found.a, found.b)
    figures |= {"grouping_seconds": time.perf_counter() - began, "groups": int((np.bincount(group) > 1).sum())}
    if way == "all":
        subset = np.sort(np.random.default_rng(1).choice(photos, min(SUBSET, photos), replace=False))
        slow = brute_force(prints, subset, radius)
        quick = set(zip(found.a.tolist(), found.b.tolist(), strict=True))
        figures |= {"checked_pairs": len(slow), "missed_of_checked": len(slow - quick)}
    return figures


def show(figures: dict[str, Any]) -> None:
    """Print one line of the table."""
    missed = f"{figures['missed_of_checked']} of {figures['checked_pairs']}" if "checked_pairs" in figures else "-"
    print(
        f"{figures['photos']:>9} {figures['way']:<6} {figures['new']:>8} {figures['flips']:>5} "
        f"{figures['seconds']:>9.1f} {figures['cpu_seconds']:>9.1f} "
        f"{figures['input_mib']:>9.0f} {figures['peak_mib']:>9.0f} {figures['pairs']:>8} "
        f"{figures['close_found']:>7.4f} {figures['far_found']:>7.4f} {missed:>12} {figures['grouping_seconds']:>8.2f}",
        flush=True,
    )


def main() -> None:
    """Measure each size in a process of its own, print, and write the figures if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--night", type=int, default=1000, help="new photographs of a night")
    parser.add_argument("--ways", nargs="+", default=["all", "night"], choices=["all", "night"])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one_run(options.photos[0], options.one, options.night)))
        return
    heads = ("photos", "way", "new", "flips", "seconds", "CPU s", "input MiB", "peak MiB", "pairs")
    print("{:>9} {:<6} {:>8} {:>5} {:>9} {:>9} {:>9} {:>9} {:>8}".format(*heads), end=" ")
    print("{:>7} {:>7} {:>12} {:>8}".format("close", "far", "missed", "group s"))
    results = []
    for photos in options.photos:
        for way in options.ways:
            command = [sys.executable, __file__, "--photos", str(photos), "--night", str(options.night), "--one", way]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            results.append(json.loads(done.stdout.strip().splitlines()[-1]))
            show(results[-1])
    if options.out is not None:
        options.out.write_text(json.dumps(results, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
