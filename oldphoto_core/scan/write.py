"""Writing a scan in the format its new name asks for, with everything that travelled along."""

from pathlib import Path

import numpy as np
import pyvips

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.exif import amend_tiff, upright_exif
from oldphoto_core.scan.facts import COLOUR_BANDS, Pixels, Scan
from oldphoto_core.scan.header import Resolution
from oldphoto_core.scan.insert import Carried, into_jpeg, into_png, into_webp
from oldphoto_core.scan.jp2 import encode_jp2
from oldphoto_core.scan.metadata import upright_xmp
from oldphoto_core.scan.tiff_fields import Field
from oldphoto_core.scan.vips import as_image, encode, save_tiff

_INTERPRETATIONS = {
    ("grey", 1): "b-w",
    ("grey", 2): "grey16",
    ("rgb", 1): "srgb",
    ("rgb", 2): "rgb16",
    ("cmyk", 1): "cmyk",
    ("cmyk", 2): "cmyk",
}
_BIGTIFF_FROM_BYTES = 3 * 1024**3
_JPEG_QUALITY = 95
_IPTC_TAG, _UNDEFINED = 33723, 7
_RESOLUTION_TAGS = frozenset({282, 283, 296})


def write_scan(scan: Scan, path: Path, *, xmp: bytes | None = None) -> None:
    """Write the scan in the format that the suffix of the path names.

    ``.tif`` and ``.tiff``: deflate with predictor, BigTIFF above 3 GiB of samples. ``.png`` and lossless ``.jp2``: as
    deep as the scan. ``.webp``: lossless, 8 bits, grey as RGB, an opaque alpha left out. ``.jpg`` and ``.jpeg``:
    quality 95 without chroma subsampling, 8 bits, no alpha. Where a format holds 8 bits, deeper samples are rounded.
    Profile, resolution, EXIF and XMP go along, IPTC too where the format has a place for it; the orientation in EXIF
    and XMP becomes 1 and the EXIF thumbnail is unlinked.

    Args:
        scan: What to write.
        path: Where; a file of that name is replaced.
        xmp: Packet to write instead of the scan's own.

    Raises:
        ScanError: ``unsupported-format`` if the suffix is none of these, or names a format that holds no such pixels.
        OSError: The file cannot be written.
    """
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise ScanError("unsupported-format", f"cannot write {path.suffix!r}; use one of {', '.join(_WRITERS)}")
    packet = xmp if xmp is not None else upright_xmp(scan.xmp) if scan.xmp is not None else None
    carried = Carried(
        exif=upright_exif(scan.exif) if scan.exif is not None else None,
        xmp=packet,
        iptc=scan.iptc,
        resolution=_resolution(scan),
    )
    writer(scan, path, carried)


def image_of(pixels: Pixels, scan: Scan) -> pyvips.Image:
    """Return a libvips image of the pixels with the profile of the scan; the pixels must stay unchanged meanwhile."""
    image = as_image(pixels, interpretation=_INTERPRETATIONS[scan.facts.colour, pixels.dtype.itemsize])
    if scan.icc is not None:
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", scan.icc)
    return image


def _write_tiff(scan: Scan, path: Path, carried: Carried) -> None:
    image = image_of(scan.pixels, scan)
    if carried.xmp:
        image.set_type(pyvips.GValue.blob_type, "xmp-data", carried.xmp)
    if carried.resolution is not None:
        per_mm = [value / 25.4 for value in carried.resolution]
        image = image.copy(xres=per_mm[0], yres=per_mm[1])
    save_tiff(
        image,
        path,
        compression="deflate",
        predictor="horizontal",
        bigtiff=scan.pixels.nbytes > _BIGTIFF_FROM_BYTES,
        resunit="inch",
    )
    # libvips counts IPTC in words of four bytes and cuts it, and it states a resolution even if there is none to state.
    iptc = (Field(_IPTC_TAG, _UNDEFINED, len(carried.iptc), carried.iptc),) if carried.iptc else ()
    amend_tiff(path, carried.exif, added=iptc, without=frozenset() if carried.resolution else _RESOLUTION_TAGS)


def _write_jpeg(scan: Scan, path: Path, carried: Carried) -> None:
    colours = _bytes8(scan.pixels[..., : COLOUR_BANDS[scan.facts.colour]])
    image = image_of(colours, scan)
    encoded = encode(image, "jpeg", Q=_JPEG_QUALITY, subsample_mode="off", optimize_coding=True, keep="icc")
    path.write_bytes(into_jpeg(encoded, carried))


def _write_png(scan: Scan, path: Path, carried: Carried) -> None:
    _refuse_more_than_alpha(scan, path)
    encoded = encode(image_of(scan.pixels, scan), "png", keep="none")
    path.write_bytes(into_png(encoded, carried, icc=scan.icc))


def _write_webp(scan: Scan, path: Path, carried: Carried) -> None:
    _refuse_more_than_alpha(scan, path)
    encoded = encode(image_of(_bytes8(scan.pixels), scan), "webp", lossless=True, exact=True, keep="icc")
    path.write_bytes(into_webp(encoded, carried, size=scan.pixels.shape[1::-1]))


def _write_jp2(scan: Scan, path: Path, carried: Carried) -> None:
    _refuse_more_than_alpha(scan, path)
    path.write_bytes(encode_jp2(scan, carried))


def _refuse_more_than_alpha(scan: Scan, path: Path) -> None:
    colour, bands = scan.facts.colour, scan.pixels.shape[2]
    if colour == "cmyk" or bands > COLOUR_BANDS[colour] + 1:
        detail = f"a {path.suffix} file holds no {colour} picture of {bands} bands; write a .tif"
        raise ScanError("unsupported-format", detail)


def _bytes8(pixels: Pixels) -> Pixels:
    return pixels if pixels.dtype == np.uint8 else np.rint(pixels / np.float32(257)).astype(np.uint8)


def _resolution(scan: Scan) -> Resolution | None:
    if scan.facts.dpi is None:
        return None
    return scan.facts.dpi, scan.facts.dpi_vertical or scan.facts.dpi


_WRITERS = {
    ".tif": _write_tiff,
    ".tiff": _write_tiff,
    ".jpg": _write_jpeg,
    ".jpeg": _write_jpeg,
    ".png": _write_png,
    ".jp2": _write_jp2,
    ".webp": _write_webp,
}
