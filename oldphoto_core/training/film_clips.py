"""(old, clean) clips with the motion that is seen in the old one: index i always gives the same, whoever asks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from oldphoto_core.image import Photo, from_bytes8, luma
from oldphoto_core.networks.rtn.film import FilmRestorer
from oldphoto_core.networks.rtn.motion import Motion, dis_motion
from oldphoto_core.synthesis.reel import Reel, made_reel
from oldphoto_core.synthesis.reel_scene import Frames, Scene
from oldphoto_core.synthesis.shapes import ShapeBank
from oldphoto_core.training.film_recipes import FilmRecipe
from oldphoto_core.training.pairs import bank_of, held_out
from oldphoto_core.training.shard import Shard, ShardError

KINDS = ("clean", "marked", "evened", "worn")
_KIND, _PLACE, _REEL, _CROP = range(20, 24)  # streams of chance of one seed; the first ones belong to other trainings
_GROUND, _THING = 2.4, 1.4  # most sides of the frame that are cut from a picture

Flows = Float32[np.ndarray, "S 2 H W"]


@dataclass(frozen=True, slots=True, eq=False)
class ClipPair:
    """One clip before and after."""

    old: Frames
    """What the network sees."""

    clean: Frames
    """What it should find."""

    forward: Flows
    """Motion seen in the old clip, from each frame but the first to the one before it, in pixels."""

    backward: Flows
    """From each frame but the last to the one after it."""

    scene: Scene | None = None
    """The clean clip with its true motion, where the whole of it is shown."""


@dataclass(frozen=True, slots=True, eq=False)
class FilmBatch:
    """Clips as tensors, in [-1, 1]."""

    old: Float[Tensor, "N T 3 H W"]
    """What the network sees."""

    clean: Float[Tensor, "N T 3 H W"]
    """What it should find."""

    motion: Motion
    """As it was seen in the old clips."""

    def to(self, device: torch.device) -> "FilmBatch":
        """Return the batch on a device."""
        moved = Motion(self.motion.forward.to(device), self.motion.backward.to(device))
        return FilmBatch(self.old.to(device), self.clean.to(device), moved)


@dataclass(frozen=True, slots=True, eq=False)
class ClipSource:
    """Where clips come from."""

    shard: Shard
    """The pictures."""

    chosen: tuple[int, ...]
    """Numbers of the pictures that are used."""

    recipe: FilmRecipe
    """What is made of them."""

    bank: ShapeBank
    """Real shapes of damage; may be empty."""

    seed: int
    """Seed of all chance."""

    whole: bool = False
    """Whether whole frames are shown instead of a crop, with the true motion; kinds of damage come by turns."""

    def __post_init__(self) -> None:
        """Refuse a source that has nothing to give."""
        if not self.chosen:
            raise ShardError(f"expected pictures to make clips of, found none chosen in {self.shard.path}")

    def pair(self, index: int) -> ClipPair:
        """Return the clip of an index from 0 on."""
        reel = self._reel(index)
        seen = dis_motion(tensor_of(reel.old)[None])
        forward, backward = seen.forward[0].numpy(), seen.backward[0].numpy()
        if self.whole:
            return ClipPair(reel.old, reel.clean, forward, backward, reel.scene)
        side, size = self.recipe.crop_px, self.recipe.reel.size
        rng = np.random.default_rng([self.seed, _CROP, index])
        top, left = (int(rng.integers(whole - side + 1)) for whole in size)
        rows, columns = slice(top, top + side), slice(left, left + side)
        return ClipPair(
            np.ascontiguousarray(reel.old[:, rows, columns]),
            np.ascontiguousarray(reel.clean[:, rows, columns]),
            np.ascontiguousarray(forward[..., rows, columns]),
            np.ascontiguousarray(backward[..., rows, columns]),
        )

    def name(self, index: int) -> str:
        """Return the kind of damage of an index: one of ``KINDS``."""
        if self.whole:
            return KINDS[index % len(KINDS)]
        recipe = self.recipe
        way, evened = np.random.default_rng([self.seed, _KIND, index]).random(2).tolist()
        if way < recipe.clean_share:
            return "clean"
        if way < recipe.clean_share + recipe.marked_share:
            return "marked"
        return "evened" if evened < recipe.evened_share else "worn"

    def _reel(self, index: int) -> Reel:
        rng = np.random.default_rng([self.seed, _PLACE, index])
        pictures = [self._cut(rng, _GROUND)]
        if rng.random() < self.recipe.things_share:
            pictures.append(self._cut(rng, _THING))
        settings = self.recipe.reel_of(self.name(index))
        if settings.marks is not None:
            settings = replace(settings, marks=replace(settings.marks, bank=self.bank))
        return made_reel(pictures, settings, seed=[self.seed, _REEL, index])

    def _cut(self, rng: np.random.Generator, sides: float) -> Photo:
        """Return a part of a picture, perhaps mirrored."""
        pixels = self.shard.pixels(self.chosen[int(rng.integers(len(self.chosen)))])
        most = round(sides * max(self.recipe.reel.size))
        height, width = (min(side, most) for side in pixels.shape[:2])
        top, left = (
            int(rng.integers(whole - side + 1)) for whole, side in zip(pixels.shape, (height, width), strict=False)
        )
        part = from_bytes8(np.ascontiguousarray(pixels[top : top + height, left : left + width]))
        return np.ascontiguousarray(part[:, ::-1] if rng.random() < 0.5 else part)


def learning_clips(shard: Shard, recipe: FilmRecipe) -> ClipSource:
    """Return the endless clips that are learned from: of every picture that is not held out."""
    held = set(held_out(shard))
    chosen = tuple(number for number in shard.picture_numbers if number not in held) or shard.picture_numbers
    return ClipSource(shard, chosen, recipe, bank_of(shard), recipe.seed)


def judging_clips(shard: Shard, recipe: FilmRecipe) -> ClipSource:
    """Return the clips that are judged on, of pictures that nothing is learned from."""
    return ClipSource(shard, held_out(shard), recipe, bank_of(shard), recipe.seed + 1, whole=True)


def film_batch_of(pairs: Sequence[ClipPair]) -> FilmBatch:
    """Return clips of one size as tensors."""
    forward, backward = (
        torch.from_numpy(np.stack([getattr(pair, way) for pair in pairs])) for way in ("forward", "backward")
    )
    old, clean = (torch.stack([tensor_of(getattr(pair, side)) for pair in pairs]) for side in ("old", "clean"))
    return FilmBatch(old, clean, Motion(forward, backward))


def tensor_of(frames: Frames) -> Float[Tensor, "T 3 H W"]:
    """Return a clip as the network sees it, in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(frames.transpose(0, 3, 1, 2))) * 2.0 - 1.0


def frames_of(clip: Float[Tensor, "T 3 H W"]) -> Frames:
    """Return a clip of the network as frames, clipped to [0, 1]."""
    found = ((clip.detach().float().cpu() + 1.0) / 2.0).clamp(0.0, 1.0)
    return np.ascontiguousarray(found.numpy().transpose(0, 2, 3, 1))


@torch.inference_mode()
def restored_whole(network: FilmRestorer, frames: Frames) -> Frames:
    """Return what a network makes of the light of a clip, in one pass and without any check; colours stay as they are.

    Frames of other sides than it takes are filled up by their mirror image.
    """
    side = 2 * network.config.branch.window
    light = np.stack([luma(frame) for frame in frames])
    more = [(0, 0), *((0, -whole % side) for whole in light.shape[1:])]
    clip = tensor_of(np.repeat(np.pad(light, more, mode="symmetric")[..., None], 3, axis=3))
    found = frames_of(network(clip[None]).frames[0])[:, : light.shape[1], : light.shape[2]]
    moved = found.mean(axis=3, dtype=np.float32) - light
    return np.clip(frames + moved[..., None], np.float32(0.0), np.float32(1.0))
