"""Mean and variance of a map that is seen a strip at a time."""

import torch
from torch import Tensor


class Moments:
    """Per-channel mean and variance, gathered strip by strip (Chan, Golub and LeVeque 1979), in float64."""

    def __init__(self, channels: int) -> None:
        """Begin with nothing seen."""
        self._count = 0
        self._mean = torch.zeros(channels, dtype=torch.float64)
        self._spread = torch.zeros(channels, dtype=torch.float64)

    def add(self, values: Tensor) -> None:
        """Take in a strip of shape (1, C, n, W)."""
        places = values.permute(0, 2, 3, 1).reshape(-1, values.shape[1]).float()
        count = len(places)
        centre = places.sum(0) / count  # torch.var_mean takes twenty times as long over this layout
        spread = (places - centre).square_().sum(0).double().cpu()
        mean = centre.double().cpu()
        total = self._count + count
        apart = mean - self._mean
        self._spread += spread + apart**2 * (self._count * count / total)
        self._mean += apart * (count / total)
        self._count = total

    def scale_and_shift(self, eps: float) -> tuple[Tensor, Tensor]:
        """Return what to multiply by and then to add, each of shape (C), so that mean is 0 and variance 1."""
        scale = (self._spread / max(self._count, 1) + eps).rsqrt()
        return scale, -self._mean * scale
