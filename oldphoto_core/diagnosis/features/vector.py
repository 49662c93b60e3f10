"""All numbers of a photograph that need no network, and the version of what they mean."""

from collections.abc import Mapping

import numpy as np

from oldphoto_core.diagnosis.features.edges import edge_numbers
from oldphoto_core.diagnosis.features.grid import grid_numbers
from oldphoto_core.diagnosis.features.scales import scale_numbers
from oldphoto_core.diagnosis.features.spectrum import spectrum_numbers
from oldphoto_core.diagnosis.features.tones import tone_numbers
from oldphoto_core.diagnosis.views import View, centre, shrink
from oldphoto_core.image import Photo, luma

FEATURES_VERSION = "1"
"""Changed whenever a number is added, taken away or means something else: weights fit one version."""

LEAST_SIDE_PX = 64
VIEW_PX = 1024
GRID_PX = 1024
LEAST_SHARE = 1e-4


def photo_numbers(photo: Photo) -> dict[str, float]:
    """Return what is measured on a photograph for the report alone.

    Fineness is judged on a view of at most 1024 pixels, as a person sees it; the grid of JPEG, which a change of size
    would wipe out, on the middle of the photograph as it is.

    Args:
        photo: In [0, 1], of any size; one below 64 pixels a side is continued by its mirror image.
    """
    view = large_enough(shrink(photo, VIEW_PX))
    grey = luma(view)
    colour = np.ascontiguousarray(0.5 * (view[..., 0] - view[..., 2]))
    numbers = spectrum_numbers(grey, colour)
    numbers |= grid_numbers(luma(large_enough(centre(photo, GRID_PX))))
    numbers |= scale_numbers(view, grey)
    numbers |= edge_numbers(grey)
    return numbers | tone_numbers(view)


def measured_numbers(measures: Mapping[str, float]) -> dict[str, float]:
    """Return measures as numbers: shares and weights as logarithms, sizes in pixels of the photograph left out.

    Examples:
        >>> measured_numbers({"dust_share": 0.0099, "cast_lab": 7.0, "detail_long_side_px": 640.0})
        {'measure_dust_share': -2.0, 'measure_cast_lab': 7.0}
    """
    return {
        f"measure_{name}": float(np.log10(value + LEAST_SHARE)) if name.endswith(("_share", "_weight")) else value
        for name, value in measures.items()
        if name != "detail_long_side_px"
    }


def large_enough(photo: Photo) -> View:
    """Return the photograph, continued by its mirror image up to 64 pixels a side where it is smaller.

    Examples:
        >>> large_enough(np.zeros((10, 80, 3), dtype=np.float32)).shape
        (64, 80, 3)
    """
    rows, columns = (max(0, LEAST_SIDE_PX - side) for side in photo.shape[:2])
    if not rows and not columns:
        return photo
    return np.pad(photo, ((0, rows), (0, columns), (0, 0)), mode="symmetric")
