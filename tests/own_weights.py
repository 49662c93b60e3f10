"""Files of small networks of our own kinds with weights of chance, telling of themselves as a training does."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from oldphoto_core.networks.compact.colour import ColourConfig
from oldphoto_core.networks.compact.scratch_mask import ScratchMaskConfig
from oldphoto_core.networks.compact.unet import UNetConfig
from oldphoto_core.training.recipes import NetworkConfig, network_of, network_plain

CONFIGS: dict[str, NetworkConfig] = {
    "own-colour": ColourConfig(width=8, layers=1),
    "own-texture": UNetConfig(width=4, depth=1),
    "own-scratch": ScratchMaskConfig(kinds=("scratch", "dust"), body=UNetConfig(width=4, depth=1)),
}


def woken(network: nn.Module, *, seed: int = 3, spread: float = 0.2) -> nn.Module:
    """Give every layer weights that matter, the last one included, and that float16 holds exactly."""
    generator = torch.Generator().manual_seed(seed)
    for value in network.parameters():
        value.data = (spread * torch.randn(value.shape, generator=generator)).half().float()
    return network.eval()


def own_network(name: str, *, seed: int = 3, spread: float = 0.2) -> nn.Module:
    return woken(network_of(CONFIGS[name]), seed=seed, spread=spread)


def told(name: str, config: NetworkConfig, /, **changed: str) -> dict[str, str]:
    """Return what a file of weights says of itself."""
    return {
        "name": name,
        "recipe": json.dumps({"name": name, "network": network_plain(config), "steps": 100, "batch": 8}),
        "steps": "90",
        "data_digest": "ab" * 32,
        "pictures": "12",
        "held_out": json.dumps({"gain_noise_db": 2.5, "clean_change": 0.25}),
        "libraries": json.dumps({"python": "3.11.7", "torch": "2.13.0"}),
        "code_version": "0.1.0+0123456789ab",
    } | changed


def write_own(
    path: Path, name: str, network: nn.Module | None = None, /, *, halves: bool = True, **changed: str
) -> None:
    """Write a file of weights as a training does."""
    network = network or own_network(name)
    tensors = {key: value.half() if halves else value for key, value in network.state_dict().items()}
    save_file(tensors, path, metadata=told(name, CONFIGS[name], **changed))


def training(folder: Path, name: str, network: nn.Module | None = None, /, **changed: str) -> Path:
    """Return the folder of a finished training."""
    folder.mkdir(parents=True)
    write_own(folder / "weights.safetensors", name, network, **changed)
    return folder
