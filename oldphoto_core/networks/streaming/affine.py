"""A factor and a summand for each channel: what normalisation does once the statistics are known."""

from dataclasses import dataclass

import torch
from torch import Tensor

from oldphoto_core.networks.streaming.statistics import Moments


@dataclass(frozen=True, slots=True)
class Affine:
    """What normalisation does to a value once the statistics are known."""

    scale: Tensor
    """Factor of each channel, shape (1, C, 1, 1), in float32."""

    shift: Tensor
    """Added after, same shape."""

    rectified: bool = False
    """Whether negative results become zero."""

    @classmethod
    def of(cls, moments: Moments, eps: float, device: torch.device) -> "Affine":
        """Return what makes mean 0 and variance 1."""
        scale, shift = (part.to(device, torch.float32) for part in moments.scale_and_shift(eps))
        return cls(scale[None, :, None, None], shift[None, :, None, None])

    def __call__(self, values: Tensor) -> Tensor:
        """Return new values of the same type; those given stay."""
        result = torch.addcmul(self.shift, values.float(), self.scale)
        result = result.relu_() if self.rectified else result
        return result.to(values.dtype)

    def put(self, values: Tensor, into: Tensor) -> None:
        """Write the new values, of float32 ones, into memory of the same shape."""
        torch.addcmul(self.shift, values, self.scale, out=into)
        if self.rectified:
            into.relu_()
