"""Thin layers of one colour each, laid on few pixels: scratches, dust, hairs."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from oldphoto_core.damage import DamageKind
from oldphoto_core.image import Grey, Photo
from oldphoto_core.synthesis.effect import Effect, laid_at

DIRT = np.float32(0.12)
"""Tone of dirt on a print, relative to its paper."""

Ink = Float32[np.ndarray, " 3"]


def inked(photo: Photo, layers: Sequence[tuple[Ink, Grey]], *, kind: DamageKind, half: float) -> Effect:
    """Return the photograph under layers of colour, with the mask and the severity of what they did.

    Args:
        photo: The photograph; it is not changed.
        layers: Colour and opacity, in [0, 1], of each layer, the lowest first.
        kind: The structured kind.
        half: Mean change over the whole picture, in [0, 1], that counts as plainly visible.

    Examples:
        >>> speck = np.zeros((2, 2), np.float32)
        >>> speck[0, 0] = 1.0
        >>> white = np.ones(3, np.float32)
        >>> effect = inked(np.zeros((2, 2, 3), np.float32), [(white, speck)], kind="dust", half=0.25)
        >>> effect.severities, effect.photo[0].tolist()
        ({'dust': 0.5}, [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    """
    covered = np.zeros(photo.shape[:2], dtype=np.bool_)
    for _, opacity in layers:
        covered |= opacity > 0.0
    places = np.flatnonzero(covered)
    pixels = photo.reshape(-1, 3)[places]
    for colour, opacity in layers:
        pixels += opacity.reshape(-1)[places, None] * (colour - pixels)
    return laid_at(photo, places, pixels, kind=kind, half=half)
