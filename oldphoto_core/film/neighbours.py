"""Frames moved onto another frame of the same shot, and holes filled out of them."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.film.reel import Frame
from oldphoto_core.image import Grey, Mask, luma
from oldphoto_core.quality.flow import Flow, dense_flow, fetched

_SPECKS_PX = 3
_HEALING_PX = 6.0
_AROUND_PX = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Neighbour:
    """Another frame of the shot, and how to bring it onto this one."""

    frame: Frame
    """The other frame as it is, RGB in [0, 1]."""

    flow: Flow
    """From this frame to the other."""

    def moved(self) -> Frame:
        """Return it as seen from this frame."""
        return fetched(self.frame, self.flow)

    def healed(self, hole: Mask) -> "Neighbour":
        """Return it with the flow within a hole continued from around it: what covers a place says nothing of it."""
        return Neighbour(self.frame, continued(self.flow, hole))


def neighbour(here: Frame, other: Frame) -> Neighbour:
    """Return a frame with its motion from here; specks are taken out before motion is looked for.

    Raises:
        PhotoShapeError: A side is shorter than 12 pixels, or the sizes differ.
    """
    return Neighbour(other, dense_flow(_without_specks(here), _without_specks(other)))


def continued(values: Float32[np.ndarray, "H W *C"], hole: Mask) -> Float32[np.ndarray, "H W *C"]:
    """Return values with those in a hole replaced by a smooth mean of those around it (normalised convolution).

    In the middle of a hole so wide that nothing is near, the reach is widened until something is.

    Args:
        values: Any map of at most 4 channels.
        hole: What is to be replaced; if it is everything, the values come back as they are.
    """
    if not bool(hole.any()) or bool(hole.all()):
        return values
    result, empty, reach = values.copy(), hole.copy(), _HEALING_PX
    known = (~hole).astype(np.float32)
    while bool(empty.any()):
        weight = cv2.GaussianBlur(known, (0, 0), reach)
        summed = cv2.GaussianBlur(values * _as_wide_as(known, values), (0, 0), reach)
        ready = empty & (weight > 1e-3)
        result[ready] = summed[ready] / _as_wide_as(weight, values)[ready]
        empty &= ~ready
        reach *= 2.0
    return result


def filled(frame: Frame, hole: Mask, one: Neighbour, other: Neighbour) -> Frame:
    """Return a frame whose hole shows what the neighbours show there; every pixel outside of it stays bit for bit.

    Each place takes from the neighbour that fits better around the hole, not from the mean of both, so that grain stays
    grain; what differs in tone around the hole is evened out.

    Args:
        frame: RGB in [0, 1].
        hole: What to replace.
        one: A neighbour.
        other: The other neighbour.
    """
    if not bool(hole.any()) or bool(hole.all()):
        return frame
    from_one, from_other = (_toned(frame, each.healed(hole).moved(), hole) for each in (one, other))
    misfit = [_around(np.abs(luma(each) - luma(frame)), hole) for each in (from_one, from_other)]
    taken = np.where((misfit[0] <= misfit[1])[..., None], from_one, from_other)
    result = frame.copy()
    result[hole] = np.clip(taken[hole], 0.0, 1.0)
    return result


def _toned(frame: Frame, moved: Frame, hole: Mask) -> Frame:
    """Return a moved frame with the tone that this one has around the hole."""
    known = np.repeat((~hole).astype(np.float32)[..., None], 3, axis=2)
    weight = np.maximum(cv2.GaussianBlur(known, (0, 0), _AROUND_PX), 1e-3)
    return moved + cv2.GaussianBlur((frame - moved) * known, (0, 0), _AROUND_PX) / weight


def _around(misfit: Grey, hole: Mask) -> Grey:
    """Return for each place how badly the surroundings of holes fit."""
    known = (~hole).astype(np.float32)
    return cv2.GaussianBlur(misfit * known, (0, 0), _AROUND_PX) / np.maximum(
        cv2.GaussianBlur(known, (0, 0), _AROUND_PX), 1e-3
    )


def _as_wide_as(plane: Grey, like: np.ndarray) -> np.ndarray:
    return plane if like.ndim == 2 else np.repeat(plane[..., None], like.shape[2], axis=2)


def _without_specks(frame: Frame) -> Grey:
    levels = np.rint(np.clip(luma(frame), 0.0, 1.0) * 255.0).astype(np.uint8)
    return cv2.medianBlur(levels, _SPECKS_PX).astype(np.float32) / np.float32(255.0)
