"""Each loss against numbers worked out by hand or by an obvious slow program, and its gradient."""

import math

import numpy as np
import pytest
import torch

from oldphoto_core.training.losses import (
    MASK_LOSSES,
    PICTURE_LOSSES,
    balanced_bce,
    bce,
    charbonnier,
    edge,
    focal,
    gradient_l1,
    l1,
    soft_dice,
    weighted,
)

ZERO = torch.zeros(1, 1, 3, 3)


def spot(value: float) -> torch.Tensor:
    found = torch.zeros(1, 1, 3, 3)
    found[0, 0, 1, 1] = value
    return found


def test_l1_of_one_pixel_in_nine() -> None:
    assert float(l1(spot(0.9), ZERO)) == pytest.approx(0.1)


def test_charbonnier() -> None:
    assert float(charbonnier(spot(0.3), ZERO, 0.4)) == pytest.approx((0.5 + 8 * 0.4) / 9)
    assert float(charbonnier(ZERO, ZERO)) == pytest.approx(1e-3)


def test_gradient_l1_counts_four_steps_of_twelve() -> None:
    assert float(gradient_l1(spot(0.6), ZERO)) == pytest.approx(0.6 * (2 / 6 + 2 / 6))
    assert float(gradient_l1(ZERO + 0.5, ZERO)) == 0.0


def test_edge_is_the_laplacian_of_the_middle() -> None:
    assert float(edge(spot(0.5), ZERO, 1e-6)) == pytest.approx(2.0)
    ramp = torch.arange(4.0).expand(1, 1, 4, 4)
    assert float(edge(ramp, torch.zeros(1, 1, 4, 4), 1e-6)) == pytest.approx(0.0, abs=1e-5)


def test_cross_entropy_and_focal() -> None:
    logits, truth = torch.tensor([[[[math.log(3.0), 0.0]]]]), torch.tensor([[[[1.0, 0.0]]]])
    easy, even = -math.log(0.75), -math.log(0.5)
    assert float(bce(logits, truth)) == pytest.approx((easy + even) / 2)
    assert float(focal(logits, truth)) == pytest.approx((0.25**2 * easy + 0.5**2 * even) / 2)
    assert float(focal(logits, truth, 0.0)) == pytest.approx(float(bce(logits, truth)))


def test_balanced_cross_entropy_weighs_each_map_by_its_own_rarity() -> None:
    logits = torch.linspace(-2.0, 3.0, 2 * 2 * 8 * 8).reshape(2, 2, 8, 8)
    truth = torch.zeros(2, 2, 8, 8)
    truth[0, 0, 0, 0], truth[:, 1, :4] = 1.0, 1.0
    total = 0.0
    for kind, weight in ((0, (127.0 / 1.0) ** 0.75), (1, 1.0)):
        for logit, here in zip(logits[:, kind].flatten().tolist(), truth[:, kind].flatten().tolist(), strict=True):
            probability = 1.0 / (1.0 + math.exp(-logit))
            total -= weight * math.log(probability) if here else math.log(1.0 - probability)
    assert float(balanced_bce(logits, truth)) == pytest.approx(total / truth.numel(), rel=1e-5)
    assert math.isfinite(float(balanced_bce(logits, torch.zeros_like(truth))))


def test_soft_dice() -> None:
    logits, truth = torch.tensor([[[[math.log(3.0), 0.0]]]]), torch.tensor([[[[1.0, 0.0]]]])
    assert float(soft_dice(logits, truth)) == pytest.approx(1.0 - (2 * 0.75 + 1.0) / (1.25 + 1.0 + 1.0))
    nothing = torch.full((1, 1, 2, 2), -50.0)
    assert float(soft_dice(nothing, torch.zeros(1, 1, 2, 2))) == pytest.approx(0.0)


def test_soft_dice_pools_each_map_over_the_batch() -> None:
    random = np.random.default_rng(0)
    logits, truth = random.normal(size=(2, 3, 4, 4)), random.integers(0, 2, (2, 3, 4, 4)).astype(np.float64)
    probability = 1.0 / (1.0 + np.exp(-logits))
    each = [
        1.0
        - (2.0 * np.sum(probability[:, k] * truth[:, k]) + 1.0) / (probability[:, k].sum() + truth[:, k].sum() + 1.0)
        for k in range(3)
    ]
    assert float(soft_dice(torch.tensor(logits), torch.tensor(truth))) == pytest.approx(np.mean(each))


@pytest.mark.parametrize("name", sorted(PICTURE_LOSSES))
def test_gradients_of_picture_losses(name: str) -> None:
    found = torch.rand(2, 2, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    wanted = torch.rand(2, 2, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    assert torch.autograd.gradcheck(lambda one: PICTURE_LOSSES[name](one, wanted), (found,))


@pytest.mark.parametrize("name", sorted(MASK_LOSSES))
def test_gradients_of_mask_losses(name: str) -> None:
    logits = torch.randn(2, 2, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    truth = (torch.rand(2, 2, 4, 5, generator=torch.Generator().manual_seed(1)) > 0.5).double()
    assert torch.autograd.gradcheck(lambda one: MASK_LOSSES[name](one, truth), (logits,))


def test_the_weighted_sum() -> None:
    total, each = weighted({"l1": 2.0, "gradient_l1": 0.5}, spot(0.9), ZERO, PICTURE_LOSSES)
    assert float(each["l1"]) == pytest.approx(0.1)
    assert float(total) == pytest.approx(2.0 * 0.1 + 0.5 * 0.6)
