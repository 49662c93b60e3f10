"""The engine without weights: dirt is found by what its neighbours do not show, and filled out of them.

It repairs what one frame alone shows (dust, dirt, blotches, hairs that jump). It cannot repair what stays: lines and
stains that lie at one place for many frames, blur, unsteadiness and lost detail. Pixels that are not found to be dirt
come back bit for bit, as they were after deflickering.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from oldphoto_core.film.deflicker import steadied
from oldphoto_core.film.dirt import DirtSettings, Spikes, blotches, spikes
from oldphoto_core.film.neighbours import Neighbour, filled, neighbour
from oldphoto_core.film.reel import FilmSettings, FilmStep, Frame, FrameSource, RestoredFrame, Told
from oldphoto_core.image import Mask, luma
from oldphoto_core.quality.flow import SHORTEST_SIDE_PX, Flow

_MOVING_PX = 1.0
"""How far from the motion of the frame a thing goes that moves by itself."""

_AGAIN_PX = 9
"""How far a spike of the frame before or after may lie to count as the same thing moving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassicalSettings:
    """How dirt is found, and how much of it a frame may have."""

    dirt: DirtSettings = field(default_factory=DirtSettings)
    """What counts as dirt."""

    most_share: float = 0.08
    """Share of a frame that may be dirt; a frame with more is left as it is, since motion was not understood there."""


@dataclass(frozen=True, slots=True, eq=False)
class _Looked:
    """A frame with its two neighbours and what it shows alone."""

    frame: Frame
    one: Neighbour
    other: Neighbour
    found: Spikes
    dirt: DirtSettings


@dataclass(slots=True)
class _Sums:
    """What is told of a shot."""

    frames: int = 0
    repaired: int = 0
    changed_px: int = 0
    left: int = 0


class ClassicalFilm:
    """Takes dirt out of a shot; memory for about ten frames, whatever its length."""

    name = "classical"
    weights: Mapping[str, str] = {}

    def __init__(self, settings: ClassicalSettings = ClassicalSettings()) -> None:
        self.settings = settings

    def restore(
        self, shot: FrameSource, settings: FilmSettings, told: Told, *, start: int = 0
    ) -> Iterator[RestoredFrame]:
        """Yield the frames of a shot from ``start`` on, without dirt.

        Steps are told when the last frame has been given; their counts are of the frames given.
        """
        if settings.deflicker:
            shot, step = steadied(shot)
            told(step)
        if shot.count < 3 or min(shot.height, shot.width) < SHORTEST_SIDE_PX:
            yield from _as_they_are(shot, start)
            reason = f"{shot.count} frames of {shot.width}x{shot.height}: dirt is seen from 3 frames of 12 pixels on"
            told(FilmStep(name="restore", verdict="skipped", reason=reason))
            return
        sums = _Sums()
        for looked, again in _with_both_sides(_looked_at(shot, self.settings.dirt, max(0, start - 1)), start):
            yield self._repaired(looked, again, settings.strength, sums)
        told(_record(sums, shot))

    def _repaired(self, looked: _Looked, again: Mask, strength: float, sums: _Sums) -> RestoredFrame:
        hole = blotches(looked.found, looked.dirt, again=again)
        share = float(hole.mean())
        sums.frames += 1
        if share > self.settings.most_share or strength == 0.0:
            sums.left += share > self.settings.most_share
            return RestoredFrame(frame=looked.frame)
        repaired = filled(looked.frame, hole, looked.one, looked.other)
        if strength < 1.0:
            repaired[hole] += np.float32(1.0 - strength) * (looked.frame[hole] - repaired[hole])
        sums.repaired += share > 0.0
        sums.changed_px += int(hole.sum())
        return RestoredFrame(frame=repaired, changed_share=share)


def _looked_at(shot: FrameSource, dirt: DirtSettings, start: int) -> Iterator[_Looked]:
    """Give each frame from a number on; the first and the last frame have both neighbours on one side."""
    held: dict[int, Frame] = {}
    for number in range(start, shot.count):
        first = min(max(number - 1, 0), shot.count - 3)
        held = {at: held[at] if at in held else shot.read(at, at + 1)[0] for at in range(first, first + 3)}
        frame = held[number]
        one, other = (neighbour(frame, held[at]) for at in sorted(held) if at != number)
        at_end = number in {0, shot.count - 1}
        asked = dirt.stricter() if at_end else dirt
        found = spikes(luma(frame), luma(one.moved()), luma(other.moved()), asked)
        if at_end:
            found = replace(found, unsure=found.unsure | _moving(one.flow) | _moving(other.flow))
        yield _Looked(frame, one, other, found, asked)


def _moving(flow: Flow) -> Mask:
    """Return what moves otherwise than most of the frame does."""
    return np.abs(flow - np.median(flow, axis=(0, 1))).max(axis=2) > _MOVING_PX


def _with_both_sides(frames: Iterator[_Looked], start: int) -> Iterator[tuple[_Looked, Mask]]:
    """Give each frame with the places near spikes of the frames before and after it.

    The stream begins one frame before ``start``, unless that is the first frame.
    """
    before: _Looked | None = next(frames) if start else None
    here = next(frames, None)
    while here is not None:
        after = next(frames, None)
        beside = [side for side in (before, after) if side is not None]
        near = [cv2.dilate(side.found.strong.astype(np.uint8), np.ones((_AGAIN_PX,) * 2, np.uint8)) for side in beside]
        yield here, np.logical_or.reduce([side.astype(bool) for side in near])
        before, here = here, after


def _as_they_are(shot: FrameSource, start: int) -> Iterator[RestoredFrame]:
    for number in range(start, shot.count):
        yield RestoredFrame(frame=shot.read(number, number + 1)[0])


def _record(sums: _Sums, shot: FrameSource) -> FilmStep:
    pixels = max(1, sums.frames * shot.height * shot.width)
    measures = {
        "changed_pixels": float(sums.changed_px),
        "changed_share": sums.changed_px / pixels,
        "repaired_frames": float(sums.repaired),
        "frames_left_for_too_much": float(sums.left),
    }
    if sums.changed_px:
        return FilmStep(name="restore", verdict="applied", measures=measures)
    return FilmStep(name="restore", verdict="skipped", reason="no dirt was found", measures=measures)
