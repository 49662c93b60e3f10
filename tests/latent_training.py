"""Small stages of the triplet domain to train in tests, and the networks they are given."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import nn
from training_pictures import TINY, picture

from oldphoto_core.networks.bopbtl.autoencoder import Autoencoder, AutoencoderConfig
from oldphoto_core.networks.bopbtl.critics import CriticConfig
from oldphoto_core.networks.bopbtl.mapping import MappingConfig
from oldphoto_core.training.latent_recipes import LATENT_RECIPES, LatentRecipe
from oldphoto_core.training.pairs import MASK_KINDS, Batch
from oldphoto_core.training.perceptual import TextureEye
from oldphoto_core.training.recipes import Framing
from oldphoto_core.training.shard import PICTURES, REAL_OLD, Piece, Shard, write_shard

STAGES = tuple(LATENT_RECIPES)
SMALL = AutoencoderConfig(width=4, blocks=1)


def small_stage(name: str, **changes: object) -> LatentRecipe:
    """Return a stage with tiny networks and tiny crops, in float32."""
    recipe = LATENT_RECIPES[name]
    fixed: dict[str, object] = {
        "autoencoder": SMALL,
        "image_critic": replace(recipe.image_critic, width=2, layers=2),
        "framing": Framing(crop_px=32),
        "batch": 2,
        "steps": 20,
        "warm_up": 2,
        "bf16": False,
        "keeps_tone": False,
    }
    if recipe.mapping is not None:
        fixed["mapping"] = MappingConfig(latent=4, width=6, blocks=1)
    if recipe.latent_critic is not None:
        fixed["latent_critic"] = CriticConfig(channels=4, scales=1, width=2, layers=1)
    return replace(recipe, **(fixed | changes))  # type: ignore[arg-type]


def given(seed: int = 0) -> dict[str, nn.Module]:
    """Return tiny networks that the stages build on, with weights of chance."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return {"old": Autoencoder(SMALL), "clean": Autoencoder(SMALL), "perceptual": TextureEye(TINY)}


def small_batch(seed: int = 0, count: int = 2, side_px: int = 32) -> Batch:
    """Return random pictures, with a hole of scratches in each."""
    chance = torch.Generator().manual_seed(seed)
    sound = torch.nn.functional.interpolate(torch.rand(count, 3, 8, 8, generator=chance), size=(side_px, side_px))
    masks = torch.zeros(count, len(MASK_KINDS), side_px, side_px)
    masks[:, MASK_KINDS.index("scratch"), :, 5:9] = 1.0
    return Batch((0.7 * sound + 0.1).contiguous(), sound, masks, torch.zeros(count, 12))


def old_shard(folder: Path) -> Shard:
    """Write and return a shard with real old photographs (darker) behind the sound ones."""
    pieces = [Piece(f"{number}.png", PICTURES, picture(number)) for number in range(12)]
    pieces += [Piece(f"old {number}.png", REAL_OLD, picture(100 + number) // 2) for number in range(11)]
    return write_shard(folder / "data.npy", pieces, most_bytes=2**20)
