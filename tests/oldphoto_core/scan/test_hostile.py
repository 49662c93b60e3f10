import io
import struct
import tracemalloc
import zlib
from functools import cache
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import pyvips
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from scan_masters import ADOBE, colours8, colours16

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.limits import ScanLimits
from oldphoto_core.scan.probe import probe
from oldphoto_core.scan.read import read_scan
from oldphoto_core.scan.vips import _errors_as, scan_error


@cache
def whole(kind: str) -> bytes:
    stored = io.BytesIO()
    if kind.startswith("tiff"):
        compression = {"tiff": None, "tiff-deflate": "deflate", "tiff-lzw": "lzw", "tiff-big": "deflate"}[kind]
        tifffile.imwrite(
            stored,
            colours16(),
            photometric="rgb",
            compression=compression,
            iccprofile=ADOBE,
            bigtiff=kind == "tiff-big",
        )
    elif kind == "jp2":
        return bytes(imagecodecs.jpeg2k_encode(colours8(), level=0, codecformat="jp2", reversible=True))
    else:
        options = {"jpeg": {"quality": 90}, "jpeg-progressive": {"quality": 90, "progressive": True}}.get(kind, {})
        Image.fromarray(colours8()).save(stored, kind.split("-", maxsplit=1)[0].upper(), icc_profile=ADOBE, **options)
    return stored.getvalue()


KINDS = ["tiff", "tiff-deflate", "tiff-lzw", "tiff-big", "jpeg", "jpeg-progressive", "png", "webp", "jp2"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_file_is_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "whole"
    path.write_bytes(whole(kind))
    assert read_scan(path).pixels.shape == (48, 60, 3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.5, 0.8, 0.95, 0.999])
def test_a_file_cut_short_is_refused(tmp_path: Path, kind: str, share: float) -> None:
    path = tmp_path / "cut"
    path.write_bytes(whole(kind)[: int(len(whole(kind)) * share)])
    with pytest.raises(ScanError) as caught:
        read_scan(path)
    assert caught.value.problem in {"truncated", "decode-error", "not-an-image"}


