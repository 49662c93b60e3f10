"""Mean and variance of a map that is seen a strip at a time."""

import torch
from torch import Tensor

_VALUES_AT_ONCE = 2**17
"""So few that they are still in the cache when they are looked at again."""


class Moments:
    """Per-channel mean and variance, gathered piece by piece (Chan, Golub and LeVeque 1979), in float64."""

    def __init__(self, channels: int) -> None:
        """Begin with nothing seen."""
        self._count = 0
        self._mean = torch.zeros(channels, dtype=torch.float64)
        self._spread = torch.zeros(channels, dtype=torch.float64)

    def add(self, values: Tensor) -> None:
        """Take in a strip of shape (1, C, n, W)."""
        places = values.permute(0, 2, 3, 1).reshape(-1, values.shape[1])
        at_once = max(1, _VALUES_AT_ONCE // values.shape[1]) if values.device.type == "cpu" else len(places)
        pieces = torch.split(places, at_once)
        seen = [_mean_and_spread(piece) for piece in pieces]
        means, spreads = (torch.stack(some).double().cpu() for some in zip(*seen, strict=True))
        counts = torch.tensor([[len(piece)] for piece in pieces], dtype=torch.float64)
        mean = (means * counts).sum(0) / len(places)
        spread = (spreads + counts * (means - mean) ** 2).sum(0)
        self._merge(len(places), mean, spread)

    def _merge(self, count: int, mean: Tensor, spread: Tensor) -> None:
        total = self._count + count
        apart = mean - self._mean
        self._spread += spread + apart**2 * (self._count * count / total)
        self._mean += apart * (count / total)
        self._count = total

    def scale_and_shift(self, eps: float) -> tuple[Tensor, Tensor]:
        """Return what to multiply by and then to add, each of shape (C), so that mean is 0 and variance 1."""
        scale = (self._spread / max(self._count, 1) + eps).rsqrt()
        return scale, -self._mean * scale


def _mean_and_spread(places: Tensor) -> tuple[Tensor, Tensor]:
    """Return per-channel mean and sum of squares about it, of shape (places, C); var_mean takes ten times as long."""
    values = places.float()
    mean = values.mean(0)
    return mean, (values - mean).square_().sum(0)
