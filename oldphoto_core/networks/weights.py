"""Tensors in, tensors out: safetensors and torch checkpoints, read without running anything they hold."""

import pickle
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from oldphoto_core.networks.errors import CheckpointReadError, UnsafeCheckpointError

IN_DETECTION: Final = ("model_state",)
"""Where the release's scratch detector lies in its file."""

_OBJECT = re.compile(r"GLOBAL \S+|Can only (?:create|build) .*|Trying to call .*|\S+ must be \S+ to load")
"""What torch says of a pickle that asks for more than tensors and plain values."""

_DAMAGED = (
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)
"""What torch raises over damaged bytes, found by changing them."""

_WIDE = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_WHOLE = (torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)


def read_tensors(path: Path, within: tuple[str, ...] = IN_DETECTION) -> dict[str, Tensor]:
    """Return the tensors of a checkpoint by name, as stored.

    A ``.safetensors`` file is read as such, anything else as a torch checkpoint, of tensors and plain values only. A
    network kept under the keys ``within``, one inside the other, is unpacked.

    Raises:
        CheckpointReadError: The file is missing, truncated, or holds no tensors.
        UnsafeCheckpointError: It holds pickled objects; none was made.
    """
    if not path.is_file():
        raise CheckpointReadError(f"there is no checkpoint at {path}")
    return tensors_of(
        _read_safetensors(path) if path.suffix == ".safetensors" else _read_torch(path), str(path), within
    )


def tensors_of(found: object, where: str, within: tuple[str, ...] = IN_DETECTION) -> dict[str, Tensor]:
    """Return the tensors that a read checkpoint holds by name.

    Raises:
        CheckpointReadError: It is something else.
    """
    for key in within:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping) or not found:
        raise CheckpointReadError(f"{where} holds {type(found).__name__}, expected named tensors")
    others = [str(name) for name, value in found.items() if not (isinstance(name, str) and isinstance(value, Tensor))]
    if others:
        raise CheckpointReadError(f"{where} holds more than tensors: {', '.join(others[:8])}")
    odd = [f"{name} {value.dtype}" for name, value in found.items() if not _is_plain(value)]
    if odd:
        raise CheckpointReadError(f"{where} holds tensors that are not plain numbers: {', '.join(odd[:8])}")
    return dict(found)


def _is_plain(value: Tensor) -> bool:
    """Return whether the tensor holds all of its numbers, real ones that need no key to be read."""
    dense = value.layout is torch.strided and not value.is_nested and not value.is_meta
    return dense and value.dtype in _WIDE + _WHOLE


def _read_safetensors(path: Path) -> object:
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise CheckpointReadError(f"{path} is no whole safetensors file: {error}") from error


def _read_torch(path: Path) -> object:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        held = _OBJECT.search(str(error))
        if held is not None:
            raise UnsafeCheckpointError(f"{path} holds more than tensors and was not opened: {held[0]}") from error
        reason = str(error).rpartition("WeightsUnpickler error:")[2].strip().splitlines()[0]
        raise CheckpointReadError(f"{path} is no torch checkpoint: {reason}") from error
    except _DAMAGED as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise CheckpointReadError(f"{path} is no whole torch checkpoint: {reason}") from error
