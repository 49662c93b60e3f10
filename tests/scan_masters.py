"""ICC profiles made by hand, and small pictures to put them on."""

import functools
import struct
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from skimage import data, transform

Columns = tuple[tuple[float, float, float], ...]

ADOBE_COLUMNS: Columns = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
PROPHOTO_COLUMNS: Columns = ((0.79767, 0.28804, 0.0), (0.13519, 0.71187, 0.0), (0.03135, 0.00009, 0.82521))
ADOBE_GAMMA = 563 / 256


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _profile(space: bytes, tags: list[tuple[bytes, bytes]], kind: bytes) -> bytes:
    offset = 128 + 4 + 12 * len(tags)
    table, body = b"", b""
    for name, held in tags:
        padded = held + bytes(-len(held) % 4)
        table += name + struct.pack(">II", offset + len(body), len(padded))
        body += padded
    head = struct.pack(">I4s4s4s4s4s", offset + len(body), b"test", b"\x02\x20\0\0", kind, space, b"XYZ ")
    head += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(24)
    head += struct.pack(">I", 1) + _fixed(0.9642) + _fixed(1.0) + _fixed(0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _common(name: str) -> list[tuple[bytes, bytes]]:
    text = name.encode() + b"\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78)
    return [(b"desc", description), (b"cprt", b"text\0\0\0\0none\0"), (b"wtpt", _point((0.9642, 1.0, 0.8249)))]


def _point(xyz: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(_fixed(value) for value in xyz)


def _curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def rgb_profile(name: str, gamma: float, columns: Columns, kind: bytes = b"mntr") -> bytes:
    points = [(mark, _point(column)) for mark, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)]
    curves = [(mark, _curve(gamma)) for mark in (b"rTRC", b"gTRC", b"bTRC")]
    return _profile(b"RGB ", _common(name) + points + curves, kind)


def grey_profile(name: str, gamma: float) -> bytes:
    return _profile(b"GRAY", [*_common(name), (b"kTRC", _curve(gamma))], b"mntr")


def one_way_profile() -> bytes:
    """A scanner profile with a table to Lab and none back: device RGB of gamma 1 towards a wide space, 5 grid steps."""
    axis = np.linspace(0, 1, 9)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    xyz = grid**1.9 @ np.array(PROPHOTO_COLUMNS) * 0.6 + grid**1.9 @ np.array(ADOBE_COLUMNS) * 0.4
    ratio = xyz / np.array([0.9642, 1.0, 0.8249])
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
    codes = np.stack([lab[:, 0] * 652.8, (lab[:, 1] + 128) * 256, (lab[:, 2] + 128) * 256], axis=1)
    table = np.clip(np.rint(codes), 0, 65535).astype(">u2").tobytes()
    straight = struct.pack(">HH", 0, 65535)
    matrix = b"".join(_fixed(value) for value in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    lut = b"mft2\0\0\0\0" + bytes([3, 3, 9, 0]) + matrix + struct.pack(">HH", 2, 2) + 3 * straight + table
    held = _profile(b"RGB ", [*_common("One way"), (b"A2B0", lut + 3 * straight)], b"scnr")
    return held[:20] + b"Lab " + held[24:]


ADOBE = rgb_profile("Adobe-like", ADOBE_GAMMA, ADOBE_COLUMNS)
PROPHOTO = rgb_profile("ProPhoto-like", 1.8, PROPHOTO_COLUMNS)
GREY22 = grey_profile("Grey 2.2", 2.2)
GREY10 = grey_profile("Grey linear", 1.0)
ONE_WAY = one_way_profile()


@functools.cache
def colours8() -> np.ndarray:
    """A photograph of 48 x 60 pixels, uint8 RGB; do not change it."""
    return np.rint(transform.resize(data.astronaut()[:400], (48, 60), anti_aliasing=True) * 255).astype(np.uint8)


@functools.cache
def colours16() -> np.ndarray:
    """The same at 16 bits, its low bits filled."""
    low = np.random.default_rng(3).integers(0, 257, (48, 60, 3))
    return np.minimum(colours8().astype(np.int64) * 257 + low, 65535).astype(np.uint16)


def write_tiff(folder: Path, pixels: np.ndarray, **options: Any) -> Path:
    """Write pixels as a TIFF with tifffile, which shares no code with us."""
    path = folder / "master.tif"
    options.setdefault("photometric", "minisblack" if pixels.ndim == 2 else "rgb")
    tifffile.imwrite(path, pixels, metadata=None, **options)
    return path
