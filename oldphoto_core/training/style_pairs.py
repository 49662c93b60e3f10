"""Photographs with several references, of which it is known which one each pixel should take its look from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int16
from torch import Tensor

from oldphoto_core.image import Photo
from oldphoto_core.training.style_transforms import Placed, Regions

MOST_REFERENCES = 3
KEEPS, UNSAID = -1, -2
"""Owners of pixels that keep their own style, and of those of which nothing is said."""


@dataclass(frozen=True, slots=True, eq=False)
class StylePair:
    """A photograph, its references, and what should come of them."""

    damaged: Photo
    """The photograph."""

    sound: Photo
    """What should come of it: its new look, where a reference has it; elsewhere the photograph as it is."""

    references: Float32[np.ndarray, "3 H W 3"]
    """The references, black where there is none."""

    present: Bool[np.ndarray, " 3"]
    """Which of them are there."""

    owner: Int16[np.ndarray, "H W"]
    """Number of the reference that each pixel should take its look from, or ``KEEPS``, or ``UNSAID``."""

    regions: Regions
    """Regions of the photograph."""

    shown_regions: Int16[np.ndarray, "3 H W"]
    """Where in the references these regions are to be seen."""

    truth: Photo
    """The photograph before it was aged, everywhere."""


@dataclass(frozen=True, slots=True, eq=False)
class StyleBatch:
    """Pairs as tensors; see ``StylePair``."""

    damaged: Float[Tensor, "N 3 H W"]
    """In [0, 1]."""

    sound: Float[Tensor, "N 3 H W"]
    """In [0, 1]."""

    references: Float[Tensor, "N 3 3 H W"]
    """In [0, 1]."""

    present: Bool[Tensor, "N 3"]
    """Which are there."""

    owner: Tensor
    """(N, H, W), int64."""

    regions: Tensor
    """(N, H, W), int64."""

    shown_regions: Tensor
    """(N, 3, H, W), int64."""

    def to(self, device: torch.device) -> "StyleBatch":
        """Return the batch on a device."""
        return StyleBatch(
            self.damaged.to(device),
            self.sound.to(device),
            self.references.to(device),
            self.present.to(device),
            self.owner.to(device),
            self.regions.to(device),
            self.shown_regions.to(device),
        )


def style_batch_of(pairs: Sequence[StylePair]) -> StyleBatch:
    """Return pairs of one size as tensors."""
    return StyleBatch(
        damaged=torch.from_numpy(np.stack([pair.damaged for pair in pairs])).permute(0, 3, 1, 2).contiguous(),
        sound=torch.from_numpy(np.stack([pair.sound for pair in pairs])).permute(0, 3, 1, 2).contiguous(),
        references=torch.from_numpy(np.stack([pair.references for pair in pairs])).permute(0, 1, 4, 2, 3).contiguous(),
        present=torch.from_numpy(np.stack([pair.present for pair in pairs])),
        owner=torch.from_numpy(np.stack([pair.owner for pair in pairs]).astype(np.int64)),
        regions=torch.from_numpy(np.stack([pair.regions for pair in pairs]).astype(np.int64)),
        shown_regions=torch.from_numpy(np.stack([pair.shown_regions for pair in pairs]).astype(np.int64)),
    )


def stacked(references: Sequence[Placed]) -> tuple[Float32[np.ndarray, "3 H W 3"], Bool[np.ndarray, " 3"]]:
    """Return the pictures of one to three references, black ones after them, and which are there."""
    blank = np.zeros_like(references[0].picture)
    pictures = [one.picture for one in references] + [blank] * (MOST_REFERENCES - len(references))
    return np.stack(pictures), np.arange(MOST_REFERENCES) < len(references)


def shown_regions_of(references: Sequence[Placed]) -> Int16[np.ndarray, "3 H W"]:
    """Return where one to three references show which regions, nowhere in those that are not there."""
    nowhere = np.full_like(references[0].regions, -1)
    return np.stack([one.regions for one in references] + [nowhere] * (MOST_REFERENCES - len(references)))


def reordered(pair: StylePair, rng: np.random.Generator) -> StylePair:
    """Return the pair with its references in another order, drawn from the generator."""
    order = rng.permutation(MOST_REFERENCES)
    owner = pair.owner.copy()
    for new, old in enumerate(order.tolist()):
        owner[pair.owner == old] = new
    return replace(
        pair,
        references=pair.references[order],
        present=pair.present[order],
        owner=owner,
        shown_regions=pair.shown_regions[order],
    )
