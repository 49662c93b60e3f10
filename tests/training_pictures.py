"""Small pictures and recipes to train on in tests."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from oldphoto_core.networks.compact.colour import ColourConfig
from oldphoto_core.networks.compact.scratch_mask import ScratchMaskConfig
from oldphoto_core.networks.compact.unet import UNetConfig
from oldphoto_core.training.recipes import Framing, Recipe, recipe_named
from oldphoto_core.training.shard import PICTURES, Piece, Shard, write_shard

TINY = UNetConfig(width=4, depth=1)


def picture(seed: int, height: int = 72, width: int = 80) -> np.ndarray:
    """Return a smooth picture with some edges, 8-bit."""
    rng = np.random.default_rng(seed)
    base = cv2.resize(rng.random((5, 6, 3)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    base[height // 4 : height // 2, width // 4 : width // 2] *= rng.random(3).astype(np.float32)
    return np.rint(255.0 * np.clip(base, 0.0, 1.0)).astype(np.uint8)


def small_shard(folder: Path, count: int = 12) -> Shard:
    """Write and return a shard of small pictures."""
    pieces = [Piece(f"{number}.png", PICTURES, picture(number)) for number in range(count)]
    return write_shard(folder / "data.npy", pieces, most_bytes=2**20)


def small_recipe(name: str, **changes: object) -> Recipe:
    """Return a recipe with a tiny network and tiny crops."""
    networks = {
        "own-texture": TINY,
        "own-scratch": ScratchMaskConfig(kinds=("scratch", "dust"), body=TINY),
        "own-colour": ColourConfig(width=16, layers=1),
    }
    fixed = {"network": networks[name], "framing": Framing(crop_px=32), "batch": 2, "steps": 20, "warm_up": 5}
    return replace(recipe_named(name), **(fixed | changes))  # type: ignore[arg-type]
