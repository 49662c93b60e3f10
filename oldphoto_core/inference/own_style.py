"""A photograph in the look of references, by the project's own style network: it looks at small copies, once.

What it says is a smooth field of colour transforms, applied to the photograph in strips, which changes nothing but the
memory it takes; the references are only ever looked at small.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float32
from torch import Tensor, nn

from oldphoto_core.image import Photo, check_photo
from oldphoto_core.inference.carry import strips
from oldphoto_core.networks.compact.style_field import apply_field
from oldphoto_core.networks.compact.style_merge import StyleMerger
from oldphoto_core.networks.compact.style_statistics import CELL_PX

WORKING_SIDE_PX = 160
"""Longer side of the copies that are looked at."""

MOST_REFERENCES = 8

AnySize = Float32[np.ndarray, "_ _ 3"]
"""A ``Photo`` that need not be of the others' size."""


@dataclass(frozen=True, slots=True, eq=False)
class Restyled:
    """A photograph in the look of references, and who gave what."""

    photo: Photo
    """The result, of the photograph's own size, in [0, 1]."""

    weights: Float32[np.ndarray, "_ _h _w"]
    """Share of each reference at each pixel of the working copy, in the order they were given, and last the share that
    keeps its own style; they sum to 1."""

    similarity: Float32[np.ndarray, "_ _h _w"]
    """How alike the best matching place of each reference is, in [0, 1], of the same size as the weights."""


class OwnStyle:
    """The style network with its weights."""

    def __init__(self, network: nn.Module, digest: str = "") -> None:
        """Hold a network.

        Args:
            network: A ``StyleMerger`` in evaluation mode.
            digest: SHA-256 of the file its weights came from; empty if there is none.

        Raises:
            TypeError: It is another network.
        """
        if not isinstance(network, StyleMerger):
            raise TypeError(f"expected a StyleMerger, found a {type(network).__name__}")
        self.network = network
        self.digest = digest

    def apply(self, photo: Photo, references: Sequence[AnySize], *, strength: float = 1.0) -> Restyled:
        """Return the photograph in the look of references; what none of them fits keeps its own.

        Args:
            photo: The photograph; it is not changed.
            references: One to eight pictures with the look that is wanted, of any size; their order does not matter.
            strength: 0 leaves the photograph as it is, 1 is all that the network says.

        Raises:
            PhotoShapeError: One of them is no photograph.
            ValueError: There are no references or more than eight, or the strength lies outside [0, 1].
        """
        if not 1 <= len(references) <= MOST_REFERENCES:
            raise ValueError(f"expected 1 to {MOST_REFERENCES} references, found {len(references)}")
        if not 0.0 <= strength <= 1.0:
            raise ValueError(f"strength must lie in [0, 1], found {strength}")
        for one in (photo, *references):
            check_photo(one)
        device = next(self.network.parameters()).device
        result = np.empty_like(photo)
        with torch.inference_mode():
            small = _working_copy(photo).to(device)
            field = self.network.field(small, [_working_copy(one).to(device) for one in references])
            for start, stop in strips(photo.shape[:2]):
                part = photo[start:stop]
                new = apply_field(_batch(part).to(device), field, rows=(start, photo.shape[0]))
                values = new[0].permute(1, 2, 0).clamp_(0.0, 1.0).cpu().numpy()
                result[start:stop] = values if strength == 1.0 else part + np.float32(strength) * (values - part)
            size = (small.shape[-2], small.shape[-1])
            return Restyled(result, _enlarged(field.weights, size), _enlarged(field.similarity, size))


def _working_copy(photo: AnySize) -> Tensor:
    """Return the picture small, as a batch of one, its sides multiples of the cells'."""
    scale = WORKING_SIDE_PX / max(photo.shape[:2])
    height, width = (max(CELL_PX, round(side * scale / CELL_PX) * CELL_PX) for side in photo.shape[:2])
    how = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    return _batch(np.clip(cv2.resize(photo, (width, height), interpolation=how), 0.0, 1.0))


def _batch(photo: AnySize) -> Tensor:
    """Return a picture as a batch of one, with its channels first."""
    return torch.from_numpy(np.ascontiguousarray(photo.transpose(2, 0, 1)))[None]


def _enlarged(maps: Tensor, size: tuple[int, int]) -> Float32[np.ndarray, "_ _ _"]:
    """Return the maps of the only picture of a batch at a size."""
    return np.asarray(F.interpolate(maps.float(), size=size, mode="bilinear", align_corners=False)[0].cpu().numpy())
