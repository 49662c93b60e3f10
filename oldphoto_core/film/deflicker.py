"""Evening out light that trembles from frame to frame, and leaving alone light that changes.

The tones of each frame (quantiles of its luma) are compared with what they would be if they went on evenly from the
frames around it: along a line, before it, around it or after it, whichever they follow best. So a fade of any slope, a
lamp that is switched and a pan stay, and only what no line explains is taken out, by one straight tone curve a frame.
Light that trembles in a part of the frame only, and what is clipped already, stay as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from jaxtyping import Float, Float32

from oldphoto_core.film.reel import FilmStep, Frame, FrameSource
from oldphoto_core.image import luma
from oldphoto_core.quality.film import flicker

QUANTILES = np.linspace(0.05, 0.95, 10)
"""Of the luma of a frame: its tones."""

_READ_AT_ONCE = 8
_SEEN_WIDTH_PX = 160
_BORDER = 0.06
"""Share of each side that is not looked at: frame lines and corners of the gate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeflickerSettings:
    """What counts as trembling."""

    reach: int = 8
    """Frames before and after a frame that are compared with it; 0.3 seconds at 24 frames a second."""

    least: float = 0.002
    """Flicker of a shot, as a standard deviation of luma, under which nothing is done: half of an 8-bit level."""

    much_better: float = 0.06
    """A line over one side is followed instead of one over both if it leaves this share of the variance, or less."""

    most_gain: float = 1.4
    """Largest stretch of the tones, and its inverse the largest squeeze."""

    most_offset: float = 0.2
    """Largest shift of the tones, in luma."""


@dataclass(frozen=True, slots=True)
class Tone:
    """A straight tone curve: luma becomes gain * luma + offset."""

    gain: float = 1.0
    """Stretch of the luma."""

    offset: float = 0.0
    """Shift of the luma, in [0, 1] units."""

    def apply(self, frame: Frame) -> Frame:
        """Return the frame with its luma moved and its colours (differences of channels) as they were, in [0, 1]."""
        if self == Tone():
            return frame
        move = (self.gain - 1.0) * luma(frame) + self.offset
        return np.clip(frame + move[..., None].astype(np.float32), 0.0, 1.0)


def steadied(shot: FrameSource, settings: DeflickerSettings = DeflickerSettings()) -> tuple[FrameSource, FilmStep]:
    """Return a shot whose light is even, and the record of that; the same shot if its light does not tremble.

    The shot is read once, a few frames at a time; frames are changed when they are read again.

    Args:
        shot: The shot as it is.
        settings: What counts as trembling.
    """
    before = np.stack(list(_tones_of(shot)))
    found = flicker(before.mean(axis=1))
    measures = {"flicker_before_luma": found}
    if found < settings.least:
        reason = f"flicker {found:.4f} is under {settings.least}"
        return shot, FilmStep(name="deflicker", verdict="skipped", reason=reason, measures=measures)
    curves = curves_for(before, settings)
    after = np.stack([curve.gain * tones + curve.offset for curve, tones in zip(curves, before, strict=True)])
    left = flicker(np.clip(after, 0.0, 1.0).mean(axis=1))
    measures |= {"flicker_after_luma": left, "largest_change_luma": float(np.abs(after - before).max())}
    if left >= found:
        reason = f"flicker would rise from {found:.4f} to {left:.4f}"
        return shot, FilmStep(name="deflicker", verdict="rejected", reason=reason, measures=measures)

    def read(start: int, stop: int) -> list[Frame]:
        return [curve.apply(frame) for curve, frame in zip(curves[start:stop], shot.read(start, stop), strict=True)]

    return replace(shot, read=read), FilmStep(name="deflicker", verdict="applied", measures=measures)


def frame_tones(frame: Frame) -> Float32[np.ndarray, " q"]:
    """Return the quantiles of a frame's luma, in [0, 1]; small dirt hardly counts, for the frame is reduced first."""
    height, width = frame.shape[:2]
    down, across = int(_BORDER * height), int(_BORDER * width)
    inner = np.ascontiguousarray(frame[down : height - down, across : width - across])
    wide = min(_SEEN_WIDTH_PX, inner.shape[1])
    size = (wide, max(1, round(inner.shape[0] * wide / inner.shape[1])))
    small = cv2.resize(inner, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], 3)
    return np.quantile(luma(small), QUANTILES).astype(np.float32)


def curves_for(tones: Float[np.ndarray, "T q"], settings: DeflickerSettings) -> list[Tone]:
    """Return for each frame of a shot the curve that brings its tones to those that follow evenly from its neighbours.

    Args:
        tones: Of each frame, in order of time.
        settings: What counts as trembling.
    """
    wanted = even(tones, settings)
    return [_curve(*pair, settings) for pair in zip(tones.astype(np.float64), wanted, strict=True)]


def even(tones: Float[np.ndarray, "T q"], settings: DeflickerSettings) -> Float[np.ndarray, "T q"]:
    """Return tones that go on evenly: at each frame the value of the line that fits best around, before or after it."""
    count = len(tones)
    result = np.empty(tones.shape)
    for at in range(count):
        first, last = max(0, at - settings.reach), min(count, at + settings.reach + 1)
        result[at], left = _line(tones, at, first, last, settings.reach)
        for start, stop in ((first, at + 1), (at, last)):
            if stop - start > settings.reach // 2:
                value, rest = _line(tones, at, start, stop, settings.reach)
                if rest < settings.much_better * left:
                    result[at], left = value, rest
    return result


def _line(tones: np.ndarray, at: int, start: int, stop: int, reach: int) -> tuple[np.ndarray, float]:
    """Return the value at a frame of the line through some frames, near ones counting most, and the variance left."""
    when = np.arange(start, stop) - at
    weight = np.cos(0.5 * np.pi * when / (reach + 1)) ** 2
    weight /= weight.sum()
    middle, mean = weight @ when, weight @ tones[start:stop]
    spread = max(float(weight @ (when - middle) ** 2), 1e-9)
    slope = (weight * (when - middle)) @ tones[start:stop] / spread
    rest = tones[start:stop] - mean - np.outer(when - middle, slope)
    return mean - slope * middle, float(np.mean(weight @ np.square(rest)))


def _curve(given: np.ndarray, wanted: np.ndarray, settings: DeflickerSettings) -> Tone:
    """Return the straight curve from tones to wanted tones, within bounds; one without contrast is only shifted."""
    centred = given - given.mean()
    spread = float(np.mean(np.square(centred)))
    gain = float(np.mean(centred * wanted) / spread) if spread > 1e-4 else 1.0
    gain = float(np.clip(gain, 1.0 / settings.most_gain, settings.most_gain))
    offset = float(wanted.mean() - gain * given.mean())
    return Tone(gain, float(np.clip(offset, -settings.most_offset, settings.most_offset)))


def _tones_of(shot: FrameSource) -> Iterator[Float32[np.ndarray, " q"]]:
    for start in range(0, shot.count, _READ_AT_ONCE):
        for frame in shot.read(start, min(shot.count, start + _READ_AT_ONCE)):
            yield frame_tones(frame)
