import io
import os
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pyvips
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from scan_masters import ADOBE, GREY22, colours8, colours16, write_tiff

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.carry import carry_change
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.exif import amend_tiff
from oldphoto_core.scan.facts import Scan
from oldphoto_core.scan.icc import srgb_profile
from oldphoto_core.scan.metadata import photoshop_from_iptc
from oldphoto_core.scan.pictures import proxy, write_access_jpeg, write_mask_png, write_photo_png
from oldphoto_core.scan.read import read_scan
from oldphoto_core.scan.write import write_scan

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
XMP_UPRIGHT = XMP.replace(b'"6"', b'"1"')
IPTC = b"\x1c\x02\x05\x00\x05Title"


def exif_block(orientation: int = 6) -> bytes:
    exif = Image.Exif()
    exif[270] = "A print"
    exif[271] = "Maker"
    exif[274] = orientation
    exif[33432] = "The museum"
    exif.get_ifd(0x8769)[0x9003] = "1999:12:31 23:59:59"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 30.0, 0.5)
    return b"Exif\0\0" + exif.tobytes().removeprefix(b"Exif\0\0")


def rich_scan(tmp_path: Path, pixels: np.ndarray, **options: object) -> Scan:
    scan = read_scan(write_tiff(tmp_path, pixels, resolution=(600, 600), **options))
    return replace(scan, exif=exif_block(), xmp=XMP, iptc=IPTC)


@pytest.mark.parametrize(
    "case", ["adobe-16", "srgb-8", "grey-16", "cmyk-8", "cmyk-16", "alpha-16", "grey-alpha-8", "infrared-16"]
)
def test_an_untouched_master_comes_back_bit_for_bit(tmp_path: Path, case: str) -> None:
    rng = np.random.default_rng(0)
    extra = rng.integers(0, 65536, (48, 60, 1)).astype(np.uint16)
    grey = np.ascontiguousarray(colours16()[..., :1])
    pixels, options = {
        "adobe-16": (colours16(), {"iccprofile": ADOBE}),
        "srgb-8": (colours8(), {"iccprofile": srgb_profile()}),
        "grey-16": (grey[..., 0], {"iccprofile": GREY22}),
        "cmyk-8": (np.dstack([colours8(), colours8()[..., 0]]), {"photometric": "separated"}),
        "cmyk-16": (np.dstack([colours16(), extra]), {"photometric": "separated"}),
        "alpha-16": (np.dstack([colours16(), extra]), {"extrasamples": ["unassalpha"], "iccprofile": ADOBE}),
        "grey-alpha-8": (colours8()[..., :2], {"photometric": "minisblack", "extrasamples": ["unassalpha"]}),
        "infrared-16": (np.dstack([colours16(), extra, extra]), {"extrasamples": ["unspecified", "unassalpha"]}),
    }[case]
    if case == "grey-alpha-8":
        options["planarconfig"] = "contig"
    scan = read_scan(write_tiff(tmp_path, pixels, **options))
    photo = to_photo(scan)
    write_scan(carry_change(scan, photo, photo), tmp_path / "out.tif")
    again = read_scan(tmp_path / "out.tif")
    assert np.array_equal(again.pixels, pixels.reshape(scan.pixels.shape))
    assert again.icc == scan.icc == options.get("iccprofile")
    assert again.facts.colour == scan.facts.colour


def test_a_jpeg_becomes_a_tiff_with_the_same_samples(tmp_path: Path) -> None:
    Image.fromarray(colours8()).save(tmp_path / "a.jpg", quality=92, dpi=(300, 300), exif=exif_block(3))
    scan = read_scan(tmp_path / "a.jpg")
    photo = to_photo(scan)
    write_scan(carry_change(scan, photo, photo), tmp_path / "a.tif")
    again = read_scan(tmp_path / "a.tif")
    assert np.array_equal(again.pixels, scan.pixels)
    assert (again.facts.dpi, again.facts.orientation, again.facts.compression) == (300, 1, "deflate")


def test_three_other_readers_agree_on_a_tiff_of_ours(tmp_path: Path) -> None:
    scan = rich_scan(tmp_path, colours8(), iccprofile=ADOBE)
    path = tmp_path / "out.tif"
    write_scan(scan, path)
    with Image.open(path) as opened:
        assert np.array_equal(np.asarray(opened), colours8())
        assert opened.info["dpi"] == (600, 600)
        assert opened.info["icc_profile"] == ADOBE
        assert opened.tag_v2[700] == XMP_UPRIGHT
        exif = opened.getexif()
        assert (exif[270], exif[271], exif[33432]) == ("A print", "Maker", "The museum")
        assert exif.get(274, 1) == 1
        assert exif.get_ifd(0x8769)[0x9003] == "1999:12:31 23:59:59"
        assert exif.get_ifd(0x8825)[2] == (52.0, 30.0, 0.5)
    with tifffile.TiffFile(path) as tiff:
        assert np.array_equal(tiff.asarray(), colours8())
        assert len(tiff.pages) == 1
        assert tiff.pages[0].tags[34675].value == ADOBE
        assert tiff.pages[0].tags[282].value == (600, 1)
    image = pyvips.Image.tiffload(str(path), fail_on="warning")
    assert np.array_equal(image.numpy(), colours8())
    assert image.get("icc-profile-data") == ADOBE
    assert image.get("xmp-data") == XMP_UPRIGHT
    assert image.get("iptc-data").startswith(IPTC)
    assert image.xres * 25.4 == pytest.approx(600)


