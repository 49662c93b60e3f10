"""Pictures for people rather than archives: the access copy, masks, explaining pictures, small proxies."""

from pathlib import Path

import cv2
import numpy as np
import pyvips
from jaxtyping import Float32

from oldphoto_core.image import Mask, Photo, check_photo, to_bytes8
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.facts import Scan
from oldphoto_core.scan.icc import srgb_profile
from oldphoto_core.scan.insert import Carried, into_jpeg, into_png
from oldphoto_core.scan.vips import as_image, encode

SmallPhoto = Float32[np.ndarray, "h w 3"]
"""A photograph of another size than the one it comes from."""


def write_access_jpeg(
    photo: Photo,
    path: Path,
    *,
    max_side_px: int = 2048,
    quality: int = 88,
    xmp: bytes | None = None,
    dpi: float | None = None,
) -> None:
    """Write a small JPEG in sRGB, profile embedded, for screens and catalog pages.

    Args:
        photo: The photograph.
        path: Where; a file of that name is replaced.
        max_side_px: Longest side; a smaller photograph is not enlarged.
        quality: JPEG quality, 1 to 100.
        xmp: XMP packet to embed.
        dpi: Resolution of the photograph in pixels per inch; what is written is scaled with the size.

    Raises:
        PhotoShapeError: It is no photograph.
        ValueError: The side or the quality makes no sense.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f"quality must lie in 1 to 100, found {quality}")
    small = proxy(photo, max_side_px)
    image = as_image(to_bytes8(small), interpretation="srgb")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", srgb_profile())
    encoded = encode(image, "jpeg", Q=quality, optimize_coding=True, interlace=True, keep="icc")
    scaled = dpi * max(small.shape) / max(photo.shape) if dpi is not None else None
    path.write_bytes(into_jpeg(encoded, Carried(xmp=xmp, resolution=(scaled, scaled) if scaled else None)))


def write_mask_png(mask: Mask, path: Path) -> None:
    """Write a mask as a PNG of one bit a pixel, white where it is True."""
    image = as_image(mask.astype(np.uint8)[..., None] * np.uint8(255), interpretation="b-w")
    path.write_bytes(encode(image, "png", bitdepth=1, keep="none"))


def add_xmp_to_png(source: Path, path: Path, xmp: bytes) -> None:
    """Write a copy of a PNG that has no XMP, with this packet; a resolution, which a mask has none of, is left out."""
    path.write_bytes(into_png(source.read_bytes(), Carried(xmp=xmp), icc=None))


def write_photo_png(photo: Photo, path: Path) -> None:
    """Write a photograph as a PNG of 8 bits in sRGB.

    Raises:
        PhotoShapeError: It is no photograph.
    """
    check_photo(photo)
    path.write_bytes(encode(as_image(to_bytes8(photo), interpretation="srgb"), "png", keep="none"))


def proxy(scan_or_photo: Scan | Photo, max_side_px: int) -> SmallPhoto:
    """Return a small copy, its longest side at most ``max_side_px``: each pixel the mean of the area it covers.

    A picture that is small enough comes back as it is. The mean is taken of gamma-encoded values.

    Raises:
        PhotoShapeError: It is no photograph.
        ValueError: The side is less than one pixel.
    """
    if max_side_px < 1:
        raise ValueError(f"max_side_px must be at least 1, found {max_side_px}")
    photo = to_photo(scan_or_photo) if isinstance(scan_or_photo, Scan) else scan_or_photo
    check_photo(photo)
    height, width = photo.shape[:2]
    scale = max_side_px / max(height, width)
    if scale >= 1.0:
        return photo
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.clip(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), 0.0, 1.0).astype(np.float32)
