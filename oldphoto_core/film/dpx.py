"""DPX frames (SMPTE ST 268-1), the scanner's own format: samples read, and written back under the very same header.

The header carries what no other format has a place for: printing density, film edge codes, reel, timecode, the
scanner's notes. So it is never made anew. Only the samples between it and whatever follows them are replaced.
"""

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from oldphoto_core.errors import ScanError
from oldphoto_core.film.planes import Planes

GENERIC_BYTES = 1664
"""The generic header; the film and television headers behind it, up to byte 2048, may be absent."""

_FULL_BYTES = 2048
_COMPONENTS = {6: 1, 50: 3, 51: 4}
"""Samples in a pixel, by descriptor: luma, RGB, RGBA."""

_UNSET = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class DpxFrame:
    """One frame with all bytes that are not samples."""

    planes: Planes
    """Grey, or R, G, B, or R, G, B, A: one array (H, W) each."""

    bits: int
    """Bits in a sample: 8, 10 or 16."""

    logarithmic: bool
    """Whether samples are printing densities; they are worked on as they are."""

    rate: Fraction | None
    """Frames per second as the header says."""

    timecode: str | None
    """Timecode as the header says."""

    content: bytes
    """The whole file, for writing it back."""


@dataclass(frozen=True, slots=True)
class _Shape:
    order: Literal["<", ">"]
    offset: int
    height: int
    width: int
    components: int
    bits: int
    stride: int


def read_dpx(content: bytes) -> DpxFrame:
    """Return the samples and facts of a DPX file.

    Args:
        content: The whole file.

    Raises:
        ScanError: It is no DPX, is cut off, or keeps its samples in a way that is not read here: anything but one
            element of luma, RGB or RGBA with 8 or 16 bits, or RGB of 10 bits filled to words by method A.
    """
    shape = _shape(content)
    is_full = shape.offset >= _FULL_BYTES
    return DpxFrame(
        planes=_unpacked(content, shape),
        bits=shape.bits,
        logarithmic=content[801] in {1, 3},
        rate=_rate(content, shape) if is_full else None,
        timecode=_timecode(struct.unpack_from(shape.order + "I", content, 1920)[0]) if is_full else None,
        content=content,
    )


def write_dpx(frame: DpxFrame, planes: Planes) -> bytes:
    """Return the file with other samples of the same shape; all other bytes are those of the original."""
    shape = _shape(frame.content)
    rows = np.frombuffer(frame.content, np.uint8, shape.stride * shape.height, shape.offset)
    rows = rows.reshape(shape.height, shape.stride).copy()
    packed = _packed(planes, shape)
    rows[:, : packed.shape[1]] = packed
    end = shape.offset + rows.size
    return frame.content[: shape.offset] + rows.tobytes() + frame.content[end:]


def _shape(content: bytes) -> _Shape:
    if content[:4] not in {b"SDPX", b"XPDS"} or len(content) < GENERIC_BYTES:
        raise ScanError("not-an-image", f"expected a DPX header of {GENERIC_BYTES} bytes, found {content[:4]!r}")
    order: Literal["<", ">"] = ">" if content[:4] == b"SDPX" else "<"
    elements, width, height = struct.unpack_from(order + "HII", content, 770)
    descriptor, bits = content[800], content[803]
    packing, encoding, element_offset = struct.unpack_from(order + "HHI", content, 804)
    components = _COMPONENTS.get(descriptor, 0)
    is_known = bits in {8, 16} or (bits == 10 and packing == 1 and components == 3)
    if elements != 1 or not components or not is_known or encoding != 0:
        raise ScanError(
            "unsupported-format",
            f"a DPX of {elements} elements, descriptor {descriptor}, {bits} bits, packing {packing}, encoding "
            f"{encoding}; luma, RGB and RGBA of 8 or 16 bits and RGB of 10 bits in method A are read",
        )
    usual = struct.unpack_from(order + "I", content, 4)[0]
    offset = element_offset if GENERIC_BYTES <= element_offset < _UNSET else max(usual, GENERIC_BYTES)
    row = 4 * width if bits == 10 else width * components * bits // 8
    stride = row if row * height + offset >= len(content) - 3 else -(-row // 4) * 4
    if width < 1 or height < 1 or offset + stride * height > len(content):
        raise ScanError(
            "truncated",
            f"{width} x {height} pixels need {offset + stride * height:,} bytes, found {len(content):,}",
        )
    return _Shape(order, offset, height, width, components, bits, stride)


def _unpacked(content: bytes, shape: _Shape) -> Planes:
    rows = np.frombuffer(content, np.uint8, shape.stride * shape.height, shape.offset)
    rows = rows.reshape(shape.height, shape.stride)
    if shape.bits == 10:
        words = np.ascontiguousarray(rows[:, : 4 * shape.width]).view(f"{shape.order}u4")
        return tuple(((words >> shift) & 1023).astype(np.uint16) for shift in (22, 12, 2))
    used = np.ascontiguousarray(rows[:, : shape.width * shape.components * shape.bits // 8])
    samples = used.view(f"{shape.order}u2").astype(np.uint16) if shape.bits == 16 else used
    cube = samples.reshape(shape.height, shape.width, shape.components)
    return tuple(np.ascontiguousarray(cube[..., index]) for index in range(shape.components))


def _packed(planes: Planes, shape: _Shape) -> np.ndarray:
    """Return the rows of bytes that hold the samples, without padding."""
    if shape.bits == 10:
        red, green, blue = (plane.astype(np.uint32) for plane in planes)
        words = (red << 22) | (green << 12) | (blue << 2)
        return words.astype(f"{shape.order}u4").view(np.uint8).reshape(shape.height, -1)
    cube = np.stack(planes, axis=2)
    if shape.bits == 16:
        cube = cube.astype(f"{shape.order}u2")
    return np.ascontiguousarray(cube).view(np.uint8).reshape(shape.height, -1)


def _rate(content: bytes, shape: _Shape) -> Fraction | None:
    """Return the frame rate of the film header, or of the television header."""
    rates = [struct.unpack_from(f"{shape.order}f", content, at)[0] for at in (1724, 1940)]
    return next((Fraction(value).limit_denominator(1001) for value in rates if 1.0 <= value <= 1000.0), None)


def _timecode(word: int) -> str | None:
    """Return SMPTE timecode from its binary-coded digits, hours first."""
    digits = f"{word:08x}"
    if word in {0, _UNSET} or not digits.isdecimal() or digits[:2] > "23" or max(digits[2:4], digits[4:6]) > "59":
        return None
    return ":".join(digits[index : index + 2] for index in range(0, 8, 2))
