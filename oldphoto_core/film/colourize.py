"""Colours of key frames, painted by a person, carried along a shot: motion says where to look, likeness what to take.

Each frame is joined with the nearest key frame on either side by the motion between all frames on the way, put together
and corrected once more by motion found between the two directly. Around the place it points to, the key frame's pixels
are weighted by how alike their surroundings are (attention over patches, in the manner of Buades et al., 2005, and of
the exemplar colouring of Zhang et al., CVPR 2019, without a network). What finds nothing alike takes the colour of what
is near it and as light (bilateral grid; Chen et al., 2007). The paper on old films describes a network for this, which
was never released; this is a plain procedure without weights.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.film.attention import Attention, Lent, diffused, lent_colours
from oldphoto_core.film.lab import Colours, colours_of, with_colours
from oldphoto_core.film.reel import Frame, FrameSource
from oldphoto_core.image import Grey, luma
from oldphoto_core.quality.flow import Flow, dense_flow, fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourizeSettings:
    """How colours are carried."""

    working_px: int = 480
    """Longer side at which colours are carried, in pixels; the light keeps its own detail."""

    attention: Attention = field(default_factory=Attention)
    """What counts as alike."""

    half_way: int = 12
    """Frames after which a key frame counts half as much, beside a nearer one."""


@dataclass(frozen=True, slots=True, eq=False)
class _Key:
    """A painted frame at working size."""

    number: int
    light: Grey
    colours: Colours


def colourized(
    shot: FrameSource, keys: Mapping[int, Frame], settings: ColourizeSettings = ColourizeSettings()
) -> Iterator[Frame]:
    """Give the frames of a shot in the colours of its key frames, with the light that they have.

    Between two key frames the motion back to the second one is held for all frames: four bytes for each pixel at
    working size. The colours of a key frame come back as they were painted.

    Args:
        shot: Grey frames.
        keys: Painted frames by their number in the shot, of the shot's size.
        settings: How colours are carried.

    Raises:
        ValueError: There is no key frame, or one has no place in the shot.
    """
    if not keys or not all(0 <= number < shot.count for number in keys):
        raise ValueError(f"need key frames with numbers from 0 to {shot.count - 1}, found {sorted(keys)}")
    painted = [_key(number, keys[number], settings) for number in sorted(keys)]
    bounds = [0, *(key.number for key in painted[1:]), shot.count]
    first = painted[0]
    if first.number:
        yield from _stretch(shot, 0, first.number, (None, first), settings)
    for index, key in enumerate(painted):
        after = painted[index + 1] if index + 1 < len(painted) else None
        yield from _stretch(shot, key.number, bounds[index + 1], (key, after), settings)


def _stretch(
    shot: FrameSource, start: int, stop: int, keys: tuple[_Key | None, _Key | None], settings: ColourizeSettings
) -> Iterator[Frame]:
    """Give frames that have no key frame between them, but before or after them, or both."""
    before, after = keys
    back = dict(_ways_back(shot, start, after, settings)) if after is not None else {}
    way: Flow | None = None
    previous: Grey | None = None
    for number in range(start, stop):
        frame = shot.read(number, number + 1)[0]
        light = _small(luma(frame), settings)
        lent = []
        if before is not None:
            way = _joined(light, previous, way)
            lent.append((before, number - before.number, way))
        if after is not None:
            lent.append((after, after.number - number, back.pop(number).astype(np.float32)))
        yield with_colours(frame, _coloured(light, lent, settings))
        previous = light


def _coloured(light: Grey, ways: list[tuple[_Key, int, Flow]], settings: ColourizeSettings) -> Colours:
    """Return the colours of a frame out of one key frame or two."""
    found: list[tuple[Lent, float]] = []
    for key, distance, way in ways:
        if not distance:
            return key.colours
        lent = lent_colours(light, key.light, key.colours, (way, _corrected(light, key.light, way)), settings.attention)
        found.append((lent, 0.5 ** (distance / settings.half_way)))
    trust = np.stack([each.trust * np.float32(share) for each, share in found])
    total = np.maximum(trust.sum(axis=0), 1e-6)
    mixed = sum(each.colours * (part / total)[..., None] for (each, _), part in zip(found, trust, strict=True))
    believed = np.max(np.stack([each.trust for each, _ in found]), axis=0)
    return diffused(light, np.asarray(mixed, dtype=np.float32), believed)


def _ways_back(
    shot: FrameSource, start: int, key: _Key, settings: ColourizeSettings
) -> Iterator[tuple[int, np.ndarray]]:
    """Give the motion from each frame to a later key frame, the last frame first, in half precision."""
    later, way = key.light, None
    for number in range(key.number - 1, start - 1, -1):
        light = _small(luma(shot.read(number, number + 1)[0]), settings)
        way = _joined(light, later, way)
        later = light
        yield number, way.astype(np.float16)


def _joined(light: Grey, beside: Grey | None, way: Flow | None) -> Flow:
    """Return the motion to the key frame: to the frame beside, and on from there."""
    if beside is None:
        return np.zeros((*light.shape, 2), np.float32)
    step = dense_flow(light, beside)
    return step if way is None else step + fetched(way, step)


def _corrected(light: Grey, key: Grey, way: Flow) -> Flow:
    """Return the motion without its drift: joined with what is left to move once the key frame is moved along it."""
    rest = dense_flow(light, fetched(key, way))
    return rest + fetched(way, rest)


def _key(number: int, frame: Frame, settings: ColourizeSettings) -> _Key:
    colours = colours_of(frame)
    return _Key(number, _small(luma(frame), settings), _small(colours, settings))


def _small(plane: Float32[np.ndarray, "_ _ *c"], settings: ColourizeSettings) -> Float32[np.ndarray, "_ _ *c"]:
    """Return a plane at working size."""
    height, width = plane.shape[:2]
    share = settings.working_px / max(height, width)
    if share >= 1.0:
        return plane
    size = (max(16, round(width * share)), max(16, round(height * share)))
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def warped_only(shot: FrameSource, key: Frame) -> Iterator[Frame]:
    """Give the frames of a shot in the colours of its first frame, moved from frame to frame, to compare with.

    Args:
        shot: Grey frames.
        key: The first frame, painted.
    """
    colours, previous = colours_of(key), luma(key)
    for number in range(shot.count):
        frame = shot.read(number, number + 1)[0]
        light = luma(frame)
        if number:
            colours = fetched(colours, dense_flow(light, previous))
        previous = light
        yield with_colours(frame, colours)
