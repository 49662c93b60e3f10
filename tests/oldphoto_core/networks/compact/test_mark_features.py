"""Top-hats are those of scikit-image; a line answers in its own direction; tiles agree."""

import math

import numpy as np
import pytest
import torch
from skimage.draw import line
from skimage.morphology import opening

from oldphoto_core.networks.compact.mark_features import (
    FEATURES,
    HAT_SIDES_PX,
    ORIENTATIONS,
    REACH_PX,
    line_filters,
    mark_features,
    opened,
)


def noise(height: int, width: int) -> torch.Tensor:
    return torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("side", HAT_SIDES_PX)
def test_the_opening_is_that_of_scikit_image(side: int) -> None:
    grey = noise(40, 31)
    wanted = opening(grey[0, 0].numpy(), np.ones((side, side), np.uint8))
    inner = slice(side, -side)  # at the border scikit-image mirrors what lies beyond, here nothing does
    np.testing.assert_array_equal(opened(grey, side)[0, 0].numpy()[inner, inner], wanted[inner, inner])


def test_a_flat_picture_has_no_features() -> None:
    found = mark_features(torch.full((2, 3, 40, 30), 0.3))
    assert found.shape == (2, FEATURES, 40, 30)
    torch.testing.assert_close(found, torch.full_like(found, 0.5), atol=1e-5, rtol=0.0)


def test_bright_and_dark_marks_answer_in_different_hats() -> None:
    photo = torch.full((1, 3, 60, 60), 0.5)
    photo[..., 20:22, 20:22], photo[..., 40:42, 40:42] = 0.9, 0.1
    hats = mark_features(photo)[0, : 2 * len(HAT_SIDES_PX)] - 0.5
    bright, dark = hats[:, 20, 20], hats[:, 40, 40]
    torch.testing.assert_close(bright, torch.tensor([1.0, 0.0, 1.0, 0.0, 1.0, 0.0]))
    torch.testing.assert_close(dark, torch.tensor([0.0, 1.0, 0.0, 1.0, 0.0, 1.0]))


@pytest.mark.parametrize("number", range(ORIENTATIONS))
def test_a_line_answers_most_to_the_filter_of_its_own_direction(number: int) -> None:
    angle = math.pi * number / ORIENTATIONS
    photo = torch.full((1, 3, 61, 61), 0.5)
    reach = round(28 * math.cos(angle)), round(28 * math.sin(angle))
    rows, columns = line(30 - reach[1], 30 - reach[0], 30 + reach[1], 30 + reach[0])
    photo[..., torch.from_numpy(rows), torch.from_numpy(columns)] = 0.8
    answers = mark_features(photo)[0, 2 * len(HAT_SIDES_PX) :, 30, 30]
    assert int(answers.argmax()) == number
    assert float(answers.max()) > 0.65


def test_filters_do_not_see_brightness() -> None:
    assert float(line_filters().sum(dim=(1, 2, 3)).abs().max()) < 1e-6


def test_a_part_has_the_features_of_the_whole() -> None:
    photo = torch.rand(1, 3, 120, 90, generator=torch.Generator().manual_seed(0))
    whole, part = mark_features(photo), mark_features(photo[..., 10:110, 5:85])
    inner = slice(REACH_PX, -REACH_PX)
    torch.testing.assert_close(part[..., inner, inner], whole[..., 10:110, 5:85][..., inner, inner])