@pytest.mark.parametrize("suffix", [".tif", ".jpg", ".png", ".jp2", ".webp"])
def test_metadata_survive_in_every_format(tmp_path: Path, suffix: str) -> None:
    scan = rich_scan(tmp_path, colours8(), iccprofile=ADOBE)
    path = tmp_path / f"out{suffix}"
    write_scan(scan, path)
    again = read_scan(path)
    assert again.icc == ADOBE
    assert again.xmp == XMP_UPRIGHT
    assert again.facts.orientation == 1
    if suffix != ".webp":
        assert again.facts.dpi == pytest.approx(600, abs=0.02)
    if suffix in {".tif", ".jpg", ".jp2"}:
        assert (again.iptc or b"").rstrip(b"\0") == IPTC
    if suffix == ".tif":
        write_scan(again, tmp_path / "third.jpg")
        again = read_scan(tmp_path / "third.jpg")
    exif = Image.Exif()
    exif.load(again.exif)
    assert (exif[271], exif.get(274, 1)) == ("Maker", 1)
    assert exif.get_ifd(0x8769)[0x9003] == "1999:12:31 23:59:59"
    assert exif.get_ifd(0x8825)[1] == "N"


def test_exif_travels_byte_for_byte_but_for_the_orientation(tmp_path: Path) -> None:
    scan = rich_scan(tmp_path, colours8())
    for suffix in (".jpg", ".png", ".jp2", ".webp"):
        write_scan(scan, tmp_path / f"o{suffix}")
        found = read_scan(tmp_path / f"o{suffix}").exif or b""
        assert len(found) == len(exif_block())
        assert sum(a != b for a, b in zip(found, exif_block(), strict=True)) == 1


def test_the_thumbnail_of_the_unrestored_picture_is_unlinked(tmp_path: Path) -> None:
    block = exif_block(1)
    grown = bytearray(block)
    order = ">" if block[6:8] == b"MM" else "<"
    first = struct.unpack_from(order + "I", block, 10)[0] + 6
    count = struct.unpack_from(order + "H", block, first)[0]
    struct.pack_into(order + "I", grown, first + 2 + 12 * count, len(block) - 6)
    grown += struct.pack(order + "HHHIHHI", 1, 259, 3, 1, 6, 0, 0)
    scan = replace(rich_scan(tmp_path, colours8()), exif=bytes(grown))
    write_scan(scan, tmp_path / "t.jpg")
    found = read_scan(tmp_path / "t.jpg").exif or b""
    assert struct.unpack_from(order + "I", found, first + 2 + 12 * count)[0] == 0


@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_goes_into_a_bigtiff_of_either_byte_order(tmp_path: Path, order: str) -> None:
    path = write_tiff(tmp_path, colours16(), bigtiff=True, byteorder=order, iccprofile=ADOBE, compression="deflate")
    amend_tiff(path, exif_block())
    scan = read_scan(path)
    assert np.array_equal(scan.pixels, colours16())
    assert scan.icc == ADOBE
    with tifffile.TiffFile(path) as tiff:
        assert tiff.is_bigtiff
        assert tiff.pages[0].tags[271].value == "Maker"
        assert tiff.pages[0].tags[34665].value["DateTimeOriginal"] == "1999:12:31 23:59:59"


def test_a_new_xmp_packet_replaces_the_old(tmp_path: Path) -> None:
    scan = rich_scan(tmp_path, colours8())
    for suffix in (".tif", ".jpg", ".png", ".jp2"):
        write_scan(scan, tmp_path / f"o{suffix}", xmp=b"<new/>")
        assert read_scan(tmp_path / f"o{suffix}").xmp == b"<new/>"


