"""The engine of the project's own networks with the weights that come with the package: loaded when first used."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TypeVar

import torch

from oldphoto_core.inference.own_engine import OwnEngine
from oldphoto_core.networks.compact.colour import ColourRestorer
from oldphoto_core.networks.compact.load import load_compact
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.compact.tiles import BYTES_PER_PX, MOST_PX, TiledNetwork, tiled
from tasks.models.installed import digest_of, path_of
from tasks.models.shipped import SHIPPED

TEXTURE, COLOUR = "own-texture", "own-colour"
"""Names of the weights, as ``oldphoto models list`` has them."""

LEAST_PX = 500_000
"""Tiles are not made smaller than this, however little memory there is: overlaps would cost more than they save."""


@cache
def own_engine(memory_bytes: int, shipped: Path = SHIPPED) -> OwnEngine:
    """Return the engine; that all weights are there and unchanged is known now, they are read when first used.

    Args:
        memory_bytes: Memory for the feature maps of one photograph.
        shipped: Where shipped weights lie.

    Raises:
        ModelError: Weights are missing or were changed.
    """
    most_px = min(MOST_PX, max(LEAST_PX, memory_bytes // BYTES_PER_PX))

    def texture() -> TiledNetwork:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        network = load_compact(path_of(TEXTURE, shipped=shipped), TextureRestorer)
        return tiled(network.to(device), most_px=most_px)

    def colour() -> ColourRestorer:
        return load_compact(path_of(COLOUR, shipped=shipped), ColourRestorer)

    return OwnEngine(
        texture=_once(texture),
        colour=_once(colour),
        weights={"texture": digest_of(TEXTURE, shipped=shipped), "colour": digest_of(COLOUR, shipped=shipped)},
    )


N = TypeVar("N")


def _once(make: Callable[[], N]) -> Callable[[], N]:
    """Return the function, called once: threads that ask meanwhile wait for the first."""
    cached, lock = cache(make), Lock()

    def made() -> N:
        with lock:
            return cached()

    return made
