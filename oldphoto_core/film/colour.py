"""A film in colour restored by a network that knows light only: its luma is replaced, its colours are carried along.

Colour is what the channels differ from luma by. It stays as it is, bit for bit where luma did, except under repaired
damage: there it is that of the neighbouring frames, moved onto this one, since dirt hides colour as it hides light.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import cv2
import numpy as np

from oldphoto_core.film.neighbours import filled, neighbour
from oldphoto_core.film.reel import Frame
from oldphoto_core.image import Grey, Mask, is_monochrome, luma

FilmColour = Literal["grey", "tinted", "colour"]

_GREY = 1.0 / 512.0
"""Largest difference of the channels of a grey film."""

_BELIEVED = 0.5
_REPAIRED = 0.04
"""Change of luma from which a place that the network distrusts counts as repaired damage."""

_RIM = np.ones((5, 5), np.uint8)


def colour_of(frames: Sequence[Frame]) -> FilmColour:
    """Return whether frames are grey, of one tint (toned or tinted stock, a cast of the scanner), or in colour."""
    if all(float((frame.max(axis=2) - frame.min(axis=2)).max()) <= _GREY for frame in frames):
        return "grey"
    return "tinted" if all(is_monochrome(frame) for frame in frames) else "colour"


def repaired_damage(before: Grey, after: Grey, distrust: Grey) -> Mask:
    """Return where damage was repaired, with a rim: places that the network distrusts and has changed.

    Args:
        before: Luma as it was, in [0, 1].
        after: Luma as restored.
        distrust: The network's own mask of damage, in [0, 1].
    """
    found = (distrust > _BELIEVED) & (np.abs(after - before) > _REPAIRED)
    return cv2.dilate(found.astype(np.uint8), _RIM).astype(bool)


def relit(frame: Frame, before: Grey, after: Grey) -> Frame:
    """Return a frame with another luma and its own colours; where luma is the same, every bit is.

    Args:
        frame: RGB in [0, 1].
        before: Its luma.
        after: The luma it shall have, in [0, 1]; colours that do not fit into [0, 1] with it are cut.
    """
    return np.clip(frame + (after - before)[..., None], 0.0, 1.0)


def recoloured(frame: Frame, hole: Mask, others: Callable[[], tuple[Frame, Frame]]) -> Frame:
    """Return a frame whose colours within a hole are those of its neighbours there; its luma stays, but for cutting.

    Args:
        frame: RGB in [0, 1], restored in luma.
        hole: Repaired damage.
        others: Reads two neighbouring frames; asked only if there is a hole.
    """
    if not bool(hole.any()) or bool(hole.all()):
        return frame
    one, other = (neighbour(frame, each) for each in others())
    lent = filled(frame, hole, one, other)
    colours = lent - luma(lent)[..., None]
    result = frame.copy()
    result[hole] = np.clip(colours[hole] + luma(frame)[hole][:, None], 0.0, 1.0)
    return result