@pytest.mark.parametrize("suffix", [".tif", ".jpg", ".png", ".jp2", ".webp"])
def test_no_resolution_is_invented(tmp_path: Path, suffix: str) -> None:
    write_scan(read_scan(write_tiff(tmp_path, colours8(), resolutionunit=1)), tmp_path / f"o{suffix}")
    again = read_scan(tmp_path / f"o{suffix}")
    assert again.facts.dpi is None
    if suffix != ".jpg":
        assert np.array_equal(again.pixels, colours8())


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shape=st.tuples(st.integers(16, 70), st.integers(16, 70)),
    bands=st.integers(1, 4),
    deep=st.booleans(),
    suffix=st.sampled_from([".tif", ".png", ".jp2"]),
    seed=st.integers(0, 2**32),
)
def test_written_then_read_is_the_identity(
    tmp_path: Path, shape: tuple[int, int], bands: int, *, deep: bool, suffix: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    dtype = np.uint16 if deep else np.uint8
    pixels = rng.integers(0, np.iinfo(dtype).max + 1, (*shape, bands)).astype(dtype)
    options = {"extrasamples": ["unassalpha"], "planarconfig": "contig"} if bands in {2, 4} else {}
    master = write_tiff(
        tmp_path, pixels if bands > 1 else pixels[..., 0], photometric="minisblack" if bands < 3 else "rgb", **options
    )
    scan = read_scan(master)
    assert np.array_equal(scan.pixels, pixels)
    write_scan(scan, tmp_path / f"out{suffix}")
    again = read_scan(tmp_path / f"out{suffix}")
    assert np.array_equal(again.pixels, pixels)
    assert (again.facts.colour, again.facts.has_alpha) == (scan.facts.colour, scan.facts.has_alpha)


def test_jpeg_is_of_high_quality_and_not_subsampled(tmp_path: Path) -> None:
    write_scan(read_scan(write_tiff(tmp_path, colours16())), tmp_path / "o.jpg")
    with Image.open(tmp_path / "o.jpg") as opened:
        assert opened.layer[0][1:3] == opened.layer[1][1:3]
        assert np.abs(np.asarray(opened).astype(float) - colours16() / 257).mean() < 3.0


def test_cmyk_jpeg_is_read_by_pillow_the_same_way(tmp_path: Path) -> None:
    inks = np.repeat(np.repeat(np.random.default_rng(0).integers(0, 256, (6, 8, 4), np.uint8), 8, 0), 8, 1)
    write_scan(read_scan(write_tiff(tmp_path, inks, photometric="separated")), tmp_path / "o.jpg")
    with Image.open(tmp_path / "o.jpg") as opened:
        assert opened.mode == "CMYK"
        assert np.abs(np.asarray(opened).astype(int) - inks).mean() < 2.0


def test_formats_that_cannot_hold_the_pixels_say_so(tmp_path: Path) -> None:
    inks = np.zeros((20, 20, 4), np.uint8)
    scan = read_scan(write_tiff(tmp_path, inks, photometric="separated"))
    for suffix in (".png", ".jp2", ".webp", ".bmp", ""):
        with pytest.raises(ScanError, match=r"\.tif") as caught:
            write_scan(scan, tmp_path / f"o{suffix}")
        assert caught.value.problem == "unsupported-format"
        assert not (tmp_path / f"o{suffix}").is_file()


def test_a_folder_that_is_missing_is_an_os_error(tmp_path: Path) -> None:
    scan = read_scan(write_tiff(tmp_path, colours8()))
    for suffix in (".tif", ".png", os.fsdecode(b"\xe9.tif")):
        with pytest.raises(OSError, match=r"."):
            write_scan(scan, tmp_path / "missing" / f"o{suffix}")


def test_photoshop_resources_hold_iptc_for_pillow(tmp_path: Path) -> None:
    write_scan(rich_scan(tmp_path, colours8()), tmp_path / "o.jpg")
    with Image.open(tmp_path / "o.jpg") as opened:
        assert opened.info["photoshop"][0x0404].startswith(IPTC)
    assert photoshop_from_iptc(IPTC).startswith(b"8BIM\x04\x04")


def test_the_access_copy_is_small_srgb_and_carries_xmp(tmp_path: Path) -> None:
    photo = np.kron(to_photo(read_scan(write_tiff(tmp_path, colours8()))), np.ones((4, 4, 1), np.float32))
    write_access_jpeg(photo, tmp_path / "access.jpg", max_side_px=100, xmp=XMP, dpi=600.0)
    with Image.open(tmp_path / "access.jpg") as opened:
        assert opened.size == (100, 80)
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(opened.info["icc_profile"])))
        assert name.strip() == "sRGB"
        assert opened.info["xmp"] == XMP
        assert opened.info["dpi"] == (250, 250)
        oracle = np.asarray(opened) / 255.0
    assert np.abs(oracle - proxy(photo, 100)).mean() < 0.03
    with pytest.raises(ValueError, match="quality"):
        write_access_jpeg(photo, tmp_path / "x.jpg", quality=0)


def test_masks_and_photographs_as_png(tmp_path: Path) -> None:
    photo = to_photo(read_scan(write_tiff(tmp_path, colours8())))
    write_photo_png(photo, tmp_path / "p.png")
    write_mask_png(photo[..., 0] > 0.5, tmp_path / "m.png")
    with Image.open(tmp_path / "p.png") as opened, Image.open(tmp_path / "m.png") as mask:
        assert np.array_equal(np.asarray(opened), colours8())
        assert mask.mode == "1"
        assert np.array_equal(np.asarray(mask), photo[..., 0] > 0.5)


def test_a_proxy_is_the_mean_over_each_area(tmp_path: Path) -> None:
    scan = read_scan(write_tiff(tmp_path, colours8()))
    photo = to_photo(scan)
    oracle = photo.reshape(12, 4, 15, 4, 3).mean(axis=(1, 3))
    assert np.abs(proxy(scan, 15) - oracle).max() < 1e-5
    assert np.array_equal(proxy(photo, 15), proxy(scan, 15))
    assert proxy(photo, 4000) is photo
    with pytest.raises(ValueError, match="max_side_px"):
        proxy(photo, 0)
