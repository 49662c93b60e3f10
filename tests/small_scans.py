"""Small scans for tests of the pipeline: real photographs in little, each file written in a few milliseconds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import skimage.data
import tifffile
from PIL import Image

Subject = Literal["cat", "cup", "astronaut", "rocket"]

_WHOLE = {
    "cat": lambda: skimage.data.chelsea()[20:276, 40:360],
    "cup": lambda: skimage.data.coffee()[60:316, 120:440],
    "astronaut": lambda: skimage.data.astronaut()[:256, :320],
    "rocket": lambda: skimage.data.rocket()[80:336, 160:480],
}


def pixels(subject: Subject, *, side_px: int = 192) -> np.ndarray:
    """Return a photograph with its long side at this length, uint8 (H, W, 3)."""
    whole = Image.fromarray(_WHOLE[subject]())
    return np.asarray(whole.resize((side_px, side_px * whole.height // whole.width), Image.Resampling.LANCZOS))


def write(path: Path, subject: Subject, *, side_px: int = 192) -> Path:
    """Write a photograph in the format of the path's suffix, in a folder that is made if missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels(subject, side_px=side_px)).save(path, dpi=(300, 300))
    return path


def write_pages(path: Path, subjects: Sequence[Subject]) -> Path:
    """Write a TIFF with a page for each photograph."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tifffile.TiffWriter(path) as pages:
        for subject in subjects:
            pages.write(pixels(subject), photometric="rgb", metadata=None, software=False)
    return path


def break_last_page(path: Path) -> Path:
    """Give the last page of a TIFF a strip that begins behind the end of the file."""
    with tifffile.TiffFile(path, mode="r+b") as opened:
        tag = opened.pages[-1].tags["StripOffsets"]  # type: ignore[union-attr]
        tag.overwrite([path.stat().st_size + 4096] * tag.count)
    return path
