"""What a vision transformer sees in the regions of a picture: its patch tokens, averaged over each region."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from oldphoto_core.references.described import Vectors, unit_rows
from oldphoto_core.references.encoder_eye import region_weights
from oldphoto_core.references.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEye:
    """Looks with a transformer that somebody else has loaded."""

    tokens: Callable[[Tensor], Tensor]
    """Takes a picture (1, 3, H, W), normalised, gives the tokens (1, h w, D) of its patches, row by row."""

    patch_px: int
    """Side of a patch; pictures are given with sides that are multiples of it."""

    mean: tuple[float, float, float]
    """Taken off R, G, B in [0, 1]."""

    deviation: tuple[float, float, float]
    """What the rest is divided by."""

    weights_sha256: str | None
    """SHA-256 of its weights."""

    def look(self, view: View) -> Vectors:
        """Return a vector for each region and one for the whole picture."""
        grey: Float[Tensor, "1 3 H W"] = torch.from_numpy(np.ascontiguousarray(view.grey)).expand(1, 3, -1, -1)
        rows, columns = (max(1, round(side / self.patch_px)) for side in grey.shape[2:])
        size = (rows * self.patch_px, columns * self.patch_px)
        picture = F.interpolate(grey, size=size, mode="bilinear", align_corners=False, antialias=True)
        middle, spread = (torch.tensor(three).reshape(1, 3, 1, 1) for three in (self.mean, self.deviation))
        with torch.inference_mode():
            found = self.tokens((picture - middle) / spread)[0].float()  # (h w, D)
        if len(found) != rows * columns:
            raise ValueError(f"expected {rows} x {columns} tokens, found {len(found)}")
        share = F.adaptive_avg_pool2d(region_weights(view.labels), (rows, columns)).flatten(1)
        vectors = (share / share.sum(dim=1, keepdim=True)) @ found
        return unit_rows(vectors.numpy().astype(np.float32))
