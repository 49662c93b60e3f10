"""Landmarks: strong local features of a photograph as 64-bit words that another copy of the print repeats, bit for bit.

A hash of the whole picture changes with every crop, border and turn. A landmark does not: its key is what a local
feature (SIFT in the RootSIFT form, see ``features``) looks like, in 28 bits; the rest of the word says where it lies,
how large it is and where it points. Each bit of a key is the sign of one projection of the descriptor, a product of a
pattern over its four rows, one over its four columns and one over its eight directions. The 28 were chosen on
generated copies of training pictures: balanced, and seldom changed by another scan. All patterns are even or odd, so a
mirror flips a fixed set of bits.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64, UInt64

from oldphoto_core.image import Grey

MOST_LANDMARKS = 96
"""The strongest ones kept of one photograph."""

KEY_BITS = 28
"""Bits of a key."""

FIELD_BITS = {"x": 10, "y": 10, "angle": 8, "size": 8}
"""Fields below the key, highest first: place in 1024ths of the long side, angle in 256ths of a turn, size in 16ths of
an octave of pixels."""

PLACE_STEPS = 1024
ANGLE_STEPS = 256
OCTAVE_STEPS = 16

WEAKEST_CONTRAST = 0.02
"""SIFT's contrast threshold, as for the features that verify."""

SEARCHED = 400
"""Features that are looked at; the strongest different ones of them are kept."""

_LINES = ((1.0, 1.0, 1.0, 1.0), (1.0, 0.4, -0.4, -1.0), (1.0, -1.0, -1.0, 1.0))
"""Patterns over rows or columns of the descriptor: even, odd, even."""

_CHOSEN = (
    *((0, 0, 2), (0, 1, 1), (1, 0, 2), (0, 1, 0), (0, 1, 2), (0, 1, 3), (2, 0, 2), (1, 2, 2), (0, 0, 4), (1, 0, 3)),
    *((1, 0, 4), (1, 0, 1), (1, 1, 1), (0, 2, 2), (2, 1, 2), (0, 1, 4), (1, 0, 0), (1, 2, 1), (2, 2, 2), (2, 1, 1)),
    *((1, 1, 4), (1, 1, 3), (1, 2, 3), (0, 2, 4), (1, 2, 4), (0, 1, 5), (1, 1, 0), (2, 0, 4)),
)
"""Pattern of rows, of columns, of directions for each bit, the lowest bit first."""

Words = UInt64[np.ndarray, " *N"]
"""Landmarks; those of one photograph are sorted."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where landmarks lie on their photograph."""

    x: Float64[np.ndarray, " *N"]
    """Shares of the long side, from the left."""

    y: Float64[np.ndarray, " *N"]
    """The same, from the top."""

    angle: Float64[np.ndarray, " *N"]
    """Radians, clockwise as the eye sees it."""

    octave: Float64[np.ndarray, " *N"]
    """Logarithm to the base 2 of the diameter."""


def landmarks(grey: Grey) -> list[int]:
    """Return the landmarks of a photograph, sorted; none for a plain one.

    Args:
        grey: Luma in [0, 1]; the long side of 256 pixels averages grain and halftone dots away.
    """
    low, high = np.percentile(grey, (0.5, 99.5))
    stretched = np.clip((grey - low) / max(float(high - low), 0.05), 0.0, 1.0)
    sift = cv2.SIFT.create(nfeatures=SEARCHED, contrastThreshold=WEAKEST_CONTRAST, enable_precise_upscale=True)
    found, described = sift.detectAndCompute(np.rint(stretched * 255).astype(np.uint8), None)
    if described is None:
        return []
    # Large features outlive coarse screens and small scans, so size counts as much as contrast.
    strongest = np.argsort([-one.response * one.size for one in found], kind="stable")
    table = np.array([(*one.pt, one.angle, one.size) for one in found], dtype=np.float64)[strongest]
    keys = keys_of(np.sqrt(described[strongest] / np.maximum(described[strongest].sum(axis=1, keepdims=True), 1e-6)))
    # One place may have several directions, and one key may occur twice: the strongest of each tells enough.
    _, first = np.unique(keys, return_index=True)
    kept = np.sort(first)[:MOST_LANDMARKS]
    return sorted(_packed(keys[kept], table[kept], max(grey.shape)).tolist())


def keys_of(descriptors: Float32[np.ndarray, "N 128"]) -> Int64[np.ndarray, " N"]:
    """Return the 28-bit key of each RootSIFT descriptor."""
    return (descriptors @ _PROJECTIONS > 0) @ (1 << np.arange(KEY_BITS, dtype=np.int64))


def key(words: Words) -> Words:
    """Return the keys of landmarks."""
    return words >> np.uint64(sum(FIELD_BITS.values()))


def mirrored_key(keys: Words) -> Words:
    """Return the keys that the same landmarks have in a mirror."""
    return keys ^ np.uint64(MIRROR)


def places(words: Words) -> Places:
    """Return where landmarks lie."""
    fields = {}
    shift = sum(FIELD_BITS.values())
    for name, bits in FIELD_BITS.items():
        shift -= bits
        fields[name] = ((words >> np.uint64(shift)) & np.uint64(2**bits - 1)).astype(np.float64)
    return Places(
        x=fields["x"] / PLACE_STEPS,
        y=fields["y"] / PLACE_STEPS,
        angle=fields["angle"] * (2 * np.pi / ANGLE_STEPS),
        octave=fields["size"] / OCTAVE_STEPS,
    )


def mirrored_places(there: Places) -> Places:
    """Return where the same landmarks lie in a mirror; counted from its right edge, so that no width is needed."""
    return Places(x=-there.x, y=there.y, angle=np.pi - there.angle, octave=there.octave)


def _packed(keys: np.ndarray, table: np.ndarray, long_side: int) -> UInt64[np.ndarray, " N"]:
    x, y, angle, size = table.T
    numbers = {
        "x": x / long_side * PLACE_STEPS,
        "y": y / long_side * PLACE_STEPS,
        "angle": (np.rint(angle / 360.0 * ANGLE_STEPS)) % ANGLE_STEPS,
        "size": np.rint(np.log2(np.maximum(size, 1.0)) * OCTAVE_STEPS),
    }
    words = keys.astype(np.uint64)
    for name, bits in FIELD_BITS.items():
        words = (words << np.uint64(bits)) | np.clip(numbers[name], 0, 2**bits - 1).astype(np.uint64)
    return words


def _patterns() -> tuple[Float32[np.ndarray, "128 28"], Bool[np.ndarray, " 28"]]:
    """Return the projections and which of them change their sign in a mirror."""
    turn = 2 * np.pi * np.arange(8) / 8
    waves = [np.ones(8), *(wave(m * turn) for m in (1, 2, 3) for wave in (np.cos, np.sin))]
    columns = [
        np.einsum("y,x,k->yxk", np.array(_LINES[row]), np.array(_LINES[column]), waves[wave]).ravel()
        for row, column, wave in _CHOSEN
    ]
    # In a mirror the rows of the grid run backwards and each direction k becomes -k: sines are odd, cosines even.
    odd = [(row == 1) != (wave in {2, 4, 6}) for row, _, wave in _CHOSEN]
    return np.stack(columns, axis=1).astype(np.float32), np.array(odd)


_PROJECTIONS, _ODD = _patterns()
MIRROR = int(_ODD @ (1 << np.arange(KEY_BITS, dtype=np.int64)))
"""The bits of a key that a mirror flips."""
