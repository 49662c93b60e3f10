"""Pictures to compare a photograph by: the master as it came and the result, small and of one size.

They are made while the photograph is at hand in full, wait in the workshop, and go into the night's report. A slider
between pictures of different sizes would show the difference of the sizes.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from oldphoto_core.image import Photo
from oldphoto_core.scan.pictures import proxy, write_access_jpeg
from tasks.night import Night

Side = Literal["before", "after"]

SIDE_PX = 1024
"""Longest side of the pictures that a slider compares."""

SMALL_PX = 256
"""Longest side of those in lists."""


def keep_sides(night: Night, asset_id: str, side: Side, photo: Photo) -> None:
    """Keep two small pictures of a photograph in the workshop, to look at and for lists, each whole or not at all.

    Args:
        night: The night.
        asset_id: The photograph.
        side: Whether this is the master or the result.
        photo: It, at its full size.
    """
    picture = proxy(photo, SIDE_PX)
    for kind, side_px, quality in ((f"small/{side}", SMALL_PX, 75), (side, SIDE_PX, 85)):
        with TemporaryDirectory(dir=night.workshop.incoming()) as folder:
            part = Path(folder) / "side.jpg"
            write_access_jpeg(picture, part, max_side_px=side_px, quality=quality)
            part.replace(night.workshop.compared(asset_id, kind))
