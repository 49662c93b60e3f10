"""The engine that restores reels, as the settings name it."""

from functools import cache
from pathlib import Path
from typing import Any

from oldphoto_core.film.reel import FilmEngine, Untouched
from tasks.models.errors import ModelMissingError
from tasks.settings import NightSettings

COMPACT = "rtn-compact"
"""Name of our own weights, as ``oldphoto models list`` has them."""

PUBLISHED_FILE = "rtn.pth"
"""Where the published weights are looked for, in the models folder: they may be used for research and not passed on."""


def film_engine_of(settings: NightSettings, weights: Path | None = None) -> FilmEngine:
    """Return the engine; its weights are loaded once for each process.

    Args:
        settings: All settings.
        weights: File to take the weights from instead of the usual place.

    Raises:
        ModelError: Weights are not installed, or were changed; the message says what to do.
    """
    name = settings.film.engine
    if name == "none":
        return Untouched()
    if name == "classical":
        from oldphoto_core.film.classical import ClassicalFilm  # noqa: PLC0415 - not needed to wrap a reel anew

        return ClassicalFilm()
    if name == "own":
        return _own(weights)
    return _official(weights or settings.models_dir.expanduser() / PUBLISHED_FILE)


@cache
def _own(weights: Path | None) -> FilmEngine:
    from oldphoto_core.film.learned import LearnedFilm  # noqa: PLC0415 - torch costs a second and 200 MB
    from oldphoto_core.networks.compact.load import load_compact  # noqa: PLC0415
    from oldphoto_core.networks.rtn.film import FilmRestorer  # noqa: PLC0415
    from tasks.models.installed import digest_of, file_digest, path_of  # noqa: PLC0415

    digest = digest_of(COMPACT) if weights is None else file_digest(_there(weights))
    network = load_compact(weights or path_of(COMPACT), FilmRestorer)
    return LearnedFilm(network=_placed(network), name="own", weights={"restore": digest})


@cache
def _official(weights: Path) -> FilmEngine:
    from oldphoto_core.film.learned import LearnedFilm  # noqa: PLC0415 - torch costs a second and 200 MB
    from oldphoto_core.networks.registry import load  # noqa: PLC0415
    from tasks.models.installed import file_digest  # noqa: PLC0415

    network = load("rtn-film", _there(weights))
    return LearnedFilm(network=_placed(network), name="official", weights={"restore": file_digest(weights)})


def _there(weights: Path) -> Path:
    if not weights.is_file():
        raise ModelMissingError(
            f"there are no film weights at {weights}; the published ones (net_G_200000.pth of RTN) carry no licence to "
            "fetch them by: get them from their authors and put them there, or name the file with --weights"
        )
    return weights


def _placed(network: Any) -> Any:  # noqa: ANN401 - torch is not loaded for its types
    import torch  # noqa: PLC0415

    return network.eval().to("cuda" if torch.cuda.is_available() else "cpu")
