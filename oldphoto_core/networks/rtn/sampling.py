"""Reading maps between pixels: the one bilinear rule of optical flow and of warping."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def sample(x: Float[Tensor, "N C _H _W"], at: Float[Tensor, "N _h _w 2"]) -> Float[Tensor, "N C _h _w"]:
    """Return the values of a map at places given in its pixels, x before y; bilinear, zero outside.

    Both sides of the map must be 2 or more: a side of 1 has no scale.
    """
    last = at.new_tensor([x.shape[3] - 1, x.shape[2] - 1])
    return F.grid_sample(x, 2.0 * at / last - 1.0, mode="bilinear", padding_mode="zeros", align_corners=True)


def places(like: Float[Tensor, "N C H W"]) -> Float[Tensor, "1 H W 2"]:
    """Return where each pixel of a map lies: its x and y."""
    height, width = like.shape[2:]
    rows = torch.arange(height, dtype=like.dtype, device=like.device)
    columns = torch.arange(width, dtype=like.dtype, device=like.device)
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack([x, y], dim=-1)[None]


def warp(x: Float[Tensor, "N C H W"], flow: Float[Tensor, "N 2 H W"]) -> Float[Tensor, "N C H W"]:
    """Return another frame's map as seen from this frame.

    Args:
        x: What belongs to the other frame.
        flow: For each pixel of this frame how far to the right and down it lies in the other, in pixels. What lies
            outside of the other frame becomes 0.
    """
    return sample(x, places(x) + flow.permute(0, 2, 3, 1))
