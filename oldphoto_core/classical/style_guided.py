"""The guided filter (He, Sun, Tang 2010): smooth values that keep the edges of a guide.

In each window the output is a straight line of the guide; lines of overlapping windows are averaged. With box filters
the cost does not depend on the radius.
"""

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Grey


def guided_filter(
    values: Float32[np.ndarray, "H W K"], guide: Grey, *, radius_px: int, epsilon: float
) -> Float32[np.ndarray, "H W K"]:
    """Return each layer smoothed over windows of ``2 * radius_px + 1``, with edges where the guide has edges.

    Args:
        values: Layers to smooth.
        guide: The picture whose edges are kept, in [0, 1].
        radius_px: Half the window, in pixels; beyond the border the edge pixel is repeated.
        epsilon: Variance of the guide (its units squared) below which a window counts as flat; above 0.

    Returns:
        The smoothed layers. A constant layer stays constant; near strong edges values may lie slightly outside the
        range of the input, so callers that need a range clip.

    Raises:
        ValueError: The radius is negative or epsilon is not above 0.
    """
    if radius_px < 0 or epsilon <= 0.0:
        raise ValueError(f"need radius_px >= 0 and epsilon > 0, found {radius_px} and {epsilon}")
    mean_guide = _box(guide, radius_px)
    variance = np.maximum(_box(guide * guide, radius_px) - mean_guide * mean_guide, 0.0)
    layers = []
    for layer in np.moveaxis(values, -1, 0):
        mean = _box(layer, radius_px)
        slope = (_box(guide * layer, radius_px) - mean_guide * mean) / (variance + epsilon)
        offset = mean - slope * mean_guide
        layers.append(_box(slope, radius_px) * guide + _box(offset, radius_px))
    return np.stack(layers, axis=-1).astype(np.float32)


def _box(layer: np.ndarray, radius_px: int) -> np.ndarray:
    """Return the mean over the window around each pixel, in float64 so that variances do not cancel."""
    size = (2 * radius_px + 1, 2 * radius_px + 1)
    return cv2.blur(np.asarray(layer, dtype=np.float64), size, borderType=cv2.BORDER_REPLICATE)
