"""How steady a film is: what changes from frame to frame that motion does not explain, and how its light trembles."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Float32

from oldphoto_core.image import Grey
from oldphoto_core.quality.flow import Seen, fetched, see

Levels = Float[np.ndarray, "T *cells"]


def motion_of(frames: Iterable[Grey]) -> Iterable[Seen]:
    """Give for each frame but the last its motion to the next one, one at a time.

    Args:
        frames: Lumas in [0, 1] of one shot, in order of time; of the truth or of the film as it was, never of what is
            judged.

    Raises:
        PhotoShapeError: A side is shorter than 12 pixels, or the sizes differ.
    """
    return (see(here, there) for here, there in pairwise(frames))


def warping_error(frames: Iterable[Float32[np.ndarray, "H W *C"]], motion: Iterable[Seen]) -> float:
    """Return the mean square of what differs between each frame and the next one brought back to it; 0 or more.

    Each pair's error is the mean over the pixels that both show; the clip's is the mean over pairs (Lai et al.,
    "Learning blind video temporal consistency", ECCV 2018, section 4.1). A clip with no pair, or none whose motion is
    believed anywhere, gives 0: read it beside a measure of quality, since a frozen film is as steady as can be.

    Args:
        frames: Lumas or RGB in [0, 1], in order of time.
        motion: From each frame but the last to the next (``motion_of``); one less than there are frames.

    Raises:
        ValueError: There are too many or too few of the motions.
    """
    errors = [
        float(np.square(here - fetched(there, seen.flow))[seen.believed].mean())
        for (here, there), seen in zip(pairwise(frames), motion, strict=True)
        if bool(seen.believed.any())
    ]
    return float(np.mean(errors)) if errors else 0.0


def levels(frames: Sequence[Grey], *, cells: int = 1) -> Float32[np.ndarray, "T n n"]:
    """Return the mean luma of each cell of a square grid over each frame.

    Args:
        frames: Lumas in [0, 1], in order of time.
        cells: Cells to a side; 1 gives the mean of the whole frame.
    """
    return np.stack([cell_means(frame, cells=cells) for frame in frames])


def cell_means(frame: Grey, *, cells: int = 1) -> Float32[np.ndarray, "n n"]:
    """Return the mean luma of each cell of a square grid over a frame; cells differ by a pixel at most.

    Raises:
        ValueError: The frame has fewer pixels to a side than cells are asked for.
    """
    if not 1 <= cells <= min(frame.shape):
        raise ValueError(f"need 1 to {min(frame.shape)} cells to a side, found {cells}")
    edges = [np.linspace(0, side, cells + 1).round().astype(int) for side in frame.shape]
    rows = [frame[top:bottom] for top, bottom in pairwise(edges[0])]
    means = [[row[:, left:right].mean(dtype=np.float64) for left, right in pairwise(edges[1])] for row in rows]
    return np.asarray(means, dtype=np.float32)


def flicker(means: Levels) -> float:
    """Return the standard deviation of light that trembles from frame to frame, in the unit of the means; 0 or more.

    It is the root mean square of the second differences over time, over the square root of 6: trembling that is
    independent in each frame gives its own standard deviation, a fade of any slope gives 0, and a light that is
    switched counts once. Fewer than 3 frames give 0.

    Args:
        means: Mean luma of each frame of one shot, or of each cell of each frame (``levels``); time comes first.

    Examples:
        >>> fade = np.linspace(0.0, 1.0, 11)
        >>> round(flicker(fade), 6)
        0.0
        >>> round(flicker(np.array([0.5, 0.6, 0.5, 0.6])), 4)
        0.0816
    """
    if len(means) < 3:
        return 0.0
    bend = np.diff(np.asarray(means, dtype=np.float64), n=2, axis=0)
    return float(np.sqrt(np.mean(np.square(bend)) / 6.0))
