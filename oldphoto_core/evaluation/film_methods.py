"""What stands side by side in the tables of film: nothing done, what needs no weights, and any engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import cv2
import numpy as np

from oldphoto_core.film.classical import ClassicalFilm
from oldphoto_core.film.deflicker import steadied
from oldphoto_core.film.reel import FilmEngine, FilmSettings, Frame, FrameSource
from oldphoto_core.image import luma
from oldphoto_core.quality.blind import quiet_noise_sigma
from oldphoto_core.quality.flow import dense_flow, fetched
from oldphoto_core.synthesis.reel_scene import Frames

_LEAST_H, _H_PER_SIGMA = 3.0, 0.9
_TEMPLATE_PX, _SEARCH_PX, _TIME = 7, 11, 3


@dataclass(frozen=True, slots=True)
class FilmMethod:
    """One row of the tables."""

    name: str
    """How it is named."""

    about: str
    """One sentence for the reader of the tables."""

    restore: Callable[[Frames], Frames] = field(repr=False)
    """From a clip as it is found to the restored one, of the same shape."""

    settings: str = ""
    """What decides its answers, in words."""

    most_clips: int | None = None
    """A slow method answers for so many clips of each kind only, the first ones; None is all."""


def source_of(frames: Frames) -> FrameSource:
    """Return a clip as engines read it."""

    def read(start: int, stop: int) -> list[Frame]:
        return list(frames[start:stop])

    return FrameSource(count=len(frames), height=frames.shape[1], width=frames.shape[2], read=read)


def by_engine(engine: FilmEngine, settings: FilmSettings) -> Callable[[Frames], Frames]:
    """Return what an engine makes of clips; its record is dropped."""

    def restored(frames: Frames) -> Frames:
        return np.stack([one.frame for one in engine.restore(source_of(frames), settings, lambda _: None)])

    return restored


def untouched(frames: Frames) -> Frames:
    """Return a clip as it is."""
    return frames


def median_of_three(frames: Frames) -> Frames:
    """Return the median of each frame and its two neighbours, pixel by pixel; the ends take the nearest three."""
    return np.stack([np.median(frames[_three(number, len(frames))], axis=0) for number in range(len(frames))])


def median_along_motion(frames: Frames) -> Frames:
    """Return the median of each frame and its two neighbours brought to it by their motion (dense inverse search)."""
    found = []
    for number, frame in enumerate(frames):
        others = [one for one in _three(number, len(frames)) if one != number]
        moved = [fetched(frames[one], dense_flow(luma(frame), luma(frames[one]))) for one in others]
        found.append(np.median(np.stack([frame, *moved]), axis=0))
    return np.stack(found).astype(np.float32)


def nlm_over_time(frames: Frames) -> Frames:
    """Return OpenCV's non-local means over three frames (``fastNlMeansDenoisingMulti``), its strength by the noise.

    The first and the last frame, which have no neighbour on one side, are denoised alone.
    """
    greys = [np.rint(255.0 * luma(frame)).astype(np.uint8) for frame in frames]
    found = []
    for number, frame in enumerate(frames):
        h = max(_LEAST_H, _H_PER_SIGMA * 255.0 * quiet_noise_sigma(luma(frame)))
        sizes = {"templateWindowSize": _TEMPLATE_PX, "searchWindowSize": _SEARCH_PX}
        if 0 < number < len(greys) - 1:
            grey = cv2.fastNlMeansDenoisingMulti(greys, number, _TIME, None, h, **sizes)
        else:
            grey = cv2.fastNlMeansDenoising(greys[number], None, h, **sizes)
        moved = grey.astype(np.float32) / np.float32(255.0) - luma(frame)
        found.append(np.clip(frame + moved[..., None], np.float32(0.0), np.float32(1.0)))
    return np.stack(found)


def evened_light(frames: Frames) -> Frames:
    """Return a clip whose light does not tremble, nothing else done."""
    shot, _ = steadied(source_of(frames))
    return np.stack(shot.read(0, shot.count))


def _three(number: int, count: int) -> list[int]:
    """Return the numbers of a frame and its neighbours, or of the three at an end; fewer in a clip of fewer."""
    first = min(max(number - 1, 0), max(count - 3, 0))
    return list(range(first, min(first + 3, count)))


FILM_METHODS: Mapping[str, FilmMethod] = MappingProxyType(
    {
        one.name: one
        for one in (
            FilmMethod("input", "The clip as it was found.", untouched),
            FilmMethod("median", "Median of three frames, without regard to motion.", median_of_three),
            FilmMethod("median-moved", "Median of three frames brought together by their motion.", median_along_motion),
            FilmMethod("nlm", "OpenCV's non-local means over three frames, strength by the noise.", nlm_over_time),
            FilmMethod("deflicker", "The light evened out, nothing else.", evened_light),
            FilmMethod(
                "classical",
                "The engine without weights: dirt found against both neighbours and filled from them.",
                by_engine(ClassicalFilm(), FilmSettings(deflicker=False)),
            ),
            FilmMethod(
                "classical-steady",
                "The same after the light was evened out.",
                by_engine(ClassicalFilm(), FilmSettings(deflicker=True)),
            ),
        )
    }
)
"""The methods that need no weights, by name."""
