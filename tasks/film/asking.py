"""What was asked for: which reel, where to, and whether that can be."""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal, cast, get_args

from oldphoto_core.film.reel import FilmEngineName
from tasks.film.errors import FilmArgumentError
from tasks.film.numbering import SUFFIXES
from tasks.film.viewing import FORMS
from tasks.locations import Bucket, locate, overlap
from tasks.settings import NightSettings

MASTER_SUFFIX = ".mkv"

Form = Literal["master", "viewing", "frames"]
"""What is made: a preservation master, a viewing copy alone, or a folder of frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmRequest:
    """One reel to restore, without a catalog."""

    source: str
    """A video file or a folder of frames: a path or an address."""

    destination: str
    """A file ``.mkv``, ``.mp4`` or ``.mov``; for a folder of frames also a folder."""

    settings: NightSettings
    """All settings."""

    access: bool = True
    """Whether a preservation master gets an H.264 copy beside it."""

    resume: bool = True
    """Whether to go on where an interrupted attempt stopped."""

    rate: Fraction | None = None
    """Frames per second of a folder of frames; None leaves it to the frames."""

    weights: Path | None = None
    """File to take the engine's weights from; None: the usual place."""

    work: Path | None = None
    """Folder for what is at work; None: beside the destination."""


def form_of(destination: str, *, is_folder: bool) -> Form:
    """Return what is made of a reel at this destination.

    Args:
        destination: As in the request.
        is_folder: Whether the reel is a folder of frames.

    Raises:
        FilmArgumentError: Its suffix is that of no film.

    Examples:
        >>> form_of("reel.mkv", is_folder=False), form_of("frames", is_folder=True)
        ('master', 'frames')
    """
    suffix = Path(destination).suffix.lower()
    if suffix == MASTER_SUFFIX:
        return "master"
    if suffix in FORMS:
        return "viewing"
    if is_folder and (suffix not in SUFFIXES and not _is_file(destination)):
        return "frames"
    wanted = "a file .mkv, .mp4 or .mov" + (", or a folder for frames" if is_folder else "")
    raise FilmArgumentError(f"expected {wanted} as destination, found {destination}")


def check_apart(source: str, destination: str) -> None:
    """Refuse a destination that is the source, or lies inside it, or holds it.

    Raises:
        FilmArgumentError: It does.
    """
    here, there = locate(source), locate(destination)
    if isinstance(here, Path) and here.is_file() and isinstance(there, Path):
        clash = here == there or (there.exists() and here.samefile(there)) or here in there.parents
    elif isinstance(here, Bucket) and isinstance(there, Bucket):
        clash = here == there or there.root.startswith(here.root)
    else:
        clash = overlap(source, destination)
    if clash:
        raise FilmArgumentError(f"{destination} would replace {source} or lie inside it; give another destination")


def _is_file(destination: str) -> bool:
    place = locate(destination)
    return isinstance(place, Path) and place.is_file()


def rate_in(words: str | None) -> Fraction | None:
    """Return frames per second as the user wrote them; None for nothing.

    Raises:
        FilmArgumentError: It is no such number.

    Examples:
        >>> rate_in("24000/1001")
        Fraction(24000, 1001)
    """
    if words is None:
        return None
    try:
        rate = Fraction(words)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 0 < rate <= 1000:
        raise FilmArgumentError(f"expected frames per second such as 18 or 24000/1001, found {words!r}")
    return rate


def chosen_film_settings(
    settings: NightSettings, *, engine: str | None = None, strength: float | None = None, deflicker: bool | None = None
) -> NightSettings:
    """Return the settings with what the user chose for this reel.

    Raises:
        FilmArgumentError: There is no such engine, or a number is out of its range.
    """
    names = get_args(FilmEngineName)
    if engine is not None and engine not in names:
        raise FilmArgumentError(f"there is no film engine {engine!r}; there are {', '.join(names)}")
    film = settings.film
    try:
        film = replace(
            film,
            engine=film.engine if engine is None else cast("FilmEngineName", engine),
            strength=film.strength if strength is None else strength,
            deflicker=film.deflicker if deflicker is None else deflicker,
        )
    except ValueError as error:
        raise FilmArgumentError(str(error)) from error
    return settings.model_copy(update={"film": film})
