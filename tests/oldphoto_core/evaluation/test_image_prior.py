"""The Deep Image Prior fills and calms a small picture; its network is an hourglass of any size."""

import numpy as np
import pytest
import torch

from oldphoto_core.evaluation.image_prior import PriorSettings, restore_by_prior
from oldphoto_core.networks.prior.hourglass import Hourglass
from oldphoto_core.quality.reference import psnr_db
from oldphoto_core.synthesis.scenes import scene

PHOTO = scene("flower", (48, 48), np.random.default_rng(1))
SETTINGS = PriorSettings(steps=120, width=16, depth=3, smoothing=0.9)


def test_it_fills_holes_it_cannot_see_into() -> None:
    mask = np.zeros((48, 48), dtype=bool)
    mask[16:19, 6:42] = True
    holed = np.where(mask[..., None], np.float32(1.0), PHOTO)
    made = restore_by_prior(holed, mask, SETTINGS, seed=0)
    error = np.mean((made - PHOTO)[mask] ** 2)
    assert error < 0.2 * np.mean((holed - PHOTO)[mask] ** 2)


def test_what_lies_under_the_mask_does_not_count() -> None:
    mask = np.zeros((48, 48), dtype=bool)
    mask[:10] = True
    few = PriorSettings(steps=3, width=4, depth=2)
    white, black = (
        restore_by_prior(np.where(mask[..., None], np.float32(tone), PHOTO), mask, few, seed=0) for tone in (1.0, 0.0)
    )
    assert np.array_equal(white, black)


def test_stopped_early_it_has_less_noise_than_what_it_was_fitted_to() -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.12, PHOTO.shape).astype(np.float32)
    noisy = np.clip(PHOTO + noise, np.float32(0.0), np.float32(1.0))
    made = restore_by_prior(noisy, np.zeros((48, 48), dtype=bool), SETTINGS, seed=0)
    assert made.dtype == np.float32
    assert psnr_db(made, PHOTO) > psnr_db(noisy, PHOTO) + 2.0


def test_the_network_keeps_any_size() -> None:
    network = Hourglass(depth=3, width=8)
    assert network(torch.zeros((1, 16, 37, 50))).shape == (1, 3, 37, 50)
    with pytest.raises(ValueError, match="depth 0"):
        Hourglass(depth=0)(torch.zeros((1, 16, 8, 8)))


def test_it_leaves_the_chance_of_others_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    restore_by_prior(PHOTO, np.zeros((48, 48), dtype=bool), PriorSettings(steps=1, width=4, depth=1), seed=9)
    assert torch.equal(torch.rand(3), expected)


def test_settings_that_fit_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="steps"):
        PriorSettings(steps=0)
