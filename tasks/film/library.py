"""The video library (PyAV, which brings FFmpeg), loaded when a reel is first touched."""

from functools import cache
from typing import Any

from tasks.film.errors import FilmExtraMissingError


@cache
def video_library() -> Any:  # noqa: ANN401 - a module
    """Return PyAV; what FFmpeg would print is silenced, for errors come as exceptions.

    Raises:
        FilmExtraMissingError: It is not installed.
    """
    try:
        import av  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise FilmExtraMissingError from error
    av.logging.set_level(None)
    return av
