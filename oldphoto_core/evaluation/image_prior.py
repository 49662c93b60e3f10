"""Deep Image Prior (Ulyanov et al., CVPR 2018): a network fitted to the damaged picture alone, stopped early."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from oldphoto_core.image import Mask, Photo
from oldphoto_core.networks.prior.hourglass import Hourglass


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorSettings:
    """How the network is built and fitted; the paper has 128 channels and 2000 to 3000 steps."""

    steps: int = 1200
    """Steps of gradient descent; the more, the more of the noise is fitted as well."""

    rate: float = 0.01
    """Learning rate of Adam."""

    jitter: float = 1.0 / 30.0
    """Standard deviation of the noise laid on the input anew at each step."""

    smoothing: float = 0.99
    """Share of the running mean of the outputs that is kept from step to step; the mean is the result."""

    width: int = 32
    """Channels of each level."""

    depth: int = 5
    """Number of levels; fewer on small pictures."""

    def __post_init__(self) -> None:
        """Refuse settings with which nothing is fitted."""
        if self.steps < 1 or self.width < 1 or self.depth < 1 or not 0.0 <= self.smoothing < 1.0:
            raise ValueError(f"expected steps, width and depth of 1 or more and smoothing in [0, 1), found {self}")


def restore_by_prior(photo: Photo, mask: Mask, settings: PriorSettings, *, seed: int) -> Photo:
    """Return what the network makes of the picture: noise and holes are what it is slowest to learn.

    Args:
        photo: The damaged picture, in [0, 1].
        mask: Pixels to fill; they do not count in the fit.
        settings: How it is fitted.
        seed: Decides the starting weights and the noise; the same seed gives the same picture on the same machine.
    """
    inputs = 16
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        # A map of one pixel cannot be mirrored at its borders, nor normalised.
        depth = max(1, min(settings.depth, min(photo.shape[:2]).bit_length() - 2))
        network = Hourglass(depth=depth, width=settings.width, inputs=inputs)
    height, width = photo.shape[:2]
    target = torch.from_numpy(np.ascontiguousarray(photo.transpose(2, 0, 1)))[None]
    known = torch.from_numpy(~mask).to(target.dtype)[None, None]
    noise = 0.1 * torch.rand((1, inputs, height, width), generator=generator)
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.rate)
    mean = torch.zeros_like(target)
    for step in range(settings.steps):
        optimiser.zero_grad()
        made = network(noise + settings.jitter * torch.randn(noise.shape, generator=generator))
        F.mse_loss(made * known, target * known).backward()  # type: ignore[no-untyped-call]  # torch leaves it bare
        optimiser.step()
        kept = min(settings.smoothing, 1.0 - 1.0 / (step + 1.0))
        mean = kept * mean + (1.0 - kept) * made.detach()
    return np.ascontiguousarray(mean[0].numpy().transpose(1, 2, 0))
