"""Files as scanners and archives write them: 8 and 16 bit, CMYK, several pages, an EXIF turn.

Nothing here stamps a date, so the same picture gives the same bytes.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyvips
import tifffile
from PIL import Image

from oldphoto_core.image import Photo, luma, to_bytes8

MM_PER_INCH = 25.4
_TURNED_RIGHT = 6  # EXIF orientation: turn a quarter to the right to see it upright
_ORIENTATION_TAG = 0x0112


def write_tiff(path: Path, photo: Photo, *, dpi: int) -> None:
    """Write an uncompressed 8-bit RGB TIFF."""
    Image.fromarray(to_bytes8(photo)).save(path, format="TIFF", dpi=(dpi, dpi))


def write_png(path: Path, photo: Photo, *, dpi: int) -> None:
    """Write an 8-bit RGB PNG."""
    Image.fromarray(to_bytes8(photo)).save(path, format="PNG", dpi=(dpi, dpi), compress_level=1)


def write_grey_png(path: Path, photo: Photo, *, dpi: int) -> None:
    """Write an 8-bit PNG with one channel, as a scanner in grey mode does."""
    grey = np.rint(np.clip(luma(photo), 0.0, 1.0) * 255.0).astype(np.uint8)
    Image.fromarray(grey).save(path, format="PNG", dpi=(dpi, dpi), compress_level=1)


def write_jpeg(path: Path, photo: Photo, *, dpi: int, quality: int = 92) -> None:
    """Write an 8-bit JPEG."""
    Image.fromarray(to_bytes8(photo)).save(path, format="JPEG", dpi=(dpi, dpi), quality=quality)


def write_turned_jpeg(path: Path, photo: Photo, *, dpi: int) -> None:
    """Write a JPEG that lies on its left side and says so in its EXIF orientation (6)."""
    exif = Image.Exif()
    exif[_ORIENTATION_TAG] = _TURNED_RIGHT
    lying = Image.fromarray(np.ascontiguousarray(np.rot90(to_bytes8(photo))))
    lying.save(path, format="JPEG", dpi=(dpi, dpi), quality=92, exif=exif)


def write_tiff16_wide(path: Path, photo: Photo, *, dpi: int) -> None:
    """Write a 16-bit RGB TIFF in the Display P3 space, with its ICC profile."""
    deep = np.rint(np.clip(photo, 0.0, 1.0) * 65535.0).astype(np.uint16)
    wide = pyvips.Image.new_from_array(deep, interpretation="rgb16").icc_transform("p3", input_profile="srgb", depth=16)
    wide.tiffsave(str(path), xres=dpi / MM_PER_INCH, yres=dpi / MM_PER_INCH)


def write_cmyk_tiff(path: Path, photo: Photo, *, dpi: int) -> None:
    """Write an 8-bit CMYK TIFF with the ICC profile of its press."""
    rgb = pyvips.Image.new_from_array(to_bytes8(photo), interpretation="srgb")
    rgb.icc_transform("cmyk", input_profile="srgb").tiffsave(str(path), xres=dpi / MM_PER_INCH, yres=dpi / MM_PER_INCH)


def write_pages(path: Path, photos: Sequence[Photo], *, dpi: int) -> None:
    """Write an 8-bit TIFF with one page for each photograph; the pages may differ in size."""
    with tifffile.TiffWriter(path) as pages:
        for photo in photos:
            pages.write(
                to_bytes8(photo),
                photometric="rgb",
                resolution=(dpi, dpi),
                resolutionunit="INCH",
                software=False,
                metadata=None,
            )
