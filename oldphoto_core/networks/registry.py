"""Name to network: one explicit dictionary; checkpoints in, official names out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from oldphoto_core.networks.bopbtl.autoencoder import Autoencoder
from oldphoto_core.networks.bopbtl.critics import CriticConfig, PatchCritic
from oldphoto_core.networks.bopbtl.faces import FaceGenerator
from oldphoto_core.networks.bopbtl.mapping import NonLocalMapping, PatchMapping, PlainMapping
from oldphoto_core.networks.bopbtl.scratches import ScratchDetector
from oldphoto_core.networks.errors import (
    CheckpointError,
    CheckpointKeysError,
    CheckpointValuesError,
    UnknownNetworkError,
)
from oldphoto_core.networks.keys import Renaming, to_ours, to_theirs
from oldphoto_core.networks.mropm.merge import Merging
from oldphoto_core.networks.mropm.stylise import Stylization
from oldphoto_core.networks.rtn.branch import Branch
from oldphoto_core.networks.rtn.critics import FIRST_VERSION, FilmCritic
from oldphoto_core.networks.rtn.film import FilmRestorer
from oldphoto_core.networks.rtn.flow import FlowNetwork
from oldphoto_core.networks.weights import read_tensors, tensors_of


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """What the registry knows of a network."""

    make: Callable[[], nn.Module]
    """Makes it at the published size, with weights of chance."""

    renaming: Renaming
    """Where our names of its tensors differ from the release's."""

    signature: str
    """The official name of a tensor that no other published network has."""

    within: tuple[str, ...] = ("model_state",)
    """Under which keys of a checkpoint that holds more the tensors lie."""


def _critic(config: CriticConfig) -> Callable[[], nn.Module]:
    return lambda: PatchCritic(config)


NETWORKS: Mapping[str, NetworkSpec] = {
    "bopbtl-detection": NetworkSpec(ScratchDetector, ScratchDetector.OFFICIAL, "down_path.0.block.1.weight"),
    "bopbtl-vae": NetworkSpec(Autoencoder, Autoencoder.OFFICIAL, "encoder.10.conv_block.1.weight"),
    "bopbtl-mapping-quality": NetworkSpec(PlainMapping, PlainMapping.OFFICIAL, "model.12.conv_block.1.weight"),
    "bopbtl-mapping-scratch": NetworkSpec(NonLocalMapping, NonLocalMapping.OFFICIAL, "NL.theta.weight"),
    "bopbtl-mapping-patch": NetworkSpec(PatchMapping, PatchMapping.OFFICIAL, "NL_scale_1.F_Combine.weight"),
    "bopbtl-face": NetworkSpec(FaceGenerator, FaceGenerator.OFFICIAL, "G_middle_0.conv_0.weight_orig"),
    "mropm-stylization": NetworkSpec(
        Stylization, Stylization.OFFICIAL, "correlation_block.theta.weight", within=("model", "netS")
    ),
    "mropm-merging": NetworkSpec(
        Merging, Merging.OFFICIAL, "refinement_net.model.model.0.weight", within=("model", "netMR")
    ),
    "bopbtl-critic-image": NetworkSpec(PatchCritic, PatchCritic.OFFICIAL, "scale0_layer0.0.weight"),
    "bopbtl-critic-feature": NetworkSpec(
        _critic(CriticConfig(channels=64, scales=1)), PatchCritic.OFFICIAL, "scale0_layer0.0.weight"
    ),
    "bopbtl-critic-mapping": NetworkSpec(
        _critic(CriticConfig(channels=6)), PatchCritic.OFFICIAL, "scale0_layer0.0.weight"
    ),
    "bopbtl-critic-mapping-sn": NetworkSpec(
        _critic(CriticConfig(channels=6, spectral=True)), PatchCritic.OFFICIAL, "scale0_layer0.0.weight_orig"
    ),
    "rtn-film": NetworkSpec(FilmRestorer, FilmRestorer.OFFICIAL, "spynet.fnet.conv1.weight", within=("netG",)),
    "rtn-flow": NetworkSpec(FlowNetwork, FlowNetwork.OFFICIAL, "update_block.gru.convz1.weight", within=()),
    "rtn-branch": NetworkSpec(Branch, Branch.OFFICIAL, "patch_embed.norm.weight", within=()),
    "rtn-critic-1": NetworkSpec(
        lambda: FilmCritic(FIRST_VERSION), FilmCritic.OFFICIAL, "conv.10.weight", within=("netD",)
    ),
    "rtn-critic-2": NetworkSpec(FilmCritic, FilmCritic.OFFICIAL, "conv.8.weight", within=("netD",)),
}
"""Every network by its name."""


