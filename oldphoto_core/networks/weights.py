"""Tensors in, tensors out: safetensors and torch checkpoints, read without running anything they hold."""

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from oldphoto_core.networks.errors import CheckpointReadError, UnsafeCheckpointError

_NESTED_UNDER = "model_state"


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a checkpoint by name, as stored.

    A ``.safetensors`` file is read as such, anything else as a torch checkpoint, of tensors and plain values only. A
    network kept under the key ``model_state`` is unpacked.

    Raises:
        CheckpointReadError: The file is missing, truncated, or holds no tensors.
        UnsafeCheckpointError: It holds pickled objects; none was made.
    """
    if not path.is_file():
        raise CheckpointReadError(f"there is no checkpoint at {path}")
    return tensors_of(_read_safetensors(path) if path.suffix == ".safetensors" else _read_torch(path), str(path))


def tensors_of(found: object, where: str) -> dict[str, Tensor]:
    """Return the tensors that a read checkpoint holds by name.

    Raises:
        CheckpointReadError: It is something else.
    """
    if isinstance(found, Mapping) and isinstance(found.get(_NESTED_UNDER), Mapping):
        found = found[_NESTED_UNDER]
    if not isinstance(found, Mapping) or not found:
        raise CheckpointReadError(f"{where} holds {type(found).__name__}, expected named tensors")
    others = [str(name) for name, value in found.items() if not (isinstance(name, str) and isinstance(value, Tensor))]
    if others:
        raise CheckpointReadError(f"{where} holds more than tensors: {', '.join(others[:8])}")
    return dict(found)


def _read_safetensors(path: Path) -> object:
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise CheckpointReadError(f"{path} is no whole safetensors file: {error}") from error


def _read_torch(path: Path) -> object:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "weights_only" in str(error) or "Unsupported" in str(error):
            reason = str(error).splitlines()[0]
            raise UnsafeCheckpointError(f"{path} holds more than tensors and was not opened: {reason}") from error
        raise CheckpointReadError(f"{path} is no torch checkpoint: {error}") from error
    except (RuntimeError, EOFError, OSError, ValueError, KeyError, AttributeError, IndexError, TypeError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise CheckpointReadError(f"{path} is no whole torch checkpoint: {reason}") from error
