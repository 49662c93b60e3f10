"""The engine that gives photographs a modern look, as the settings name it: loaded once, when first used."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from oldphoto_core.image import Photo
from oldphoto_core.inference.style import Modernization, modernize
from oldphoto_core.inference.style_engine import LearnedEngineName, Restyled, StyleEngine
from oldphoto_core.inference.style_learned import modernize_by
from tasks.models.installed import digest_of, path_of
from tasks.references.sets import ReferenceLibrary
from tasks.settings import NightSettings

OFFICIAL = "mropm"
"""Name of the published weights, as ``oldphoto models list`` has them."""


def modernized_photo(photo: Photo, references: ReferenceLibrary, settings: NightSettings) -> Modernization:
    """Return the photograph with a modern look, by the engine that the settings name.

    Raises:
        ModelError: The weights of the engine are not installed, or were changed.
        PhotoShapeError: The array is no photograph.
        ScanError: A reference cannot be decoded.
        StoreError: A reference cannot be fetched.
    """
    if settings.modernize.engine == "classical" or not references.ids:
        return modernize(photo, references.styles, settings.modernize)
    return modernize_by(style_engine_of(settings), photo, references, settings.modernize)


def style_weights(settings: NightSettings) -> str | None:
    """Return the digest of the weights that the settings' engine works with; None: it has none.

    Raises:
        ModelError: They are not installed, or were changed.
    """
    return None if settings.modernize.engine == "classical" else style_engine_of(settings).weights_sha256


def style_engine_of(settings: NightSettings) -> StyleEngine:
    """Return the learned engine that the settings name; its weights are loaded once for each process.

    Raises:
        ModelError: Its weights are not installed, or were changed; the message says how to fetch them.
        ValueError: The engine is the classical one, which has no networks.
    """
    if settings.modernize.engine == "own":
        return own_style_engine()
    if settings.modernize.engine == "official":
        return official_style_engine(settings.models_dir.expanduser(), settings.modernize.network_side_px)
    raise ValueError(f"the engine {settings.modernize.engine!r} has no networks")


class _Restyler(Protocol):
    def apply(self, photo: Photo, references: Sequence[Photo], *, strength: float) -> Any:  # noqa: ANN401 - photo, weights, similarity
        ...


@dataclass(frozen=True)
class _Held:
    """An engine made when it is first asked, and asked by one thread at a time: each needs all the memory it may."""

    name: LearnedEngineName
    weights_sha256: str
    make: Callable[[], _Restyler]
    _lock: Lock = field(default_factory=Lock)

    def apply(self, photo: Photo, references: Sequence[Photo], *, strength: float) -> Restyled:
        """Return the photograph in the look of the references."""
        with self._lock:
            found = self.make().apply(photo, references, strength=strength)
        return Restyled(found.photo, found.weights, found.similarity)


@cache
def own_style_engine() -> StyleEngine:
    """Return the engine of the project's own network with the weights that come with the package.

    Raises:
        ModelError: They are missing or were changed.
    """
    from tasks.style.own import own_style  # noqa: PLC0415 - torch costs a second and 200 MB

    engine = own_style()
    return _Held("own", engine.digest, lambda: engine)


@cache
def official_style_engine(folder: Path, side_px: int) -> StyleEngine:
    """Return the engine of the published networks; their one file is known to be whole now, and read when first used.

    Args:
        folder: Where fetched weights lie.
        side_px: Longer side at which the networks see pictures.

    Raises:
        ModelError: The weights are missing or were changed.
    """
    digest = digest_of(OFFICIAL, folder)

    @cache
    def made() -> _Restyler:
        from tasks.style.official import official_style  # noqa: PLC0415 - torch costs a second and 200 MB

        return official_style(path_of(OFFICIAL, folder), digest, side_px)

    return _Held("official", digest, made)
