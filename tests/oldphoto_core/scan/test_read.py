import io
import os
import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image, ImageOps
from scan_masters import colours8, colours16, write_tiff

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.limits import ScanLimits
from oldphoto_core.scan.probe import probe
from oldphoto_core.scan.read import read_scan


def save(tmp_path: Path, name: str, picture: Image.Image, **options: object) -> Path:
    path = tmp_path / name
    picture.save(path, **options)
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_every_orientation_is_applied_once(tmp_path: Path, orientation: int, suffix: str) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    path = save(tmp_path, f"turned{suffix}", Image.fromarray(colours8()), exif=exif)
    with Image.open(path) as opened:
        oracle = np.asarray(ImageOps.exif_transpose(opened))
    scan = read_scan(path)
    assert np.array_equal(scan.pixels, oracle)
    assert scan.facts.orientation == orientation
    assert (scan.facts.height, scan.facts.width) == oracle.shape[:2]


@pytest.mark.parametrize("compression", [None, "deflate", "lzw", "packbits"])
@pytest.mark.parametrize("bigtiff", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_tiff_samples_are_exact(tmp_path: Path, compression: str | None, *, bigtiff: bool, order: str) -> None:
    path = write_tiff(tmp_path, colours16(), compression=compression, bigtiff=bigtiff, byteorder=order)
    scan = read_scan(path)
    assert np.array_equal(scan.pixels, colours16())
    assert (scan.facts.format, scan.facts.bit_depth, scan.facts.colour) == ("TIFF", 16, "rgb")
    assert scan.facts.compression == (compression or "none")


def test_a_compression_that_libvips_lacks_is_unsupported(tmp_path: Path) -> None:
    with pytest.raises(ScanError) as caught:
        read_scan(write_tiff(tmp_path, colours8(), compression="zstd"))
    assert caught.value.problem == "unsupported-format"
    assert len(caught.value.detail) < 300


def test_bilevel_is_read_as_black_and_white(tmp_path: Path) -> None:
    bits = colours8()[..., 0] > 128
    path = save(tmp_path, "g4.tif", Image.fromarray(bits), compression="group4")
    scan = read_scan(path)
    assert np.array_equal(scan.pixels[..., 0], bits * np.uint8(255))
    assert (scan.facts.source_bit_depth, scan.facts.bit_depth, scan.facts.compression) == (1, 8, "ccitt-g4")


def test_white_is_zero_is_turned_round(tmp_path: Path) -> None:
    grey = np.ascontiguousarray(colours16()[..., 0])
    assert np.array_equal(read_scan(write_tiff(tmp_path, grey, photometric="miniswhite")).pixels[..., 0], 65535 - grey)


def test_pages_are_the_photographs_not_their_reduced_copies(tmp_path: Path) -> None:
    path = tmp_path / "pages.tif"
    with tifffile.TiffWriter(path) as tiff:
        tiff.write(colours8(), photometric="rgb")
        tiff.write(colours8()[::2, ::2], photometric="rgb", subfiletype=1)
        tiff.write(colours8()[::-1], photometric="rgb", subfiletype=2)
        tiff.write(np.ascontiguousarray(colours16()[:, ::-1, 0]), photometric="minisblack")
    assert probe(path).pages == 3
    assert np.array_equal(read_scan(path, page=0).pixels, colours8())
    assert np.array_equal(read_scan(path, page=1).pixels, colours8()[::-1])
    last = read_scan(path, page=2)
    assert np.array_equal(last.pixels[..., 0], colours16()[:, ::-1, 0])
    assert (last.page, last.facts.colour, last.facts.bit_depth) == (2, "grey", 16)
    with pytest.raises(IndexError, match="pages 0 to 2"):
        read_scan(path, page=3)
    with pytest.raises(ScanError, match="pages"):
        probe(path, limits=ScanLimits(max_pages=2))


@pytest.mark.parametrize("subifd", [False, True])
def test_a_pyramid_is_one_photograph(tmp_path: Path, *, subifd: bool) -> None:
    path = tmp_path / "pyramid.tif"
    big = np.tile(colours8(), (8, 8, 1))
    image = pyvips.Image.new_from_memory(big.tobytes(), big.shape[1], big.shape[0], 3, "uchar")
    image.copy(interpretation="srgb").tiffsave(str(path), tile=True, pyramid=True, subifd=subifd)
    scan = read_scan(path)
    assert scan.facts.pages == 1
    assert np.array_equal(scan.pixels, big)


def test_cmyk_and_extra_bands(tmp_path: Path) -> None:
    inks = np.random.default_rng(0).integers(0, 65536, (20, 30, 5)).astype(np.uint16)
    scan = read_scan(write_tiff(tmp_path, inks, photometric="separated", extrasamples=["unassalpha"]))
    assert np.array_equal(scan.pixels, inks)
    assert (scan.facts.colour, scan.facts.bands, scan.facts.has_alpha) == ("cmyk", 5, True)


def test_jpeg_inside_a_tiff(tmp_path: Path) -> None:
    path = save(tmp_path, "j.tif", Image.fromarray(colours8()), compression="jpeg", quality=95)
    with Image.open(path) as opened:
        assert np.abs(read_scan(path).pixels.astype(int) - np.asarray(opened)).max() <= 3


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_png_of_every_kind(tmp_path: Path, mode: str) -> None:
    colour = Image.fromarray(colours8())
    picture = {
        "P": colour.quantize(16),
        "I;16": Image.fromarray(np.ascontiguousarray(colours16()[..., 0])),
        "LA": colour.convert("L").convert("LA"),
    }.get(mode) or colour.convert(mode)
    path = save(tmp_path, "p.png", picture)
    scan = read_scan(path)
    oracle = np.asarray(picture.convert("RGB") if mode == "P" else picture.convert("L") if mode == "1" else picture)
    assert np.array_equal(scan.pixels, oracle.reshape(scan.pixels.shape))
    assert scan.facts.bands == scan.pixels.shape[2]
    assert probe(path).bands == scan.facts.bands


def test_png_rgb_at_16_bits_and_transparent_palette(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    path.write_bytes(imagecodecs.png_encode(colours16()))
    assert np.array_equal(read_scan(path).pixels, colours16())
    keyed = save(tmp_path, "keyed.png", Image.fromarray(colours8()).quantize(16), transparency=3)
    scan = read_scan(keyed)
    assert scan.facts.bands == 4
    assert (scan.pixels[..., 3] == 0).any()


def test_jpeg_grey_rgb_and_cmyk_agree_with_pillow(tmp_path: Path) -> None:
    for mode, colour in (("L", "grey"), ("RGB", "rgb"), ("CMYK", "cmyk")):
        path = save(tmp_path, f"{mode}.jpg", Image.fromarray(colours8()).convert(mode), quality=95)
        scan = read_scan(path)
        with Image.open(path) as opened:
            oracle = np.asarray(opened).reshape(scan.pixels.shape)
        assert scan.facts.colour == colour
        assert np.array_equal(scan.pixels, oracle)


@pytest.mark.parametrize("lossless", [True, False])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_webp(tmp_path: Path, *, lossless: bool, mode: str) -> None:
    picture = Image.fromarray(colours8()).convert(mode)
    if mode == "RGBA":
        picture.putalpha(Image.fromarray(colours8()[..., 0]))
    path = save(tmp_path, "w.webp", picture, lossless=lossless, exact=True)
    scan = read_scan(path)
    assert scan.facts.bands == len(mode)
    if lossless:
        assert np.array_equal(scan.pixels, np.asarray(picture))


@pytest.mark.parametrize("codec", ["jp2", "j2k"])
def test_jpeg2000_samples_are_exact(tmp_path: Path, codec: str) -> None:
    for pixels in (colours8(), colours16(), colours16()[..., 0], np.dstack([colours16(), colours16()[..., 0]])):
        path = tmp_path / "master.any"
        stored = imagecodecs.jpeg2k_encode(np.ascontiguousarray(pixels), level=0, codecformat=codec, reversible=True)
        path.write_bytes(stored)
        scan = read_scan(path)
        assert np.array_equal(scan.pixels, pixels.reshape(scan.pixels.shape))
        assert scan.facts.format == "JPEG2000"


def test_jpeg2000_of_12_bits_is_stretched_to_16(tmp_path: Path) -> None:
    twelve = (colours16() >> 4).astype(np.uint16)
    path = tmp_path / "twelve.jp2"
    path.write_bytes(imagecodecs.jpeg2k_encode(twelve, level=0, reversible=True, bitspersample=12))
    scan = read_scan(path)
    assert (scan.facts.source_bit_depth, scan.facts.bit_depth) == (12, 16)
    assert np.abs(scan.pixels / 65535 - twelve / 4095).max() < 1e-5


def test_resolution_in_inches_centimetres_and_metres(tmp_path: Path) -> None:
    picture = Image.fromarray(colours8())
    assert read_scan(write_tiff(tmp_path, colours8(), resolution=(600, 300), resolutionunit=2)).facts.dpi == 600
    centimetres = probe(write_tiff(tmp_path, colours8(), resolution=(100, 200), resolutionunit=3))
    assert (centimetres.dpi, centimetres.dpi_vertical) == (254, 508)
    assert probe(write_tiff(tmp_path, colours8(), resolution=(1, 1), resolutionunit=1)).dpi is None
    assert probe(save(tmp_path, "a.jpg", picture, dpi=(400, 400))).dpi == 400
    assert probe(save(tmp_path, "b.jpg", picture)).dpi is None
    assert probe(save(tmp_path, "a.png", picture, dpi=(300, 300))).dpi == pytest.approx(300, abs=0.01)
    assert probe(save(tmp_path, "b.png", picture)).dpi is None


def test_resolution_turns_with_the_picture(tmp_path: Path) -> None:
    facts = probe(write_tiff(tmp_path, colours8(), resolution=(200, 100), extratags=[(274, 3, 1, 6, True)]))
    assert (facts.orientation, facts.dpi, facts.dpi_vertical) == (6, 100, 200)


def test_metadata_come_along_as_they_are(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[271] = "Maker"
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    for suffix in ("jpg", "png", "webp"):
        path = save(tmp_path, f"m.{suffix}", Image.fromarray(colours8()), exif=exif.tobytes(), xmp=packet)
        scan = read_scan(path)
        assert scan.exif == b"Exif\0\0" + exif.tobytes().removeprefix(b"Exif\0\0")
        assert scan.facts.has_exif
        if suffix != "png":  # Pillow writes no XMP to PNG
            assert scan.xmp == packet


def test_a_corrupt_exif_block_is_dropped_and_noted(tmp_path: Path) -> None:
    stored = io.BytesIO()
    Image.fromarray(colours8()).save(stored, "JPEG")
    held = b"Exif\0\0" + b"\xff\xff\xbeZ\x17#" * 30
    path = tmp_path / "corrupt.jpg"
    path.write_bytes(
        stored.getvalue()[:2] + struct.pack(">BBH", 255, 0xE1, len(held) + 2) + held + stored.getvalue()[2:]
    )
    scan = read_scan(path)
    assert scan.exif is None
    assert scan.facts.notes == ("the EXIF block is corrupt and was dropped",)
    with Image.open(io.BytesIO(stored.getvalue())) as opened:
        assert np.array_equal(scan.pixels, np.asarray(opened))


def test_the_format_is_decided_by_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "really-a-png.tif"
    Image.fromarray(colours8()).save(path, "PNG")
    assert probe(path).format == "PNG"


def test_a_name_that_is_no_utf8_and_a_name_with_brackets(tmp_path: Path) -> None:
    for raw in (b"l\xe9opold.tif", b"scan[page=1].tif"):
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + raw))
        path.write_bytes(write_tiff(tmp_path, colours8()).read_bytes())
        assert np.array_equal(read_scan(path).pixels, colours8())
        path.write_bytes(path.read_bytes()[:-5000])
        with pytest.raises(ScanError):
            read_scan(path)


def test_a_zipped_xmp_cannot_unpack_without_bound(tmp_path: Path) -> None:
    stored = io.BytesIO()
    Image.fromarray(colours8()).save(stored, "PNG")
    held = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(100_000_000), 9)
    chunk = struct.pack(">I", len(held)) + b"iTXt" + held + struct.pack(">I", zlib.crc32(b"iTXt" + held))
    path = tmp_path / "bomb.png"
    path.write_bytes(stored.getvalue()[:33] + chunk + stored.getvalue()[33:])
    assert len(read_scan(path).xmp or b"") <= 64 * 1024**2
