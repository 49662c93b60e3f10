"""What the colour network sees of a photograph: numbers that sum up its tones, hues and where they lie.

They are taken from a thumbnail, so they cost the same for any scan, and do not depend on its size.
"""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

THUMBNAIL_PX = 64
QUANTILES = 13
GRID = 4

STATISTICS = 6 * QUANTILES + 6 + 4 * GRID * GRID
"""How many: quantiles of R, G, B, L, a, b; covariances of L, a, b; their means and the spread of L on a grid."""

_TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
_WHITE = (0.95047, 1.0, 1.08883)  # D65


def thumbnail(photo: Float[Tensor, "N 3 _ _"]) -> Float[Tensor, "N 3 h w"]:
    """Return the photograph with its longer side at 64 pixels or less, each pixel a mean over those it stands for."""
    height, width = photo.shape[-2:]
    scale = max(height, width) / THUMBNAIL_PX
    if scale <= 1.0:
        return photo
    return F.adaptive_avg_pool2d(photo, (max(1, round(height / scale)), max(1, round(width / scale))))


def colour_statistics(photo: Float[Tensor, "N 3 _ _"]) -> Float[Tensor, "N 148"]:
    """Return the statistics of photographs, each about within [-1, 1].

    Args:
        photo: sRGB in [0, 1], of any size; what leaves the range is clipped. Quantiles pass no gradient back.
    """
    small = thumbnail(photo.float()).clamp(0.0, 1.0)
    lab = lab_of(small)
    pixels = torch.cat([small, lab], dim=1).flatten(2)  # (N, 6, P)
    where = torch.linspace(0.005, 0.995, QUANTILES, device=photo.device)
    quantiles = _quantiles(pixels, where).flatten(1)  # (N, 6 Q)
    centred = lab.flatten(2) - lab.flatten(2).mean(dim=2, keepdim=True)
    covariance = centred @ centred.transpose(1, 2) / centred.shape[2]  # (N, 3, 3)
    rows, columns = torch.triu_indices(3, 3, device=photo.device)
    spread = covariance[:, rows, columns]
    grid = F.adaptive_avg_pool2d(lab, GRID)  # (N, 3, G, G)
    squares = F.adaptive_avg_pool2d(lab[:, :1].square(), GRID)
    local = (squares - grid[:, :1].square()).clamp_min(0.0).add(1e-6).sqrt()
    signed = torch.sign(spread) * spread.abs().sqrt()
    return torch.cat([quantiles, signed, grid.flatten(1), local.flatten(1)], dim=1)


def standardised(statistics: Float[Tensor, "N 148"]) -> Float[Tensor, "N 148"]:
    """Return the statistics with about mean 0 and spread 1 over photographs, by fixed numbers: networks learn faster.

    Args:
        statistics: What ``colour_statistics`` gives.
    """
    tones, hues, spreads, cells = 4 * QUANTILES, 2 * QUANTILES, 6, GRID * GRID
    parts = torch.split(statistics, [tones, hues, spreads, cells, 2 * cells, cells], dim=1)
    middles, gains = (0.5, 0.0, 0.05, 0.5, 0.0, 0.08), (4.0, 10.0, 10.0, 5.0, 10.0, 15.0)
    return torch.cat([(part - middle) * gain for part, middle, gain in zip(parts, middles, gains, strict=True)], dim=1)


def lab_of(photo: Float[Tensor, "N 3 H W"]) -> Float[Tensor, "N 3 H W"]:
    """Return CIELAB (D65) of sRGB in [0, 1], each of L, a and b divided by 100."""
    linear = torch.where(photo <= 0.04045, photo / 12.92, ((photo.clamp_min(0.0) + 0.055) / 1.055) ** 2.4)
    white = photo.new_tensor(_WHITE).reshape(3, 1)
    relative = torch.einsum("dc,nchw->ndhw", photo.new_tensor(_TO_XYZ) / white, linear)
    limit = 6.0 / 29.0
    curved = torch.where(
        relative > limit**3, relative.clamp_min(1e-6) ** (1.0 / 3.0), relative / (3.0 * limit**2) + 4.0 / 29.0
    )
    x, y, z = curved.unbind(dim=1)
    return torch.stack([1.16 * y - 0.16, 5.0 * (x - y), 2.0 * (y - z)], dim=1)


def sorted_values(pixels: Tensor) -> Tensor:
    """Return the values in rising order along the last axis; NumPy does it several times as fast as torch on a CPU."""
    if pixels.device.type == "cpu":
        return torch.from_numpy(np.sort(pixels.numpy(), axis=-1))
    return pixels.sort(dim=-1).values


def _quantiles(pixels: Tensor, where: Tensor) -> Tensor:
    """Return quantiles along the last axis, interpolated linearly."""
    ordered = sorted_values(pixels.detach())
    place = where * (ordered.shape[-1] - 1)
    low = place.floor().long()
    high = (low + 1).clamp_max(ordered.shape[-1] - 1)
    return torch.lerp(ordered[..., low], ordered[..., high], place - low)
