"""A picture as describers see it: small, without its colours, its tones spread out, cut into regions.

Ageing changes tones by smooth monotone curves and takes colours away. What is left alone by that: which pixel is
lighter than which. So the grey that networks are shown is half the lightness stretched to the picture's own range and
half the share of the picture that is darker.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32

from oldphoto_core.classical.regions import Lab, Labels, at_working_size, lab_of, segment, stretched_lightness
from oldphoto_core.image import Photo

WORKING_SIDE_PX: Final = 320
"""Longer side at which pictures are described, in pixels."""

REGIONS: Final = 6
"""Largest number of regions of a picture."""

_LEVELS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One picture at the working size."""

    labels: Labels
    """The region of each pixel, 0..N-1, none empty."""

    lightness: Float32[np.ndarray, "H W"]
    """Lightness stretched to the picture's own range, in [0, 1]."""

    grey: Float32[np.ndarray, "H W"]
    """The same with tones spread out, in [0, 1]."""

    lab: Lab
    """Its colours, for what a reference gives; never for what it is found by."""


def view_of(photo: Photo) -> View:
    """Return a photograph of any size as describers see it.

    Raises:
        PhotoShapeError: The array is no photograph.
    """
    small = at_working_size(photo, WORKING_SIDE_PX)
    lab = lab_of(small)
    lightness = stretched_lightness(lab)
    return View(labels=segment(small, REGIONS), lightness=lightness, grey=spread_tones(lightness), lab=lab)


def spread_tones(lightness: Float32[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W"]:
    """Return the mean of the lightness and its rank in the picture, in [0, 1]; monotone in the lightness.

    Examples:
        >>> spread_tones(np.array([[0.0, 0.1, 0.9, 1.0]], dtype=np.float32)).round(2).tolist()
        [[0.05999999865889549, 0.23999999463558197, 0.7599999904632568, 0.9399999976158142]]
    """
    bins = np.clip(lightness * (_LEVELS - 1), 0, _LEVELS - 1).astype(np.int64)
    count = np.bincount(bins.ravel(), minlength=_LEVELS)
    rank = (np.cumsum(count) - 0.5 * count) / bins.size
    return (0.5 * lightness + 0.5 * rank[bins]).astype(np.float32)
