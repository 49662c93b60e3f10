"""What describes references and the photographs they are compared with, by name."""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from oldphoto_core.networks.compact.load import load_compact
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.references.described import Describer
from oldphoto_core.references.encoder_eye import EncoderEye
from oldphoto_core.references.errors import DescriberError
from oldphoto_core.references.eyes import SeenBy
from oldphoto_core.references.measured_eye import MeasuredEye
from tasks.models.installed import digest_of, path_of
from tasks.own_engine import TEXTURE
from tasks.references.transformers import transformer_eye

DEFAULT_DESCRIBER: Final = "measured"
"""It finds the other half of an aged photograph as often as ``together`` does, and ``own`` less than half as often
(``scripts/fit-likeness``: 0.38, 0.38 and 0.15 of 338); and it has no weights, so that sets outlive new ones."""


def describer_named(name: str, *, weights_sha256: str | None = None) -> Describer:
    """Return a describer, loaded once in the life of the process.

    Args:
        name: One of ``DESCRIBERS``.
        weights_sha256: The weights that a set was described with; None asks for none in particular.

    Raises:
        DescriberError: There is none of this name, its library is missing, or it has other weights than the set.
        ModelError: Its weights are not installed.
    """
    if name not in DESCRIBERS:
        raise DescriberError(f"there is no describer {name!r}; choose one of {', '.join(DESCRIBERS)}")
    describer = _loaded(name)
    if weights_sha256 is not None and describer.weights_sha256 != weights_sha256:
        raise DescriberError(
            f"the set was described by {name!r} with weights {weights_sha256[:12]}, here are "
            f"{(describer.weights_sha256 or 'none')[:12]}: their numbers cannot be compared. Build the set again."
        )
    return describer


@cache
def _loaded(name: str) -> Describer:
    return DESCRIBERS[name]()


def _encoder_eye() -> EncoderEye:
    return EncoderEye(load_compact(path_of(TEXTURE), TextureRestorer), digest_of(TEXTURE))


DESCRIBERS: Final[Mapping[str, Callable[[], Describer]]] = MappingProxyType(
    {
        "together": lambda: SeenBy("together", (MeasuredEye(), _encoder_eye())),
        "own": lambda: SeenBy("own", (_encoder_eye(),)),
        "measured": lambda: SeenBy("measured", (MeasuredEye(),)),
        "dinov2": lambda: SeenBy("dinov2", (transformer_eye("dinov2"),)),
        "clip": lambda: SeenBy("clip", (transformer_eye("clip"),)),
    }
)
"""What makes each describer."""
