"""What the encoder of the project's own texture network sees in the regions of a picture.

The network was trained to tell texture from damage, on grey and coloured photographs alike. Its features have no common
size, and that size follows the contrast of the picture. So each channel is divided by its standard deviation over the
whole picture, its square root taken with the sign kept, and the channels of each of the four sizes scaled to length 1.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from oldphoto_core.classical.regions import Labels
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.compact.unet import CONTRAST, MIDDLE, UNet
from oldphoto_core.references.described import Vectors, unit_rows
from oldphoto_core.references.view import View

_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class EncoderEye:
    """Looks with the encoder of a texture network."""

    network: TextureRestorer
    """The network, in evaluation mode."""

    weights_sha256: str | None = field(default=None)
    """SHA-256 of its weights."""

    def look(self, view: View) -> Vectors:
        """Return a vector for each region and one for the whole picture."""
        grey = torch.from_numpy(np.ascontiguousarray(view.grey)).expand(1, 3, -1, -1)
        with torch.inference_mode():
            maps = encoded(self.network, grey)
            weights = region_weights(view.labels)
            rows = [_level(one[0], weights, 2 ** (level + 1)) for level, one in enumerate(maps)]
        return unit_rows(np.concatenate([unit_rows(row.numpy().astype(np.float32)) for row in rows], axis=1))


def encoded(network: TextureRestorer, picture: Float[Tensor, "1 3 H W"]) -> list[Tensor]:
    """Return the feature maps on the way down, of half, a quarter, ... of the size, told that there is no damage.

    Args:
        network: The network.
        picture: In [0, 1]; sides need not be multiples of anything, maps reach beyond the right and lower edge.
    """
    body: UNet = network.body
    no_damage = picture.new_zeros(1, len(network.config.told), *picture.shape[2:])
    seen = CONTRAST * (torch.cat([picture, no_damage], dim=1) - MIDDLE)
    stride = network.config.stride_px
    seen = F.pad(seen, (0, -seen.shape[3] % stride, 0, -seen.shape[2] % stride), mode="replicate")
    x = body.first(F.pixel_unshuffle(seen, 2))
    maps = []
    for block, halve in zip(body.down, body.halving, strict=True):
        x = block(x)
        maps.append(x)
        x = halve(x)
    return [*maps, body.lowest(x)]


def region_weights(labels: Labels) -> Float[Tensor, "_ H W"]:
    """Return 1 where each region is, and as the last map 1 where the picture is."""
    regions = F.one_hot(torch.from_numpy(labels.astype(np.int64))).permute(2, 0, 1).float()
    return torch.cat([regions, torch.ones_like(regions[:1])])


def _level(features: Tensor, weights: Tensor, stride: int) -> Tensor:
    """Return the mean of each channel over each region (N + 1, C), in standard deviations of the whole picture."""
    below, right = (side * stride - own for side, own in zip(features.shape[1:], weights.shape[1:], strict=True))
    share = F.avg_pool2d(F.pad(weights, (0, right, 0, below))[:, None], stride).flatten(1)  # (N + 1, h w)
    share = share / share.sum(dim=1, keepdim=True)
    flat = features.flatten(1).T  # (h w, C)
    mean = share @ flat
    spread = (share[-1] @ flat.square() - mean[-1].square()).clamp(min=0.0).sqrt()
    relative = mean / (spread + _LEAST)
    return relative.sign() * relative.abs().sqrt()
