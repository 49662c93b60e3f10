"""The one place where libvips opens files: only by named loaders and open descriptors, and its errors become ours.

libvips is never given a file name: it reads options out of some, and it cannot report one that is no UTF-8.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyvips

from oldphoto_core.errors import ScanError, ScanProblem
from oldphoto_core.scan.facts import Pixels
from oldphoto_core.scan.header import Header

# A batch opens each file once; keeping past files open would only hold memory.
pyvips.cache_set_max(0)

FORMATS = {np.dtype(np.uint8): "uchar", np.dtype(np.uint16): "ushort"}

_SIGNS: tuple[tuple[ScanProblem, tuple[str, ...]], ...] = (
    (
        "truncated",
        (
            "premature end of jpeg image",
            "bad seek",
            "read error",
            "io error",
            "bytes, expected",
            "not enough data",
            "unexpected end",
            "cannot read tiff header",
            "can not read tiff directory",
        ),
    ),
    ("unsupported-format", ("unsupported", "not supported", "not implemented", "unimplemented", "not configured")),
)


_WORDS: dict[ScanProblem, str] = {
    "truncated": "the picture data are not all there",
    "unsupported-format": "the picture data are of a kind that is not read; export the scan as a TIFF with deflate",
    "decode-error": "the picture data are broken",
}


def decode(path: Path, header: Header) -> Pixels:
    """Return the stored samples of one page as (H, W, C), not yet upright.

    JPEG data, alone or in a TIFF, are refused at the first warning: libjpeg fills what it cannot read with grey and
    only warns. Elsewhere warnings speak of unknown tags, and only errors count.

    Raises:
        ScanError: The data are short, broken, or of a kind libvips does not read.
    """
    strict: Literal["warning", "error"] = "warning" if "jpeg" in (header.compression or "") else "error"
    options: dict[str, Any] = {"fail_on": strict, "access": "sequential"}  # libvips takes options of any type
    if header.format == "TIFF":
        options["page"] = header.directory
    loader = {
        "TIFF": pyvips.Image.tiffload_source,
        "JPEG": pyvips.Image.jpegload_source,
        "PNG": pyvips.Image.pngload_source,
        "WEBP": pyvips.Image.webpload_source,
    }[header.format]
    with path.open("rb") as file, _errors_as(scan_error):
        image = loader(pyvips.Source.new_from_descriptor(file.fileno()), **options)
        pixels: np.ndarray = image.numpy()
    return pixels.reshape(image.height, image.width, image.bands)


@contextmanager
def _errors_as(wording: Callable[[Exception], Exception]) -> Iterator[None]:
    """Turn the errors of libvips into ours.

    Where libvips' message is no UTF-8, pyvips fails to read it and leaves it in place, and from then on every call of
    the process fails on it; so it is cleared here.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        pyvips.vips_lib.vips_error_clear()
        raise wording(error) from error
    except pyvips.Error as error:
        raise wording(error) from error


def scan_error(error: Exception) -> ScanError:
    """Return the ScanError that a libvips error stands for, judged by its text."""
    # libvips repeats itself for each strip of a picture.
    lines = dict.fromkeys(line.strip() for line in str(error).splitlines() if line.strip())
    text = "; ".join(lines)
    lower = text.lower()
    for problem, signs in _SIGNS:
        if any(sign in lower for sign in signs):
            return ScanError(problem, f"{_WORDS[problem]}: {text}")
    return ScanError("decode-error", f"{_WORDS['decode-error']}: {text}")


def encode(image: pyvips.Image, saver: Literal["jpeg", "png", "webp", "dz"], **options: Any) -> bytes:  # noqa: ANN401 - libvips
    """Return the image as the bytes of a file.

    Args:
        image: What to encode.
        saver: Format; ``dz`` is a pyramid of tiles.
        options: Options of libvips for that format.

    Raises:
        OSError: libvips cannot encode it.
    """
    with _errors_as(lambda error: OSError(f"cannot encode the {saver}: {error}")):
        return bytes(getattr(image, f"{saver}save_buffer")(**options))


def save_tiff(image: pyvips.Image, path: Path, **options: Any) -> None:  # noqa: ANN401 - options of libvips
    """Write the image as a TIFF.

    Args:
        image: What to write.
        path: Where; a file of that name is replaced.
        options: Options of libvips.

    Raises:
        OSError: The file cannot be written.
    """
    with path.open("w+b") as file, _errors_as(lambda error: OSError(f"cannot write the TIFF: {error}")):
        image.tiffsave_target(pyvips.Target.new_to_descriptor(file.fileno()), **options)


def as_image(pixels: np.ndarray, *, interpretation: str) -> pyvips.Image:
    """Return a libvips image over the array, which must stay unchanged while the image lives.

    Args:
        pixels: (H, W, C), uint8 or uint16.
        interpretation: libvips' name of the colour space, such as ``srgb``.
    """
    height, width, bands = pixels.shape
    held = np.ascontiguousarray(pixels)
    image = pyvips.Image.new_from_memory(held.data, width, height, bands, FORMATS[held.dtype])
    return image.copy(interpretation=interpretation)