def build(name: str) -> nn.Module:
    """Return a network at its published size, in evaluation mode, with weights of chance.

    Raises:
        UnknownNetworkError: No network goes by that name.

    Examples:
        >>> sum(weight.numel() for weight in build("bopbtl-vae").parameters())
        872131
    """
    return _spec(name).make().eval()


def load(name: str, source: Path | str | Mapping[str, Tensor]) -> nn.Module:
    """Return a network with the weights of an official checkpoint, in evaluation mode, in float32.

    Args:
        name: The network.
        source: The release's file as it is, or its tensors by name.

    Raises:
        UnknownNetworkError: No network goes by that name.
        CheckpointError: The checkpoint cannot be read, holds code, does not fit or holds NaN; the message says which
            names are at fault.
    """
    spec = _spec(name)
    found = (
        read_tensors(Path(source), spec.within)
        if isinstance(source, Path | str)
        else tensors_of(source, "the mapping", spec.within)
    )
    ours = _under_our_names(found, spec.renaming, name)
    network = build(name)
    fill(network, ours, name, renaming=spec.renaming)
    return network


def fill(network: nn.Module, tensors: Mapping[str, Tensor], name: str, *, renaming: Renaming = ()) -> None:
    """Give a network the weights, under our names, if all of them fit; else change nothing.

    Raises:
        CheckpointKeysError: Names are missing, surplus, or of another shape; they are given under the release's names.
        CheckpointValuesError: A tensor holds NaN or infinity.
    """
    expected = network.state_dict()
    theirs = {our: their for their, our in zip(to_theirs(expected, renaming), expected, strict=True)}
    missing = [theirs[key] for key in expected if key not in tensors]
    surplus = list(to_theirs({key: None for key in tensors if key not in expected}, renaming))
    misshapen = [
        f"{theirs[key]} {tuple(tensors[key].shape)} for {tuple(value.shape)}"
        for key, value in expected.items()
        if key in tensors and tensors[key].shape != value.shape
    ]
    if missing or surplus or misshapen:
        hint = _hint(to_theirs(tensors, renaming), name)
        raise CheckpointKeysError(name, missing=missing, surplus=surplus, misshapen=misshapen, hint=hint)
    cast = {key: value.to(expected[key].dtype) for key, value in tensors.items()}
    unsound = [theirs[key] for key, value in cast.items() if not bool(torch.isfinite(value).all())]
    if unsound:
        raise CheckpointValuesError(name, unsound)
    network.load_state_dict(cast)


def to_official(module: nn.Module) -> dict[str, Tensor]:
    """Return a network's tensors under the names of the release, in the release's order.

    Raises:
        CheckpointError: The module is none of the registered networks.
    """
    renaming: Renaming | None = getattr(module, "OFFICIAL", None)
    if renaming is None:
        raise CheckpointError(f"{type(module).__name__} has no official names; expected a network of the registry")
    return to_theirs(module.state_dict(), renaming)


def from_official(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of an official checkpoint under our names, in the same order.

    Raises:
        CheckpointError: The names are those of no registered network, or some of them are not the release's.
    """
    for name, spec in NETWORKS.items():
        if spec.signature in state_dict:
            return _under_our_names(state_dict, spec.renaming, name)
    raise CheckpointError(f"these are the tensors of no known network: {', '.join(list(state_dict)[:8])}")


def _under_our_names(theirs: Mapping[str, Tensor], renaming: Renaming, name: str) -> dict[str, Tensor]:
    """Return the tensors under our names, if all names are the release's: none of ours may take another's place."""
    kept = to_theirs(theirs, renaming)
    strays = [key for key in theirs if key not in kept]
    if strays:
        raise CheckpointKeysError(name, missing=(), surplus=strays, misshapen=())
    return to_ours(theirs, renaming)


def _spec(name: str) -> NetworkSpec:
    if name not in NETWORKS:
        raise UnknownNetworkError(name, list(NETWORKS))
    return NETWORKS[name]


def _hint(theirs: Mapping[str, Tensor], name: str) -> str:
    """Return which other network the names look like; empty if none, or if they look like this one."""
    fitting = [other for other, spec in NETWORKS.items() if spec.signature in theirs]
    return f"; it looks like one of {fitting[0]}" if fitting and name not in fitting else ""
