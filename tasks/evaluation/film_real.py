"""Real film for an evaluation: frames of old clips, and what methods make of them where no truth is known."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from oldphoto_core.evaluation.film_methods import FilmMethod
from oldphoto_core.evaluation.film_scores import measured_real
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.read import read_scan
from oldphoto_core.synthesis.reel_scene import Frames
from tasks.evaluation.data import SUFFIXES
from tasks.evaluation.film_strips import strip_of
from tasks.evaluation.page import Strip

FILM = Path("dev_test") / "film"


@dataclass(frozen=True, slots=True, eq=False)
class RealClip:
    """A real clip."""

    name: str
    """Its folder."""

    frames: Frames = field(repr=False)
    """Its frames."""


@dataclass(frozen=True, slots=True)
class RealScore:
    """One method on one real clip."""

    clip: str
    """Which clip."""

    method: str
    """Who restored it."""

    measures: Mapping[str, float]
    """By the names of ``REAL_MEASURES``."""

    seconds: float
    """Processor time for a frame."""


def real_clips(data: Path, most_frames: int) -> list[RealClip]:
    """Return the first frames of each real clip of a data folder, in the order of their names; none if it has none.

    Raises:
        ScanError: A frame cannot be read.
    """
    folder = data / FILM
    folders = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    found = []
    for one in folders:
        files = sorted(path for path in one.iterdir() if path.suffix.lower() in SUFFIXES)[:most_frames]
        if files:
            found.append(RealClip(one.name, np.stack([to_photo(read_scan(path)) for path in files])))
    return found


def measured_on(clip: RealClip, methods: Sequence[FilmMethod]) -> tuple[list[RealScore], Strip]:
    """Return the measures of all methods on a real clip, and the clip to look at; slow methods are left out."""
    scores, shown = [], {}
    for method in methods:
        if method.most_clips is not None:
            continue
        began = time.process_time()
        found = method.restore(clip.frames)
        seconds = (time.process_time() - began) / len(found)
        scores.append(RealScore(clip.name, method.name, measured_real(found, clip.frames), seconds))
        shown[method.name] = found
    return scores, strip_of(clip.name, "real film", shown)
