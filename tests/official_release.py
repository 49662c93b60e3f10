"""The published networks at their published size, with weights of chance, installed as if they had been fetched."""

import shutil
from pathlib import Path

import torch

from oldphoto_core.networks.registry import build, to_official
from tasks.models.fetch import fetch
from tasks.models.known import PUBLISHED

MODELS = {model.name: model for model in PUBLISHED}
NAMES = (
    "bopbtl-detection",
    "bopbtl-vae-a",
    "bopbtl-vae-b-quality",
    "bopbtl-vae-b-scratch",
    "bopbtl-mapping-quality",
    "bopbtl-mapping-scratch",
)
"""What the engine takes without patch attention and faces: about 490 MB."""


def install(folder: Path, work: Path) -> None:
    """Write an unpacked release below a folder at work, fetch it into a models folder, and remove it."""
    for number, name in enumerate(NAMES):
        model = MODELS[name]
        path = work / "checkpoints" / str(model.member)
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(number)
        tensors = to_official(build(str(model.network)))
        torch.save({"model_state": tensors, "epoch": 1} if name == "bopbtl-detection" else tensors, path)
    fetch([MODELS[name] for name in NAMES], folder, source=str(work / "checkpoints"))
    shutil.rmtree(work / "checkpoints")
