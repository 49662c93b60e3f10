"""Latent translation by networks of a few channels with weights of chance."""

from collections.abc import Callable
from typing import Literal

import torch

from oldphoto_core.networks.bopbtl.autoencoder import Autoencoder, AutoencoderConfig
from oldphoto_core.networks.bopbtl.mapping import MappingConfig, NonLocalMapping, PatchMapping, PlainMapping
from oldphoto_core.networks.bopbtl.scratches import ScratchConfig, ScratchDetector
from oldphoto_core.networks.bopbtl.translate import Translator

Kind = Literal["plain", "non-local", "patches"]

_KINDS = {"plain": PlainMapping, "non-local": NonLocalMapping, "patches": PatchMapping}


def translator(kind: Kind, *, width: int = 4, seed: int = 1) -> Translator:
    """Return three networks; the same seed gives the same autoencoders to every kind."""
    torch.manual_seed(seed)
    config = AutoencoderConfig(width=width, blocks=1)
    old, clean = (Autoencoder(config).eval().requires_grad_(False) for _ in range(2))
    mapping = _KINDS[kind](MappingConfig(latent=width, width=2 * width, blocks=1)).eval().requires_grad_(False)
    return Translator(old=old, mapping=mapping, clean=clean)


def chooser(*, patches: bool = False, width: int = 4) -> Callable[[bool], Translator]:
    """Return what gives an engine its networks: those that fill holes, or those that do not."""
    filling: Kind = "patches" if patches else "non-local"
    made = {True: translator(filling, width=width, seed=2), False: translator("plain", width=width, seed=3)}
    return made.__getitem__


def detector(seed: int = 4) -> ScratchDetector:
    """Return a network that draws scratches where chance wants them."""
    torch.manual_seed(seed)
    return ScratchDetector(ScratchConfig(width=2, depth=4)).eval()
