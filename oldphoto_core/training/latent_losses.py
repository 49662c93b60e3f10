"""The losses of the triplet domain: what critics say, what their features say, and how wide the latent spreads.

Verdicts and features come from ``PatchCritic``: for each size a list of maps, the last of which holds the verdicts.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

Maps = Sequence[Sequence[Tensor]]
"""What a critic gives: for each size its layers' outputs."""

Loss = Float[Tensor, ""]


def taken_for_real(maps: Maps) -> Loss:
    """Return how far verdicts are from 1, squared, averaged over places and summed over sizes (LSGAN, Mao et al.)."""
    return torch.stack([(of_size[-1].float() - 1.0).square().mean() for of_size in maps]).sum()


def taken_for_fake(maps: Maps) -> Loss:
    """Return how far verdicts are from 0, squared, averaged over places and summed over sizes."""
    return torch.stack([of_size[-1].float().square().mean() for of_size in maps]).sum()


def told_apart(fake: Maps, real: Maps) -> Loss:
    """Return the critic's own loss: half of what it gets wrong on either side."""
    return 0.5 * (taken_for_fake(fake) + taken_for_real(real))


def features_apart(fake: Maps, real: Maps) -> Loss:
    """Return the L1 distance of all maps but the verdicts: ``sum 4 / (layers + 1) / sizes * mean |fake - real|``.

    As in pix2pixHD, whose critics have three ``layers`` between the first and the verdicts. The real ones are aims:
    nothing flows back through them.

    Args:
        fake: Maps of what the network made.
        real: Maps of what it should have made.
    """
    layers = len(fake[0]) - 2
    weight = 4.0 / (layers + 1) / len(fake)
    pairs = [pair for ours, theirs in zip(fake, real, strict=True) for pair in zip(ours[:-1], theirs[:-1], strict=True)]
    return weight * torch.stack([(one.float() - aim.detach().float()).abs().mean() for one, aim in pairs]).sum()


def prior(latent: Float[Tensor, "N C h w"]) -> Loss:
    """Return the mean square of the latent: Kullback-Leibler divergence from N(0, 1), for a posterior of spread 1."""
    return latent.float().square().mean()
