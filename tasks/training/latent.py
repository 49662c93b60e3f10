"""The networks that a training is given: where their weights lie, and what they are."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from torch import nn

from oldphoto_core.networks.bopbtl.autoencoder import Autoencoder
from oldphoto_core.networks.registry import fill
from oldphoto_core.networks.weights import read_tensors
from oldphoto_core.training.latent_recipes import AnyRecipe, LatentRecipe
from oldphoto_core.training.loop import MissingNetworkError
from oldphoto_core.training.perceptual import eye_of
from tasks.models.errors import ModelMissingError, UnknownModelError
from tasks.models.installed import file_digest, path_of

NONE = Path("none")
"""In place of the file of ``perceptual``: the loss is left out."""

_OURS: Mapping[str, str] = {"old": "own-latent-old", "clean": "own-latent-clean", "perceptual": "own-texture"}
_WEIGHTS = "weights.safetensors"


@dataclass(frozen=True, slots=True)
class Given:
    """What a training builds on."""

    networks: Mapping[str, nn.Module] = field(default_factory=dict)
    """By name."""

    digests: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the file each came from."""

    def with_data(self, digest: str) -> str:
        """Return one digest of the pictures and of all that is given; that of the pictures if nothing is."""
        if not self.digests:
            return digest
        told = "\n".join([digest, *(f"{name} {self.digests[name]}" for name in sorted(self.digests))])
        return hashlib.sha256(told.encode()).hexdigest()


def without_eye(recipe: AnyRecipe, files: Mapping[str, Path]) -> AnyRecipe:
    """Return the recipe without its perceptual loss, if ``perceptual=none`` was asked for; else as it is."""
    if not isinstance(recipe, LatentRecipe) or files.get("perceptual") != NONE:
        return recipe
    return replace(recipe, losses={name: weight for name, weight in recipe.losses.items() if name != "perceptual"})


def given_networks(recipe: AnyRecipe, files: Mapping[str, Path], out: Path) -> Given:
    """Return the networks that a recipe needs.

    Each is read from the file named for it; else from the weights of its own training beside ``out``; else from the
    weights that are installed.

    Args:
        recipe: What is trained how.
        files: Weights by name: ``old``, ``clean``, ``perceptual``.
        out: Folder of the training.

    Raises:
        MissingNetworkError: One is nowhere, or a file is named for a network that the recipe has no use for.
        CheckpointError: A file is not the weights of that network.
    """
    needs = recipe.needs if isinstance(recipe, LatentRecipe) else ()
    surplus = [name for name, path in files.items() if name not in needs and path != NONE]
    if surplus:
        raise MissingNetworkError(
            f"{recipe.name} has no use for {', '.join(surplus)}; it builds on {', '.join(needs) or 'nothing'}"
        )
    paths = {name: files.get(name) or _found(name, recipe.name, out) for name in needs}
    networks = {name: _network(name, path, recipe) for name, path in paths.items()}
    return Given(networks, {name: file_digest(path) for name, path in paths.items()})


def _found(name: str, wanted_by: str, out: Path) -> Path:
    beside = out.resolve().parent / _OURS[name] / _WEIGHTS
    if beside.is_file():
        return beside
    try:
        return path_of(_OURS[name])
    except (ModelMissingError, UnknownModelError) as error:
        hint = ", or --with perceptual=none to do without" if name == "perceptual" else ""
        raise MissingNetworkError(
            f"{wanted_by} builds on the weights of {_OURS[name]}, found neither {beside} nor an installed model: "
            f"train {_OURS[name]} first, or give --with {name}=FILE{hint}"
        ) from error


def _network(name: str, path: Path, recipe: AnyRecipe) -> nn.Module:
    tensors = read_tensors(path)
    if name == "perceptual":
        return eye_of(tensors)
    if not isinstance(recipe, LatentRecipe):
        raise TypeError(f"{recipe.name} has no autoencoders")
    network = Autoencoder(recipe.autoencoder)
    fill(network, tensors, _OURS[name])
    return network
