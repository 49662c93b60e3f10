"""Whole pictures for the damage report to learn from: aged, or sound in the many ways in which photographs are sound.

A sound photograph may be a little soft or sharpened, may hold a trace of noise, may have been a good JPEG file, may be
dark or pale: the truth calls none of this damage, so the pictures hold it at random, in about the range that
photographs have it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float32

from oldphoto_core.image import Photo, from_bytes8, to_bytes8
from oldphoto_core.synthesis.mixture import Group, Mixture, aged_for_training, training_mixture
from oldphoto_core.synthesis.softness import through_jpeg
from oldphoto_core.training.pairs import bank_of, held_out
from oldphoto_core.training.shard import Shard, ShardError

_ORDER, _PART, _DAMAGE = range(3)  # streams of chance of one seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Variety:
    """How sound photographs differ; each share in [0, 1]."""

    long_side_px: tuple[int, int] = (288, 576)
    """Least and greatest longer side."""

    least_aspect: float = 0.62
    """Least shorter side over longer side."""

    least_part: float = 0.45
    """Least side of the part that is cut, as a share of what would fit."""

    most_enlarged: float = 1.1
    """Most factor by which a part that is too small is enlarged."""

    restyled_share: float = 0.5
    """Share of pictures whose exposure, contrast and saturation are changed."""

    resharpened_share: float = 0.35
    """Share that is made a little softer or sharper."""

    noise_share: float = 0.4
    """Share with a trace of noise."""

    most_noise: float = 0.010
    """Most standard deviation of that noise; 0.0122 would be damage of severity 0.1."""

    jpeg_share: float = 0.45
    """Share that was a good JPEG file once, half of them before they were shrunk."""

    jpeg_quality: tuple[int, int] = (86, 98)
    """Least and greatest quality of it."""

    turned_share: float = 0.4
    """Share that may lie on its side or stand on its head, as scans do."""

    whole_steps_share: float = 0.6
    """Share that is rounded to 8 bits at the end, as files are."""


@dataclass(frozen=True, slots=True, eq=False)
class DamagePicture:
    """One aged picture and the truth about it."""

    photo: Photo
    """What is judged."""

    sound: Photo
    """The same print without damage."""

    masks: Bool[np.ndarray, "K H W"]
    """Where structured damage lies, in the order of ``MASK_KINDS``."""

    severities: Float32[np.ndarray, " 12"]
    """Severity of each kind, in the order of ``DAMAGE_KINDS``."""

    name: str
    """``clean``, ``single`` with its kind, ``mixed`` or ``published``."""

    number: int
    """Number of the picture in the shard."""


@dataclass(frozen=True, slots=True, eq=False)
class DamagePictures:
    """Endless aged pictures: index i always gives the same one."""

    shard: Shard
    """The pictures."""

    chosen: tuple[int, ...]
    """Numbers of those that are used."""

    mixture: Mixture
    """How they are damaged."""

    variety: Variety
    """How they differ without damage."""

    seed: int
    """Seed of all chance."""

    @classmethod
    def of(
        cls,
        shard: Shard,
        *,
        held: bool,
        seed: int,
        variety: Variety | None = None,
        group: Group = "everything",
    ) -> "DamagePictures":
        """Return the pictures to learn from, or those to choose settings and judge on, which are others.

        Args:
            shard: The pictures.
            held: Whether those that are kept for judging are wanted.
            seed: Seed of all chance.
            variety: How sound photographs differ; None takes the defaults.
            group: Which damages are laid on.

        Raises:
            ShardError: The shard holds too few pictures to keep any back.
        """
        kept_back = held_out(shard)
        chosen = kept_back if held else tuple(one for one in shard.picture_numbers if one not in set(kept_back))
        if not chosen:
            raise ShardError(f"expected two pictures or more, some to learn from and some to judge on, in {shard.path}")
        mixture = Mixture(group=group, clean_share=0.2, silver_share=0.45, severity=(0.05, 0.95), bank=bank_of(shard))
        return cls(shard, chosen, mixture, variety or Variety(), seed + int(held))

    def picture(self, index: int) -> DamagePicture:
        """Return the picture of an index from 0 on."""
        turn, place = divmod(index, len(self.chosen))
        order = np.random.default_rng([self.seed, _ORDER, turn]).permutation(len(self.chosen))
        number = self.chosen[int(order[place])]
        rng = np.random.default_rng([self.seed, _PART, index])
        sound = varied(self.shard.pixels(number), self.variety, rng)
        chance = int(np.random.SeedSequence([self.seed, _DAMAGE, index]).generate_state(1, np.uint64)[0])
        aged = aged_for_training(sound, chance, self.mixture)
        whole_steps = rng.random() < self.variety.whole_steps_share
        return DamagePicture(
            photo=from_bytes8(to_bytes8(aged.photo)) if whole_steps else aged.photo,
            sound=aged.sound,
            masks=np.stack(list(aged.mask_of_every_kind().values())),
            severities=np.array(list(aged.severity_of_every_kind().values()), dtype=np.float32),
            name=training_mixture(chance, self.mixture).name,
            number=number,
        )


def varied(pixels: np.ndarray, variety: Variety, rng: np.random.Generator) -> Photo:
    """Return a random part of a picture as a sound photograph of some other kind might be.

    Args:
        pixels: 8-bit sRGB, (H, W, 3).
        variety: How photographs differ.
        rng: The source of chance.
    """
    part = _part(pixels, variety, rng)
    jpeg = int(rng.integers(*variety.jpeg_quality, endpoint=True)) if rng.random() < variety.jpeg_share else None
    before = rng.random() < 0.5
    if jpeg is not None and before:
        part = through_jpeg(part, quality=jpeg)
    photo = from_bytes8(_fitted(part, variety, rng))
    if rng.random() < variety.restyled_share:
        photo = _restyled(photo, rng)
    if rng.random() < variety.resharpened_share:
        photo = _resharpened(photo, rng)
    if rng.random() < variety.noise_share:
        sigma = variety.most_noise * float(rng.random()) ** 2
        colours = 1 if rng.random() < 0.3 else 3
        photo = photo + rng.standard_normal((*photo.shape[:2], colours), dtype=np.float32) * np.float32(sigma)
    photo = np.clip(photo, np.float32(0.0), np.float32(1.0))
    if jpeg is not None and not before:
        photo = from_bytes8(through_jpeg(to_bytes8(photo), quality=jpeg))
    turned = np.rot90(photo, int(rng.integers(4)) if rng.random() < variety.turned_share else 0)
    return np.ascontiguousarray(turned[:, ::-1] if rng.random() < 0.5 else turned)


def _part(pixels: np.ndarray, variety: Variety, rng: np.random.Generator) -> np.ndarray:
    """Return a random part of a random shape."""
    aspect = 1.0 if rng.random() < 0.25 else float(rng.uniform(variety.least_aspect, 1.0))
    height, width = pixels.shape[:2]
    wide = rng.random() < 0.6
    shape = (aspect, 1.0) if wide else (1.0, aspect)
    scale = min(height / shape[0], width / shape[1]) * float(rng.uniform(variety.least_part, 1.0) ** 0.5)
    rows, columns = (max(1, min(most, round(scale * one))) for most, one in zip((height, width), shape, strict=True))
    top, left = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
    return np.ascontiguousarray(pixels[top : top + rows, left : left + columns])


def _fitted(part: np.ndarray, variety: Variety, rng: np.random.Generator) -> np.ndarray:
    """Return a part at a random size that it can fill."""
    longer = max(part.shape[:2])
    low, high = variety.long_side_px
    most = max(low, min(high, round(variety.most_enlarged * longer)))
    scale = int(rng.integers(low, most, endpoint=True)) / longer
    size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    if scale < 1.0:
        return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA))
    return (
        part
        if scale < 1.0 + 0.5 * (variety.most_enlarged - 1.0)
        else np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC))
    )


def _restyled(photo: Photo, rng: np.random.Generator) -> Photo:
    """Return the photograph a little darker or lighter, harder or softer, more or less colourful, warmer or cooler."""
    gamma = float(np.exp(rng.uniform(-0.3, 0.3)))
    balance = np.exp(rng.normal(0.0, 0.025, 3)).astype(np.float32)
    photo = np.clip(photo * balance, np.float32(0.0), np.float32(1.0)) ** np.float32(gamma)
    hard = np.float32(rng.uniform(-0.15, 0.35))
    photo = photo + hard * (photo * photo * (np.float32(3.0) - np.float32(2.0) * photo) - photo)
    grey = photo.mean(axis=2, keepdims=True)
    return grey + np.float32(rng.uniform(0.5, 1.35)) * (photo - grey)


def _resharpened(photo: Photo, rng: np.random.Generator) -> Photo:
    """Return the photograph softened by at most 0.3 pixels, or sharpened."""
    if rng.random() < 0.4:
        return np.asarray(cv2.GaussianBlur(photo, (0, 0), float(rng.uniform(0.15, 0.35))))
    soft = cv2.GaussianBlur(photo, (0, 0), float(rng.uniform(0.6, 1.4)))
    return photo + np.float32(rng.uniform(0.1, 0.8)) * (photo - soft)
