"""Dirt and blotches: what one frame shows and neither neighbour, once both are moved onto it.

A pixel is a spike if its luma lies outside of the range that both neighbours have around that place (the simplified
rank-ordered difference; Nadenau & Mitra, "Blotch and scratch detection in image sequences based on rank ordered
differences", 1997). Blotches grow from spikes to what differs from both neighbours in one sense (the spike detection
index of Kokaram, "Motion Picture Restoration", Springer 1998, chapter 6). A line that stays at one place for many
frames is no spike: it is out of reach of this detector.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from oldphoto_core.image import Grey, Mask

_NEAR = np.ones((3, 3), np.uint8)
_MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True, slots=True, kw_only=True)
class DirtSettings:
    """What counts as dirt."""

    least: float = 0.05
    """Luma by which a spike leaves the range of its neighbours, at least."""

    noise_factor: float = 4.0
    """The same in standard deviations of the difference of two neighbours, which is what grain makes of it."""

    grow_to: float = 0.5
    """Share of that threshold that is enough for a pixel which touches a spike."""

    most_unsure: float = 0.1
    """Share of a blotch with its surroundings at which the neighbours may differ from each other."""

    around_px: int = 5
    """Pixels around a blotch that are its surroundings."""

    core_share: float = 0.15
    """Share of a blotch that is spikes, at least; clumps of grain and slow changes of light have less."""

    fewest_px: int = 3
    """Smallest blotch; less is grain."""

    largest_share: float = 0.03
    """Largest blotch, as a share of the frame; what is larger is motion that was not understood."""

    rim_px: int = 1
    """Pixels around a blotch that are taken with it, since dirt is blurred."""

    def stricter(self) -> "DirtSettings":
        """Return settings for the ends of a shot, where both neighbours lie on one side and motion is easily dirt."""
        return replace(
            self, least=1.5 * self.least, noise_factor=1.5 * self.noise_factor, largest_share=0.1 * self.largest_share
        )

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        if not (self.least > 0.0 and self.noise_factor >= 0.0 and 0.0 < self.grow_to <= 1.0):
            raise ValueError(f"need least > 0, noise_factor >= 0 and 0 < grow_to <= 1, found {self}")


@dataclass(frozen=True, slots=True, eq=False)
class Spikes:
    """What one frame shows alone."""

    strong: Mask
    """Pixels that leave the range of both neighbours."""

    weak: Mask
    """Pixels that differ from both neighbours in one sense; strong ones are among them."""

    unsure: Mask
    """Pixels at which the neighbours differ from each other: something moved there that flow did not follow."""


def spikes(frame: Grey, one: Grey, other: Grey, settings: DirtSettings) -> Spikes:
    """Return where a frame differs from both neighbours.

    Args:
        frame: Luma in [0, 1].
        one: A neighbour, moved onto it.
        other: The other neighbour, moved onto it.
        settings: What counts as dirt.
    """
    low = np.minimum(cv2.erode(one, _NEAR), cv2.erode(other, _NEAR))
    high = np.maximum(cv2.dilate(one, _NEAR), cv2.dilate(other, _NEAR))
    needed = max(settings.least, settings.noise_factor * noise(one, other))
    from_one, from_other = frame - one, frame - other
    distance = np.minimum(np.abs(from_one), np.abs(from_other))
    weak = (from_one * from_other > 0.0) & (distance > settings.grow_to * needed)
    return Spikes(
        strong=weak & (np.maximum(low - frame, frame - high) > needed), weak=weak, unsure=np.abs(one - other) > needed
    )


def noise(one: Grey, other: Grey) -> float:
    """Return the standard deviation of the difference of two frames on each other, over a robust majority of pixels."""
    difference = one - other
    return _MAD_TO_SIGMA * float(np.median(np.abs(difference - np.median(difference))))


def blotches(found: Spikes, settings: DirtSettings, *, again: Mask | None = None) -> Mask:
    """Return the pixels of dirt.

    Args:
        found: What the frame shows alone.
        settings: What counts as dirt.
        again: Where the frames before and after have spikes of their own. Dirt comes once; something that moves faster
            than the flow can follow is a spike in each frame. So a blotch of which half lies there is left.
    """
    count, label, facts, _ = cv2.connectedComponentsWithStats(found.weak.astype(np.uint8), connectivity=8)
    area = facts[:, cv2.CC_STAT_AREA]
    held = np.bincount(label[found.strong], minlength=count)
    good = (
        (held >= np.maximum(1.0, settings.core_share * area))
        & (area >= settings.fewest_px)
        & (area <= settings.largest_share * found.weak.size)
    )
    good &= _unsure_shares(label, count, found.unsure, settings.around_px) <= settings.most_unsure
    good[0] = False
    if again is not None:
        good &= np.bincount(label[again], minlength=count) < 0.5 * area
    kept = good[label]
    return cv2.dilate(kept.astype(np.uint8), _square(settings.rim_px)).astype(bool)


def _unsure_shares(label: np.ndarray, count: int, unsure: Mask, around_px: int) -> np.ndarray:
    """Return for each blotch at which share of it and its surroundings the neighbours differ from each other."""
    wide = cv2.dilate(label.astype(np.float32), _square(around_px)).astype(np.int64).ravel()
    return np.bincount(wide, weights=unsure.ravel(), minlength=count) / np.maximum(
        np.bincount(wide, minlength=count), 1
    )


def _square(reach_px: int) -> np.ndarray:
    return np.ones((2 * reach_px + 1,) * 2, np.uint8)
