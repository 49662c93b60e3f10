"""Save and resume bit for bit: weights, average, momenta, step, torch's chance; and the weights that are given away.

The position in the data is the step itself: the batch of a step is drawn from the seed and the step's number alone, so
no other chance has a state to keep.
"""

import json
import os
import pickle
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

from oldphoto_core.networks.errors import CheckpointReadError
from oldphoto_core.training.latent_recipes import AnyRecipe
from oldphoto_core.training.loop import Trainee, start
from oldphoto_core.training.same_recipe import is_same_recipe

FORMAT = 1

_DAMAGED = (
    pickle.UnpicklingError,
    struct.error,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What torch raises over bytes that are no checkpoint of plain values."""


class OtherTrainingError(CheckpointReadError):
    """The checkpoint is whole, but of another recipe or of other pictures."""


def save_checkpoint(path: Path, trainee: Trainee, recipe: AnyRecipe, *, data_digest: str) -> None:
    """Write all that going on needs; an older file is replaced only once the new one is whole on the disk.

    Args:
        path: The file.
        trainee: Between two steps.
        recipe: What is trained how.
        data_digest: Digest of the pictures it learns from, and of the networks it is given.
    """
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    held = {
        "format": FORMAT,
        "recipe": repr(recipe.plain()),
        "planned_steps": recipe.steps,
        "data_digest": data_digest,
        "step": trainee.step,
        "network": trainee.network.state_dict(),
        "averaged": trainee.averaged.state_dict(),
        "optimiser": trainee.optimiser.state_dict(),
        "chance": torch.get_rng_state(),
        "chance_cuda": cuda,
    }
    if trainee.critics:
        held["critics"] = {
            name: {"network": critic.network.state_dict(), "optimiser": critic.optimiser.state_dict()}
            for name, critic in trainee.critics.items()
        }
    _replace(path, lambda unfinished: torch.save(held, unfinished))


def resume(
    path: Path,
    recipe: AnyRecipe,
    device: torch.device,
    *,
    data_digest: str,
    given: Mapping[str, nn.Module] | None = None,
) -> Trainee:
    """Return the network in training exactly as it was saved; torch's chance is set to what it was.

    Raises:
        CheckpointReadError: There is no whole checkpoint.
        OtherTrainingError: It is of another recipe or of other pictures.
        MissingNetworkError: A network that the recipe needs was not given.
    """
    held = _read(path)
    told = {"recipe": repr(recipe.plain()), "data_digest": data_digest}
    for what, fits in (
        ("recipe", is_same_recipe(held["recipe"], recipe)),
        ("data_digest", held["data_digest"] == data_digest),
    ):
        if not fits:
            raise OtherTrainingError(
                f"{path} was trained with another {what}: found {held[what]}, expected {told[what]}"
            )
    trainee = start(recipe, device, given)
    trainee.network.load_state_dict(held["network"])
    trainee.averaged.load_state_dict(held["averaged"])
    trainee.optimiser.load_state_dict(held["optimiser"])
    for name, critic in trainee.critics.items():
        critic.network.load_state_dict(held["critics"][name]["network"])
        critic.optimiser.load_state_dict(held["critics"][name]["optimiser"])
    trainee.step = int(held["step"])
    torch.set_rng_state(held["chance"])
    if torch.cuda.is_available() and len(held["chance_cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(held["chance_cuda"])
    return trainee


def planned_steps(path: Path) -> int:
    """Return over how many steps a checkpoint's training was planned.

    Raises:
        CheckpointReadError: There is no whole checkpoint.
    """
    return int(_read(path)["planned_steps"])


def write_weights(path: Path, trainee: Trainee, metadata: Mapping[str, str]) -> None:
    """Write the averaged weights as float16 safetensors, in one go; equal weights and metadata give equal bytes.

    Raises:
        ValueError: A weight is NaN or does not fit into float16.
    """
    halves = {name: value.detach().cpu().contiguous().half() for name, value in trainee.averaged.state_dict().items()}
    unsound = [name for name, value in halves.items() if not bool(torch.isfinite(value).all())]
    if unsound:
        raise ValueError(f"weights that are not finite in float16: {', '.join(unsound[:8])}")
    content = _in_order(save(halves, metadata=dict(metadata)))

    def write(unfinished: Path) -> None:
        unfinished.write_bytes(content)

    _replace(path, write)


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise CheckpointReadError(f"there is no checkpoint at {path}")
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
    except _DAMAGED as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise CheckpointReadError(f"{path} is no whole checkpoint: {reason}") from error
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        raise CheckpointReadError(f"{path} is no checkpoint of this version, expected format {FORMAT}")
    return held


def _in_order(content: bytes) -> bytes:
    """Return a safetensors file with the names in its header sorted; the library leaves metadata in any order.

    The format: eight bytes with the length of a JSON text, the text, padded with spaces to a multiple of eight, data.
    """
    length = int.from_bytes(content[:8], "little")
    text = json.dumps(json.loads(content[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + content[8 + length :]


def _replace(path: Path, write: Callable[[Path], None]) -> None:
    """Write beside a file, see it on the disk, then put it in the file's place."""
    unfinished = path.with_name(f"{path.name}.new")
    write(unfinished)
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    unfinished.replace(path)
