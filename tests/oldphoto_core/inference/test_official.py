"""Quirks of the authors' scripts, one by one, against slow and plain ways to say the same."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import grey_dilation
from torch import Tensor

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Bytes8
from oldphoto_core.inference.official import (
    OfficialNetworks,
    official_mask,
    official_quality,
    official_scratch,
)
from oldphoto_core.inference.official_pixels import (
    colour_tensor,
    grey_tensor,
    grown,
    painted_white,
    resized_for_detection,
    resized_for_restoration,
    rounded_side,
    short_side_256,
    stretched,
)


def noise(height: int, width: int, seed: int = 3) -> Bytes8:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@dataclass(frozen=True)
class Keep:
    """An autoencoder that does nothing."""

    def encode(self, x: Tensor) -> Tensor:
        return x

    def decode(self, z: Tensor) -> Tensor:
        return z


def darker(z: Tensor, *mask: Tensor) -> Tensor:
    return z * 0.25 - 0.5 * (mask[0] if mask else 0.0)


@pytest.mark.parametrize(
    ("side", "step", "expected"),
    [
        (8, 16, None),
        (9, 16, 16),
        (24, 16, 32),
        (40, 16, 32),
        (56, 16, 64),
        (2, 4, None),
        (6, 4, 8),
        (10, 4, 8),
        (98, 4, 96),
    ],
)
def test_sides_are_rounded_to_even_multiples(side: int, step: int, expected: int | None) -> None:
    if expected is None:
        with pytest.raises(PhotoShapeError, match=f"a side of {side} pixels"):
            rounded_side(float(side), step)
    else:
        assert rounded_side(float(side), step) == expected


def test_the_network_sees_a_short_side_of_256() -> None:
    assert short_side_256(128, 96) == (336, 256)  # 341.3 is nearer to 336 than to 352
    assert short_side_256(96, 128) == (256, 336)
    assert short_side_256(500, 500) == (256, 256)
    assert short_side_256(16, 160) == (256, 2560)


def test_bicubic_for_detection_and_bilinear_for_restoration() -> None:
    image = noise(45, 61)
    picture = Image.fromarray(image)
    assert np.array_equal(resized_for_detection(image, "full_size"), picture.resize((64, 48), Image.Resampling.BICUBIC))
    assert np.array_equal(resized_for_restoration(image), picture.resize((60, 44), Image.Resampling.BILINEAR))
    assert resized_for_detection(image, "scale_256").shape == (256, 352, 3)
    assert resized_for_detection(noise(61, 45), "scale_256").shape == (352, 256, 3)


def test_a_size_that_fits_is_left_alone() -> None:
    image = noise(32, 48)
    assert resized_for_detection(image, "full_size") is image
    assert resized_for_restoration(image) is image


def test_white_paint_is_cut_not_rounded() -> None:
    image = np.full((1, 4, 3), 100, dtype=np.uint8)
    mask = np.array([[0, 128, 200, 255]], dtype=np.uint8)
    # 100 + 155 * m / 255: 100, 177.8, 221.57, 255
    assert painted_white(image, mask)[0, :, 0].tolist() == [100, 177, 221, 255]


def test_the_mask_grows_by_three_pixels_each_way() -> None:
    mask = np.zeros((20, 24), dtype=np.uint8)
    mask[9, 11] = 200
    mask[0, 0] = 255
    assert np.array_equal(grown(mask), grey_dilation(mask, size=(7, 7), mode="constant"))
    assert mask.sum() == 455


def test_saving_stretches_contrast_over_all_channels_together() -> None:
    values = torch.tensor([[[[0.2, 0.41]], [[0.25, 0.3]], [[0.6, 0.5]]]])
    assert stretched(values)[0].tolist() == [[0, 32, 255], [134, 64, 191]]  # (v - 0.2) / 0.4 * 255 + 0.5, cut


def test_a_mask_that_is_hole_everywhere_is_saved_without_holes() -> None:
    image = noise(32, 32)
    assert official_mask(image, lambda grey: torch.full_like(grey, 9.0)).mask.max() == 0
    assert official_mask(image, lambda grey: torch.full_like(grey, -9.0)).mask.max() == 0


def test_grey_is_that_of_pillow_in_minus_one_to_one() -> None:
    image = noise(8, 9)
    grey = np.asarray(Image.fromarray(image).convert("L")).astype(np.float64)
    assert np.allclose(grey_tensor(image)[0, 0].numpy(), grey / 127.5 - 1.0, atol=1e-6)
    assert np.allclose(colour_tensor(image)[0, 2].numpy(), image[..., 2] / 127.5 - 1.0, atol=1e-6)


def test_detection_scales_thresholds_and_comes_back_by_nearest() -> None:
    image = noise(40, 90)
    found = official_mask(image, lambda grey: grey * 2.0)
    assert found.resized.shape == (32, 96, 3)
    assert found.grey_scaled.shape == (1, 1, 256, 768)
    probability = 1.0 / (1.0 + np.exp(-found.logits[0, 0].astype(np.float64)))
    rows, columns = np.arange(32) * 256 // 32, np.arange(96) * 768 // 96
    nearest = probability[np.ix_(rows, columns)]
    sure = np.abs(nearest - 0.4) > 1e-6
    assert np.array_equal(found.mask[sure], np.where(nearest >= 0.4, 255, 0)[sure])
    assert 0 < found.mask.mean() < 255
    lenient = official_mask(image, lambda grey: grey * 2.0, threshold=0.3).mask
    assert lenient.mean() > found.mask.mean()


def test_restoration_hands_through_and_stretches() -> None:
    image = noise(42, 33)
    found = official_quality(image, OfficialNetworks(Keep(), darker, Keep()))
    assert found.resized.shape == (40, 32, 3)
    expected = (found.resized.astype(np.float64) / 127.5 - 1.0) * 0.25
    assert np.allclose(found.net_output[0].transpose(1, 2, 0), expected, atol=1e-6)
    low, high = expected.min(), expected.max()
    assert np.abs(found.saved - (expected - low) / (high - low) * 255.0).max() <= 0.5 + 1e-3


@pytest.mark.parametrize("hr", [False, True])
def test_holes_are_white_and_told_to_the_mapping(*, hr: bool) -> None:
    image, mask = noise(32, 48), np.zeros((32, 48), dtype=np.uint8)
    mask[10:12, 20:30] = 255
    found = official_scratch(image, mask, OfficialNetworks(Keep(), darker, Keep()), hr=hr)
    hole = grey_dilation(mask, size=(7, 7)) > 0 if hr else mask > 0
    assert np.array_equal(found.mask_used[0, 0], hole.astype(np.float32))
    assert np.array_equal(found.holed, np.where(hole[..., None], 255, image))
    assert np.allclose(found.net_output[0, :, hole], 0.25 - 0.5)


def test_a_photograph_of_another_size_than_detection_gives_is_refused() -> None:
    with pytest.raises(PhotoShapeError, match="multiples of 4"):
        official_scratch(noise(30, 48), np.zeros((30, 48), dtype=np.uint8), OfficialNetworks(Keep(), darker, Keep()))
