"""The losses against the formulas of the published recipe, worked out with loops."""

import numpy as np
import pytest
import torch

from oldphoto_core.training.latent_losses import (
    features_apart,
    prior,
    taken_for_fake,
    taken_for_real,
    told_apart,
)


def maps(seed: int, *, sizes: int = 2, layers: int = 3) -> list[list[torch.Tensor]]:
    chance = torch.Generator().manual_seed(seed)
    return [
        [torch.randn(2, 3 + layer, 9 - layer - size, 8 - layer, generator=chance) for layer in range(layers + 2)]
        for size in range(sizes)
    ]


def squared(verdicts: torch.Tensor, wanted: float) -> float:
    return float(np.mean([(value - wanted) ** 2 for value in verdicts.double().flatten().tolist()]))


def test_verdicts_are_squared_and_summed_over_sizes() -> None:
    fake, real = maps(0), maps(1)
    assert float(taken_for_real(fake)) == pytest.approx(sum(squared(one[-1], 1.0) for one in fake), rel=1e-5)
    assert float(taken_for_fake(fake)) == pytest.approx(sum(squared(one[-1], 0.0) for one in fake), rel=1e-5)
    both = sum(squared(one[-1], 0.0) for one in fake) + sum(squared(one[-1], 1.0) for one in real)
    assert float(told_apart(fake, real)) == pytest.approx(0.5 * both, rel=1e-5)


@pytest.mark.parametrize(("sizes", "layers"), [(2, 3), (1, 3), (3, 1)])
def test_features_are_compared_but_not_verdicts(sizes: int, layers: int) -> None:
    fake, real = maps(0, sizes=sizes, layers=layers), maps(1, sizes=sizes, layers=layers)
    wanted = 0.0
    for ours, theirs in zip(fake, real, strict=True):
        for number in range(layers + 1):
            difference = (ours[number] - theirs[number]).double().abs().mean()
            wanted += 4.0 / (layers + 1) / sizes * float(difference)
    assert float(features_apart(fake, real)) == pytest.approx(wanted, rel=1e-5)


def test_nothing_flows_into_the_wanted_features() -> None:
    fake, real = maps(0), maps(1)
    for one in (*fake[0], *real[0]):
        one.requires_grad_()
    torch.autograd.backward(features_apart(fake, real))
    assert all(one.grad is None for one in real[0])
    assert all(one.grad is not None for one in fake[0][:-1])
    assert fake[0][-1].grad is None


def test_the_prior_is_the_mean_square() -> None:
    latent = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    assert float(prior(latent)) == pytest.approx(float(np.mean(latent.double().numpy() ** 2)), rel=1e-6)
