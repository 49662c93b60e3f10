"""Our own networks from their files: what to build is written in the file itself, beside the weights."""

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

import torch
from safetensors import SafetensorError
from torch import nn

from oldphoto_core.networks.compact.colour import ColourConfig, ColourRestorer
from oldphoto_core.networks.compact.damage import DamageHead, DamageHeadConfig
from oldphoto_core.networks.compact.scratch_mask import ScratchMask, ScratchMaskConfig
from oldphoto_core.networks.compact.style_merge import StyleConfig, StyleMerger
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.compact.unet import UNetConfig
from oldphoto_core.networks.errors import CheckpointError, CheckpointReadError
from oldphoto_core.networks.registry import fill
from oldphoto_core.networks.rtn.branch import BranchConfig
from oldphoto_core.networks.rtn.film import FilmConfig, FilmRestorer
from oldphoto_core.networks.rtn.flow import FlowConfig
from oldphoto_core.networks.weights import read_tensors

MOST_HEADER_BYTES = 2**20
MOST = 4096
"""More channels, numbers, layers or members than this has none of our networks; a damaged file may ask for more."""

Config = UNetConfig | ColourConfig | ScratchMaskConfig | DamageHeadConfig | FilmConfig | StyleConfig


class _Maker(Protocol):
    """A network's class: makes it from its configuration."""

    def __call__(self, config: Any, /) -> nn.Module: ...  # noqa: ANN401 - each class takes its own configuration


NETWORKS: Mapping[str, tuple[type[Config], _Maker]] = MappingProxyType(
    {
        "UNetConfig": (UNetConfig, TextureRestorer),
        "ColourConfig": (ColourConfig, ColourRestorer),
        "ScratchMaskConfig": (ScratchMaskConfig, ScratchMask),
        "DamageHeadConfig": (DamageHeadConfig, DamageHead),
        "FilmConfig": (FilmConfig, FilmRestorer),
        "StyleConfig": (StyleConfig, StyleMerger),
    }
)
"""The configurations that a file may name, each with its network."""

N = TypeVar("N", bound=nn.Module)


def load_compact(path: Path, kind: type[N]) -> N:
    """Return one of our own networks with the weights of a file, in evaluation mode, in float32.

    Args:
        path: A ``.safetensors`` file as training writes it: its metadata hold the recipe with the network's sizes.
        kind: The network's class.

    Raises:
        CheckpointError: The file cannot be read, names no network or another one, its tensors do not fit or hold NaN;
            the message says which.
    """
    config = config_of(metadata_of(path), str(path))
    made, make = NETWORKS[type(config).__name__]
    if make is not kind:
        raise CheckpointError(f"{path} holds the network of a {made.__name__}, expected a {kind.__name__}")
    try:
        tensors = read_tensors(path, within=())
    except (LookupError, OSError, RuntimeError, SafetensorError, TypeError) as error:
        raise CheckpointReadError(f"{path} is no whole safetensors file: {_reason(error)}") from error
    with torch.device("meta"):  # sizes are compared before any memory is taken
        _check_shapes(make(config), tensors, str(path))
    network = make(config)
    fill(network, tensors, path.stem)
    return network.eval()


def metadata_of(path: Path) -> dict[str, str]:
    """Return what a safetensors file says of itself, by name; empty if it says nothing.

    Raises:
        CheckpointReadError: The file is not there, or is no safetensors file.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= MOST_HEADER_BYTES:
                raise CheckpointReadError(f"{path} is no safetensors file: its header would have {length} bytes")
            found = json.loads(file.read(length))["__metadata__"]
            said = {str(name): value for name, value in found.items()}
    except KeyError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, CheckpointReadError):
            raise
        raise CheckpointReadError(f"{path} is no whole safetensors file: {_reason(error)}") from error
    if others := [name for name, value in said.items() if not isinstance(value, str)]:
        raise CheckpointReadError(f"{path} has metadata that are no text: {', '.join(others[:8])}")
    return said


def config_of(metadata: Mapping[str, str], where: str) -> Config:
    """Return the configuration that the recipe in a file's metadata holds.

    Args:
        metadata: What the file says of itself.
        where: The file, for messages.

    Raises:
        CheckpointReadError: There is no recipe, or its network is none of ours.
    """
    if "recipe" not in metadata:
        raise CheckpointReadError(f"{where} has no recipe in its metadata: it is no file that `oldphoto train` wrote")
    try:
        network = json.loads(metadata["recipe"])["network"]
        return _config(NETWORKS[network["type"]][0], {key: network[key] for key in network if key != "type"})
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise CheckpointReadError(f"the recipe in {where} describes no network of ours: {_reason(error)}") from error


def _config(kind: type[Any], values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - of the kind that was given
    """Return a configuration of plain values as JSON holds them.

    A field that the file does not know, since it came later, takes its default, which is what there was before.

    Raises:
        TypeError: A value is of another type than the field, or a field without a default is missing.
        ValueError: There are fields that the configuration does not have, or a number is out of range.
    """
    expected = {field.name: field.type for field in fields(kind)}
    if not set(values) <= set(expected):
        raise ValueError(f"{kind.__name__} has the fields {', '.join(expected)}, found {', '.join(map(str, values))}")
    return kind(**{name: _value(name, value, expected[name]) for name, value in values.items()})


def _value(name: str, value: Any, expected: Any) -> Any:  # noqa: ANN401 - plain values of several types
    if expected in (UNetConfig, BranchConfig):
        return _config(expected, value)
    if expected == FlowConfig | None and value is None:
        return None  # our films need no flow network
    if expected in (int, float, bool):
        if type(value) is not expected and not (expected is float and type(value) is int):
            raise TypeError(f"{name} is {value!r}, expected {expected.__name__}")
        _check_range(name, value)
        return expected(value)
    for one in value:  # a tuple of names or of sizes
        _check_range(name, one)
    return tuple(value)


def _check_range(name: str, value: Any) -> None:  # noqa: ANN401 - numbers and names
    if isinstance(value, str):
        return
    most = 12 if name == "depth" else MOST
    if isinstance(value, bool | int | float) and 0 <= value <= most:
        return
    raise ValueError(f"{name} is {value!r}, expected numbers from 0 to {most}")


def _check_shapes(network: nn.Module, tensors: Mapping[str, torch.Tensor], where: str) -> None:
    """Refuse sizes so far off that building the network would take memory the file does not have."""
    wanted = sum(value.numel() for value in network.state_dict().values())
    found = sum(value.numel() for value in tensors.values())
    if wanted > 2 * found + 2**20:
        raise CheckpointReadError(f"the recipe in {where} describes a network of {wanted} numbers, it holds {found}")


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
