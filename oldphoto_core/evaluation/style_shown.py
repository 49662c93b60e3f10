"""Reference pictures that show chosen regions of a photograph elsewhere and otherwise, their colours unchanged.

The style-invariant transform of MROPM-Net (Gunawan et al., CVPR 2023, released training code): a turn by quarter turns
that all references share, a shift that keeps the regions within the frame, mirroring; a filler picture around them.
"""

import numpy as np

from oldphoto_core.image import Mask, Photo


def shown_elsewhere(photo: Photo, mask: Mask, filler: Photo, rng: np.random.Generator, *, quarter_turns: int) -> Photo:
    """Return a reference that shows the pixels of a mask, moved, and a filler picture everywhere else.

    Args:
        photo: A square picture.
        mask: What of it is shown; of its size.
        filler: What surrounds it; of its size.
        rng: The source of chance for shift and mirroring.
        quarter_turns: Turns by 90 degrees.

    Returns:
        A picture of the same size; each pixel of the mask is in it exactly once.
    """
    pixels, shown = np.rot90(photo, quarter_turns), np.rot90(mask, quarter_turns)
    shift = tuple(_shift(np.flatnonzero(shown.any(axis=1 - axis)), size, rng) for axis, size in enumerate(shown.shape))
    # What is shown stays within the frame, so what rolls over the edge is never shown.
    pixels, shown = np.roll(pixels, shift, axis=(0, 1)), np.roll(shown, shift, axis=(0, 1))
    for axis in (0, 1):
        if rng.random() < 0.5:
            pixels, shown = np.flip(pixels, axis), np.flip(shown, axis)
    return np.ascontiguousarray(np.where(shown[..., None], pixels, filler))


def _shift(places: np.ndarray, size: int, rng: np.random.Generator) -> int:
    """Return by how much the occupied places may move along an axis, to either side with equal chance."""
    if not places.size:
        return 0
    room = [-int(places[0]), int(size - 1 - places[-1])]
    ways = [margin for margin in room if margin]
    if not ways:
        return 0
    margin = ways[int(rng.integers(len(ways)))]
    return int(np.sign(margin)) * int(rng.integers(abs(margin) + 1))
