"""Where the pixels of one film frame lie in another, and where that can be believed.

A flow has shape (H, W, 2): for each pixel of this frame how far to the right and down it lies in the other, in pixels.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Grey, Mask

Flow = Float32[np.ndarray, "H W 2"]

SHORTEST_SIDE_PX = 12
"""The shortest side that the estimator takes."""

_LEVELS = 255.0


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The flow from one frame to another, and where it holds."""

    flow: Flow
    """From this frame to the other."""

    believed: Mask
    """Pixels that the other frame shows too: neither covered, nor out of the frame, nor on a border of motion."""


def dense_flow(here: Grey, there: Float32[np.ndarray, "_ _"]) -> Flow:
    """Return where pixels of one frame lie in the other, by dense inverse search (Kroeger et al., ECCV 2016).

    Args:
        here: Luma in [0, 1]; it is rounded to 256 levels.
        there: Luma of the other frame, of the same size.

    Raises:
        PhotoShapeError: A side is shorter than 12 pixels, or the sizes differ.
    """
    if here.shape != there.shape or min(here.shape) < SHORTEST_SIDE_PX:
        raise PhotoShapeError(
            found=f"frames of {here.shape} and {there.shape}",
            expected=f"two frames of one size with sides of {SHORTEST_SIDE_PX} pixels or more",
        )
    estimator = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found = estimator.calc(_levels(here), _levels(there), None)  # type: ignore[call-overload]  # None: a new array
    return np.asarray(found, dtype=np.float32)


def see(here: Grey, there: Grey) -> Seen:
    """Return the flow from one frame to another, with the pixels at which the flow back agrees.

    Raises:
        PhotoShapeError: A side is shorter than 12 pixels, or the sizes differ.
    """
    flow = dense_flow(here, there)
    return Seen(flow, believed(flow, dense_flow(there, here)))


def believed(flow: Flow, back: Flow) -> Mask:
    """Return where a flow and the flow back agree (Ruder et al., GCPR 2016, equations 2 and 3; Sundaram et al., 2010).

    Args:
        flow: From this frame to the other.
        back: From the other frame to this one.
    """
    returned = fetched(back, flow)
    length = _square(flow)
    astray = _square(flow + returned) > 0.01 * (length + _square(returned)) + 0.5
    across, down = np.gradient(flow, axis=1), np.gradient(flow, axis=0)
    border = _square(across) + _square(down) > 0.01 * length + 0.002
    return ~astray & ~border & inside(flow)


def inside(flow: Flow) -> Mask:
    """Return which pixels lie within the other frame."""
    height, width = flow.shape[:2]
    across, down = _places(flow)
    return (across >= 0.0) & (across <= width - 1.0) & (down >= 0.0) & (down <= height - 1.0)


def fetched(
    there: Float32[np.ndarray, "H W *C"], flow: Flow, *, interpolation: int = cv2.INTER_LINEAR
) -> Float32[np.ndarray, "H W *C"]:
    """Return another frame as seen from this one; what lies outside of it takes the value at its border.

    Args:
        there: Any map of the other frame, of at most 4 channels.
        flow: From this frame to the other.
        interpolation: An OpenCV interpolation; bilinear by default.
    """
    across, down = _places(flow)
    return cv2.remap(there, across, down, interpolation, borderMode=cv2.BORDER_REPLICATE)


def _places(flow: Flow) -> tuple[Grey, Grey]:
    height, width = flow.shape[:2]
    return flow[..., 0] + np.arange(width, dtype=np.float32), flow[..., 1] + np.arange(height, dtype=np.float32)[
        :, None
    ]


def _square(vectors: Flow) -> Grey:
    return np.square(vectors).sum(axis=2)


def _levels(grey: Grey) -> np.ndarray:
    return np.rint(np.clip(grey, 0.0, 1.0) * _LEVELS).astype(np.uint8)