@pytest.mark.parametrize("kind", ["tiff", "tiff-deflate", "jpeg", "png", "webp"])
def test_a_file_cut_in_the_middle_is_called_truncated(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "cut"
    path.write_bytes(whole(kind)[: len(whole(kind)) // 2])
    with pytest.raises(ScanError) as caught:
        read_scan(path)
    assert caught.value.problem == "truncated"


@pytest.mark.parametrize("kind", ["jpeg", "jpeg-progressive"])
def test_a_jpeg_that_libjpeg_would_fill_with_grey_is_refused(tmp_path: Path, kind: str) -> None:
    held = bytearray(whole(kind))
    middle = len(held) * 2 // 3
    held[middle : middle + 2] = b"\xff\xd9"  # an end marker in the middle of the data
    path = tmp_path / "grey.jpg"
    path.write_bytes(held)
    with pytest.raises(ScanError):
        read_scan(path)


@pytest.mark.parametrize(
    ("held", "problem"),
    [
        (b"", "empty"),
        (b"\n", "not-an-image"),
        (b"Just a text, whatever its name says.\n" * 20, "not-an-image"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "not-an-image"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"/>', "not-an-image"),
        (b"push graphic-context\nviewbox 0 0 640 480\n", "not-an-image"),
        (bytes(4096), "not-an-image"),
        (b"GIF89a" + bytes(100), "unsupported-format"),
        (b"%PDF-1.7\n" + bytes(100), "unsupported-format"),
        (b"\0\0\0\x18ftypheic" + bytes(100), "unsupported-format"),
        (b"\0\0\0\x18ftypcrx " + bytes(100), "unsupported-format"),
        (b"II*\0\x10\0\0\0CR\x02\0" + bytes(100), "unsupported-format"),
        (b"BM" + bytes(100), "unsupported-format"),
    ],
)
def test_what_is_no_scan_is_named(tmp_path: Path, held: bytes, problem: str) -> None:
    path = tmp_path / "claims-to-be.tif"
    path.write_bytes(held)
    for attempt in (probe, read_scan):
        with pytest.raises(ScanError) as caught:
            attempt(path)
        assert caught.value.problem == problem


def test_a_folder_is_no_scan(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="not-an-image"):
        probe(tmp_path)


@pytest.mark.parametrize("dtype", [np.float32, np.int16, np.uint32])
def test_samples_that_are_no_8_or_16_bit_numbers_are_refused_with_advice(tmp_path: Path, dtype: type) -> None:
    path = tmp_path / "odd.tif"
    tifffile.imwrite(path, colours8().astype(dtype), photometric="rgb")
    with pytest.raises(ScanError, match="export it as a TIFF") as caught:
        probe(path)
    assert caught.value.problem == "unsupported-format"


def test_animations_are_refused(tmp_path: Path) -> None:
    frames = [Image.fromarray(colours8()), Image.fromarray(colours8()[::-1].copy())]
    for suffix in ("webp", "png"):
        path = tmp_path / f"moving.{suffix}"
        frames[0].save(path, save_all=True, append_images=frames[1:])
        with pytest.raises(ScanError, match="animated"):
            probe(path)


def set_tag(held: bytearray, tag: int, value: int) -> None:
    """Give a tag of the first directory of a little-endian TIFF one LONG value."""
    first = struct.unpack_from("<I", held, 4)[0]
    for entry in range(struct.unpack_from("<H", held, first)[0]):
        at = first + 2 + 12 * entry
        if struct.unpack_from("<H", held, at)[0] == tag:
            struct.pack_into("<HHII", held, at, tag, 4, 1, value)


def bomb(kind: str) -> bytes:
    side = 60_000
    if kind == "png":
        head = struct.pack(">IIBBBBB", side, side, 16, 6, 0, 0, 0)
        chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
        body = b"".join(
            struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held))
            for name, held in chunks
        )
        return b"\x89PNG\r\n\x1a\n" + body
    held = bytearray(whole(kind))
    if kind == "jpeg":
        at = held.index(b"\xff\xc0") + 5
        held[at : at + 4] = struct.pack(">HH", side, side)
    elif kind == "jp2":
        at = held.index(b"\xff\x4f\xff\x51") + 8
        held[at : at + 8] = struct.pack(">II", side, side)
    else:
        for tag in (256, 257):
            set_tag(held, tag, side)
    return bytes(held)


@pytest.mark.parametrize("kind", ["png", "jpeg", "jp2", "tiff"])
def test_a_bomb_is_refused_by_its_header_without_memory(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(bomb(kind))
    probe_limits = ScanLimits()
    tracemalloc.start()
    for attempt in (probe, read_scan):
        with pytest.raises(ScanError) as caught:
            attempt(path, limits=probe_limits)
        assert caught.value.problem == "too-many-pixels"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize("kind", ["jpeg", "tiff", "tiff-deflate"])
def test_a_header_that_promises_more_than_there_is_does_not_give_half_a_picture(tmp_path: Path, kind: str) -> None:
    held = bytearray(whole(kind))
    if kind == "jpeg":
        at = held.index(b"\xff\xc0") + 5
        held[at : at + 2] = struct.pack(">H", 3000)
    else:
        set_tag(held, 257, 3000)
    path = tmp_path / "liar"
    path.write_bytes(held)
    assert probe(path).height == 3000
    with pytest.raises(ScanError):
        read_scan(path)


def test_limits_are_held(tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    path.write_bytes(whole("png"))
    for limits, problem in (
        (ScanLimits(max_bytes=100), "too-many-bytes"),
        (ScanLimits(max_pixels=100), "too-many-pixels"),
        (ScanLimits(min_side_px=49), "too-small"),
    ):
        with pytest.raises(ScanError) as caught:
            probe(path, limits=limits)
        assert caught.value.problem == problem
    with pytest.raises(ValueError, match="at least 1"):
        ScanLimits(max_pixels=0)


def test_directories_in_a_circle_end(tmp_path: Path) -> None:
    held = bytearray(whole("tiff"))
    first = struct.unpack_from("<I", held, 4)[0]
    count = struct.unpack_from("<H", held, first)[0]
    struct.pack_into("<I", held, first + 2 + 12 * count, first)
    path = tmp_path / "circle.tif"
    path.write_bytes(held)
    assert probe(path).pages == 1


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(KINDS),
    mutations=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6),
    in_head=st.booleans(),
    keep=st.floats(0.2, 1),
)
def test_mutated_files_raise_nothing_but_scan_errors(
    tmp_path: Path, kind: str, mutations: list[tuple[float, int]], *, in_head: bool, keep: float
) -> None:
    held = bytearray(whole(kind))
    reach = min(len(held), 400) if in_head else len(held)
    for where, value in mutations:
        held[int(where * (reach - 1))] = value
    path = tmp_path / "mutated"
    path.write_bytes(held if keep > 0.6 else held[: int(len(held) * keep)])
    limits = ScanLimits(max_pixels=4_000_000)
    try:
        facts = probe(path, limits=limits)
        scan = read_scan(path, limits=limits)
    except ScanError:
        return
    assert scan.facts == facts
    assert scan.pixels.shape == (facts.height, facts.width, facts.bands)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=st.sampled_from([b"", b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n",
                          b"RIFF\x60\0\0\0WEBPVP8X", b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"]),
    noise=st.binary(max_size=200),
)  # fmt: skip
def test_random_bytes_raise_scan_errors(tmp_path: Path, head: bytes, noise: bytes) -> None:
    path = tmp_path / "noise"
    path.write_bytes(head + noise)
    with pytest.raises(ScanError):
        read_scan(path)


def test_a_message_that_is_no_utf8_does_not_poison_later_calls() -> None:
    with pytest.raises(ScanError), _errors_as(scan_error):
        pyvips.Image.tiffload(b"/no/such/l\xe9opold.tif")
    assert pyvips.Image.black(3, 4).copy().height == 4


def test_a_profile_whose_name_holds_no_characters_has_none(tmp_path: Path) -> None:
    at = ADOBE.index(b"desc\0\0\0\0") + 12
    odd = ADOBE[:at] + b"\xff\xfe\xe7\x80" + ADOBE[at + 4 :]
    path = tmp_path / "odd.tif"
    tifffile.imwrite(path, colours8(), photometric="rgb", iccprofile=odd)
    assert read_scan(path).icc == odd
