"""The published networks (Gunawan et al., CVPR 2023) on photographs and references of any size.

Published: stylisation by each reference, and the merging. Ours, because the authors' code demands pictures of one size
whose sides are multiples of 128: photograph and references are reduced to a working size with their proportions kept
and filled up by reflection; the photograph is offered as a reference of itself, so that a place can keep its own look
(the paper has no such choice); and what the networks change is carried to the photograph as local changes of colour, so
that its size and detail stay and the networks' own redrawing of texture, faces and writing is left behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from oldphoto_core.classical.regions import at_working_size
from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Photo
from oldphoto_core.inference.style_carry import affine_field, apply_field
from oldphoto_core.inference.style_engine import LearnedEngineName, References, Restyled
from oldphoto_core.networks.mropm.merge import Merging
from oldphoto_core.networks.mropm.stylise import Stylised, Stylization

STEP: Final = 128
"""What both sides of every picture must be multiples of."""

CELL: Final = 8
"""Pixels along a side of one place of the similarity maps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialStyle:
    """The published networks as a style engine."""

    stylization: Stylization
    """The first network, in evaluation mode, on the device."""

    merging: Merging
    """The second."""

    weights_sha256: str
    """Digest of the checkpoint that holds both."""

    side_px: int = 512
    """Longer side of the working copies, in pixels."""

    device: torch.device = torch.device("cpu")  # noqa: RUF009 - immutable
    """Where they compute."""

    name: LearnedEngineName = "official"
    """Its name in the settings and in the catalog."""

    def apply(self, photo: Photo, references: References, *, strength: float) -> Restyled:
        """Return the photograph in the look of the references.

        Similarity is how far the best place of a reference stands out against its mean, ``1 - exp(mean - best)`` of the
        attention's logits: in [0, 1], not calibrated.

        Args:
            photo: The photograph, at any size.
            references: One or more pictures of any size.
            strength: Share of the way to go, in [0, 1].

        Raises:
            PhotoShapeError: There is no reference, or an array is no photograph.
        """
        if not references:
            raise PhotoShapeError(found="no reference", expected="at least one")
        small = at_working_size(photo, self.side_px)
        height, width = small.shape[:2]
        size = canvas_of((height, width))
        with torch.inference_mode():
            content = self.stylization.read(self._tensor(filled(small, size)))
            styled: list[Stylised] = []
            for one in (*references, small):
                canvas = filled(fitted(one, size), size)
                styled.append(self.stylization.styled(content, self._tensor(canvas)))
            merged = self.merging(styled)
        made = merged.image[0].clamp(0.0, 1.0).permute(1, 2, 0).cpu().numpy()[:height, :width]
        field = affine_field(small, np.ascontiguousarray(made, dtype=np.float32))
        return Restyled(
            photo=apply_field(photo, field, strength=strength),
            weights=_cells(merged.weights[:, 0, 0], (height, width)),
            similarity=_similarity(styled[:-1], (height, width)),
        )

    def _tensor(self, photo: Photo) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(photo)).permute(2, 0, 1)[None].to(self.device)


def canvas_of(size: tuple[int, int]) -> tuple[int, int]:
    """Return the next multiples of 128 of height and width.

    Examples:
        >>> canvas_of((341, 512)), canvas_of((20, 129))
        ((384, 512), (128, 256))
    """
    height, width = (-(-side // STEP) * STEP for side in size)
    return height, width


def fitted(photo: Photo, size: tuple[int, int]) -> Float32[np.ndarray, "_h _w 3"]:
    """Return a picture as large as fits into a size (height, width), its proportions kept.

    Raises:
        PhotoShapeError: The array is no photograph.
    """
    small = at_working_size(photo, max(size))
    scale = min(size[0] / small.shape[0], size[1] / small.shape[1])
    height, width = (max(1, min(round(side * scale), most)) for side, most in zip(small.shape[:2], size, strict=True))
    if (height, width) == small.shape[:2]:
        return small
    way = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC
    resized = np.asarray(cv2.resize(small, (width, height), interpolation=way), dtype=np.float32)
    return np.clip(resized, 0.0, 1.0)


def filled(photo: Photo, size: tuple[int, int]) -> Float32[np.ndarray, "_h _w 3"]:
    """Return a picture filled up to a size (height, width) to the right and below by reflection, again and again."""
    down, right = size[0] - photo.shape[0], size[1] - photo.shape[1]
    return np.pad(photo, ((0, down), (0, right), (0, 0)), mode="symmetric")


def _cells(weights: Tensor, size: tuple[int, int]) -> Float32[np.ndarray, "_ h w"]:
    """Return weights at pixels as means over places of 8 x 8, those of the photograph's own part only."""
    cells = torch.nn.functional.avg_pool2d(weights[None], CELL)[0]
    return np.asarray(_own_part(cells, size).float().cpu().numpy())


def _similarity(styled: Sequence[Stylised], size: tuple[int, int]) -> Float32[np.ndarray, "_ h w"]:
    maps = torch.stack([1.0 - torch.exp(one.similarity[0, 1] - one.similarity[0, 0]) for one in styled])
    return np.asarray(_own_part(maps, size).clamp(0.0, 1.0).float().cpu().numpy())


def _own_part(maps: Tensor, size: tuple[int, int]) -> Tensor:
    rows, columns = (-(-side // CELL) for side in size)
    return maps[:, :rows, :columns]
