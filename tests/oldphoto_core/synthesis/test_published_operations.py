"""Each published operation against a slow or official twin: SciPy, scikit-image, Pillow, a bicubic written out."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import correlate1d, gaussian_filter
from scipy.stats import ks_2samp
from skimage.util import random_noise

from oldphoto_core.image import Bytes8
from oldphoto_core.synthesis.published_operations import (
    AddedNoise,
    JpegFile,
    KernelBlur,
    Operation,
    SaltAndPepper,
    SmallerAndBack,
    SpeckleNoise,
    Way,
    amounts,
    drawn_smaller,
    truncated,
)


def textured(height: int = 60, width: int = 76) -> Bytes8:
    noise = np.random.default_rng(0).random((height, width, 3))
    smooth = gaussian_filter(noise, (1.5, 1.5, 0))
    return (255 * (smooth - smooth.min()) / np.ptp(smooth)).astype(np.uint8)


def flat(value: int, side: int = 200) -> Bytes8:
    return np.full((side, side, 3), value, np.uint8)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("side_px", [3, 5, 7])
@pytest.mark.parametrize("sigma_px", [1.0, 2.6, 5.0])
def test_blur_is_a_gaussian_cut_off_at_the_kernel_and_truncated(side_px: int, sigma_px: float) -> None:
    at = np.arange(side_px) - side_px // 2
    kernel = np.exp(-(at**2) / (2 * sigma_px**2))
    kernel /= kernel.sum()
    slow = correlate1d(
        correlate1d(textured().astype(float), kernel, axis=0, mode="mirror"), kernel, axis=1, mode="mirror"
    )
    found = KernelBlur(side_px=side_px, sigma_px=sigma_px).apply(textured(), rng()).astype(int)
    assert (found == np.floor(slow + 1e-3)).mean() > 0.998
    assert np.abs(found - slow).max() < 1.01


@pytest.mark.parametrize("value", [0, 1, 127, 200, 255])
def test_a_flat_picture_keeps_its_value_when_blurred(value: int) -> None:
    np.testing.assert_array_equal(KernelBlur(side_px=7, sigma_px=5.0).apply(flat(value, 20), rng()), flat(value, 20))


@pytest.mark.parametrize("sigma", [5 / 255, 20 / 255, 50 / 255])
def test_added_noise_is_distributed_as_that_of_scikit_image(sigma: float) -> None:
    ours = AddedNoise(sigma=sigma).apply(flat(128), rng(1))
    theirs = truncated(random_noise(flat(128) / 255, mode="gaussian", var=sigma**2, rng=2).astype(np.float32))
    assert ks_2samp(ours.ravel()[::7], theirs.ravel()[::7]).pvalue > 0.01
    assert float(ours.std()) == pytest.approx(float(theirs.std()), rel=0.02)


@pytest.mark.parametrize("value", [30, 128, 220])
def test_speckle_is_distributed_as_that_of_scikit_image_and_follows_the_tone(value: int) -> None:
    ours = SpeckleNoise(sigma=0.1).apply(flat(value), rng(1))
    theirs = truncated(random_noise(flat(value) / 255, mode="speckle", var=0.01, rng=2).astype(np.float32))
    assert ks_2samp(ours.ravel()[::7], theirs.ravel()[::7]).pvalue > 0.01
    assert float(ours.std()) == pytest.approx(0.1 * value, rel=0.1)


@pytest.mark.parametrize("salt", [0.3, 0.8])
def test_salt_and_pepper_hits_as_many_values_as_that_of_scikit_image(salt: float) -> None:
    ours = SaltAndPepper(share=0.01, salt=salt).apply(flat(128, 500), rng(1))
    theirs = random_noise(flat(128, 500) / 255, mode="s&p", amount=0.01, salt_vs_pepper=salt, rng=2)
    for share, value in ((0.01 * salt, 255), (0.01 * (1 - salt), 0)):
        assert float((ours == value).mean()) == pytest.approx(share, rel=0.05)
        assert float((theirs * 255 == value).mean()) == pytest.approx(share, rel=0.05)
    hits = ours != 128
    assert (hits[..., 0] & hits[..., 1]).mean() == pytest.approx(1e-4, abs=6e-5)  # channels are hit on their own


def slow_bicubic(row: np.ndarray, length: int) -> np.ndarray:
    """Return samples of a row on fewer points, each weighed by Keys' cubic (a = -0.5) stretched to the new pixel."""
    scale = len(row) / length
    result = []
    for k in range(length):
        centre = (k + 0.5) * scale
        first, last = max(0, int(centre - 2 * scale + 0.5)), min(len(row), int(centre + 2 * scale + 0.5))
        t = np.abs((np.arange(first, last) + 0.5 - centre) / scale)
        near, far = (1.5 * t - 2.5) * t * t + 1, ((-0.5 * t + 2.5) * t - 4) * t + 2
        weight = np.where(t < 1, near, np.where(t < 2, far, 0.0))
        result.append(float(weight @ row[first:last] / weight.sum()))
    return np.array(result)


