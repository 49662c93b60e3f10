"""Methods for film that need weights: the film network, and our engine for photographs, frame by frame."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from oldphoto_core.evaluation.cases import Truth
from oldphoto_core.evaluation.film_methods import FILM_METHODS, FilmMethod, by_engine, evened_light, untouched
from oldphoto_core.evaluation.methods import UnknownMethodError
from oldphoto_core.film.learned import LearnedFilm
from oldphoto_core.film.reel import FilmSettings
from oldphoto_core.networks.compact.load import load_compact
from oldphoto_core.networks.rtn.film import FilmRestorer
from oldphoto_core.synthesis.reel_scene import Frames
from oldphoto_core.training.film_clips import restored_whole
from tasks.evaluation.weights import WeightsPlace

COMPACT = "rtn-compact"
STEADY = "rtn-compact-steady"
BOTH = "classical-rtn-compact"
CHECKED = "rtn-compact-checked"
PHOTO = "own-photo"
FILM_METHOD_NAMES = (*FILM_METHODS, PHOTO, COMPACT, STEADY, BOTH, CHECKED)
"""Every method that can be named, in the order of the tables."""

_ABOUT = {
    COMPACT: "The compact film network alone, its answer taken as it is.",
    STEADY: "The same after the light was evened out.",
    BOTH: "The light evened out, dirt filled by the engine without weights, then the network.",
    CHECKED: "The engine as it runs: light evened out, the network tried, and the clip left alone if it got worse.",
}

_BEFORE = {COMPACT: untouched, STEADY: evened_light, BOTH: FILM_METHODS["classical-steady"].restore}

PHOTO_CLIPS = 24
"""Clips of each kind on which photographs are restored frame by frame: that is slow."""


def film_methods_named(names: Sequence[str], weights: Path | None = None) -> tuple[FilmMethod, ...]:
    """Return the methods of these names, each once.

    Args:
        names: As ``FILM_METHOD_NAMES`` has them.
        weights: Folder of weights of the film network; None takes those that are shipped.

    Raises:
        UnknownMethodError: One does not exist.
        ModelError: Weights are not there.
    """
    unknown = [name for name in names if name not in FILM_METHOD_NAMES]
    if unknown or not names:
        raise UnknownMethodError(f"expected methods among {', '.join(FILM_METHOD_NAMES)}, found {', '.join(unknown)}")
    place = WeightsPlace(weights)
    return tuple(FILM_METHODS.get(name) or _learned(name, place) for name in dict.fromkeys(names))


def _learned(name: str, place: WeightsPlace) -> FilmMethod:
    return _photo() if name == PHOTO else _network(name, place)


def _network(name: str, place: WeightsPlace) -> FilmMethod:
    digest, path = place.digest(COMPACT), place.path(COMPACT)

    @cache
    def network() -> FilmRestorer:
        return load_compact(path, FilmRestorer)

    def restored(frames: Frames) -> Frames:
        if name == CHECKED:
            return by_engine(LearnedFilm(network(), COMPACT, {"restore": digest}), FilmSettings())(frames)
        return restored_whole(network(), _BEFORE[name](frames))

    return FilmMethod(name, _ABOUT[name], restored, f"{COMPACT} {digest}")


def _photo() -> FilmMethod:
    from tasks.evaluation.evaluate import methods_named  # noqa: PLC0415 - many networks

    own = methods_named(["own"])[0]

    def restored(frames: Frames) -> Frames:
        found = []
        for frame in frames:
            untold = Truth(frame, np.zeros(frame.shape[:2], np.bool_), {}, seed=0)
            photo = own.answer(frame, untold).photo
            found.append(frame if photo is None else photo)
        return np.stack(found)

    about = "Our engine for photographs, with its own diagnosis, on each frame by itself."
    return FilmMethod(PHOTO, about, restored, own.settings, PHOTO_CLIPS)