@pytest.mark.parametrize("back", ["nearest", "bilinear"])
def test_low_resolution_is_bicubic_down_and_the_drawn_way_back(back: Way) -> None:
    picture = textured(40, 50)
    small = np.apply_along_axis(slow_bicubic, 1, picture.astype(float), 31)
    small = np.clip(np.rint(small), 0, 255)
    small = np.clip(np.rint(np.apply_along_axis(slow_bicubic, 0, small, 23)), 0, 255)
    y, x = (np.arange(40) + 0.5) * 23 / 40 - 0.5, (np.arange(50) + 0.5) * 31 / 50 - 0.5
    if back == "nearest":
        slow = small[np.floor(y + 0.5).astype(int)][:, np.floor(x + 0.5).astype(int)]
    else:
        rows = np.stack([np.interp(y, np.arange(23), small[:, k, c]) for k in range(31) for c in range(3)], axis=1)
        rows = rows.reshape(40, 31, 3)
        columns = np.stack([np.interp(x, np.arange(31), rows[k, :, c]) for k in range(40) for c in range(3)], axis=1)
        slow = columns.reshape(50, 40, 3).transpose(1, 0, 2)
    found = SmallerAndBack(width=31, height=23, back=back).apply(picture, rng()).astype(float)
    assert np.abs(found - slow).max() <= 2.0
    assert np.abs(found - slow).mean() < 0.5


@pytest.mark.parametrize("quality", [40, 75, 100])
def test_jpeg_is_that_of_pillow(quality: int) -> None:
    with BytesIO() as file:
        Image.fromarray(textured()).save(file, "JPEG", quality=quality)
        pillow = np.asarray(Image.open(file)).astype(int)
    assert np.abs(JpegFile(quality=quality).apply(textured(), rng()).astype(int) - pillow).max() <= 2


@pytest.mark.parametrize(
    "operation",
    [
        KernelBlur(side_px=5, sigma_px=2.0),
        AddedNoise(sigma=0.1),
        SpeckleNoise(sigma=0.1),
        SaltAndPepper(share=0.01, salt=0.5),
        SmallerAndBack(width=40, height=40, back="nearest"),
        JpegFile(quality=40),
    ],
)
def test_every_operation_gives_bytes_of_the_same_shape_and_spares_its_input(operation: Operation) -> None:
    picture = textured()
    kept = picture.copy()
    found = operation.apply(picture, rng())
    assert (found.shape, found.dtype) == (picture.shape, np.uint8)
    assert (found != picture).any()
    np.testing.assert_array_equal(picture, kept)


def test_values_are_truncated_and_not_rounded() -> None:
    values = np.repeat(np.array([-0.2, 0.5, 254.9 / 255, 1.3], np.float32)[None, :, None], 3, axis=2)
    assert truncated(values)[0, :, 0].tolist() == [0, 127, 254, 255]


def test_sides_are_drawn_independently_from_half_to_the_whole() -> None:
    chance = rng(3)
    drawn = [drawn_smaller((100, 60), chance) for _ in range(3000)]
    heights, widths = np.array([d.height for d in drawn]), np.array([d.width for d in drawn])
    assert (heights.min(), heights.max(), widths.min(), widths.max()) == (50, 100, 30, 60)
    assert abs(float(np.corrcoef(heights, widths)[0, 1])) < 0.06
    assert np.mean([d.back == "nearest" for d in drawn]) == pytest.approx(0.5, abs=0.03)
    counts, _ = np.histogram(heights, bins=np.linspace(50, 101, 4))
    assert counts / 3000 == pytest.approx([1 / 3] * 3, abs=0.03)


def test_amounts_of_a_kind_add_up_in_units_of_what_is_plainly_visible() -> None:
    operations = (
        AddedNoise(sigma=0.08),
        AddedNoise(sigma=0.04),
        SmallerAndBack(width=32, height=64, back="nearest"),
        JpegFile(quality=25),
    )
    assert amounts(operations, (64, 64)) == pytest.approx({"noise": 1.5, "low-resolution": 0.5, "jpeg-blocks": 1.0})
    kind, amount = KernelBlur(side_px=7, sigma_px=1.0).amount()
    assert (kind, amount) == ("blur", pytest.approx(0.5, abs=0.01))
