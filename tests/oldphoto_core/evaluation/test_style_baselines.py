import numpy as np
import pytest
from skimage.color import rgb2lab
from style_subjects import picture

from oldphoto_core.evaluation.style_baselines import (
    histogram_matching,
    monge_kantorovich,
    reinhard,
    transport_between,
)
from oldphoto_core.image import Photo


def pooled(*photos: Photo) -> np.ndarray:
    return np.concatenate([one.reshape(1, -1, 3) for one in photos], axis=1)


def covariance(photo: np.ndarray) -> np.ndarray:
    return np.cov(photo.reshape(-1, 3).astype(np.float64), rowvar=False)


@pytest.mark.parametrize("seed", range(3))
def test_monge_kantorovich_reaches_mean_and_covariance(seed: int) -> None:
    target = pooled(picture(seed + 1), picture(seed + 2))
    moved = monge_kantorovich(picture(seed), target)
    np.testing.assert_allclose(covariance(moved), covariance(target), atol=1e-5)
    np.testing.assert_allclose(moved.mean(axis=(0, 1)), target.mean(axis=(0, 1)), atol=1e-5)


def test_monge_kantorovich_moves_no_colour_further_than_another_linear_way() -> None:
    """Among linear ways to the same covariance it is the one of least mean square; here beside the Cholesky way."""
    rng = np.random.default_rng(0)
    source, target = (matrix @ matrix.T for matrix in rng.normal(size=(2, 3, 3)))
    ours = transport_between(source, target)
    other = np.linalg.cholesky(target) @ np.linalg.inv(np.linalg.cholesky(source))
    np.testing.assert_allclose(other @ source @ other.T, target)

    def cost(way: np.ndarray) -> float:
        away = way - np.eye(3)
        return float(np.trace(away @ source @ away.T))

    np.testing.assert_allclose(ours, ours.T, atol=1e-9)
    np.testing.assert_allclose(ours @ source @ ours, target, rtol=1e-6)
    assert cost(ours) < cost(other)


def test_reinhard_reaches_mean_and_spread_in_cielab() -> None:
    photo = np.clip(0.35 + 0.3 * picture(0), 0.0, 1.0)
    target = np.clip(0.4 + 0.2 * pooled(picture(1)), 0.0, 1.0)  # narrow enough to stay within sRGB
    ours, theirs = (rgb2lab(one).reshape(-1, 3) for one in (reinhard(photo, target), target))
    np.testing.assert_allclose(ours.mean(axis=0), theirs.mean(axis=0), atol=0.3)
    np.testing.assert_allclose(ours.std(axis=0), theirs.std(axis=0), atol=0.3)


def test_histogram_matching_gives_the_sorted_values_of_the_reference() -> None:
    rng = np.random.default_rng(1)
    photo, target = (rng.permuted(np.linspace(0, 1, 300, dtype=np.float32)).reshape(10, 10, 3) for _ in range(2))
    moved = histogram_matching(photo, pooled(target))
    for channel in range(3):
        expected = np.sort(target[..., channel].ravel())
        np.testing.assert_allclose(np.sort(moved[..., channel].ravel()), expected, atol=0.02)


@pytest.mark.parametrize("transfer", [reinhard, histogram_matching, monge_kantorovich])
@pytest.mark.parametrize("flat", [0.0, 0.5])
def test_flat_pictures_give_finite_colours(transfer: object, flat: float) -> None:
    photo = np.full((8, 8, 3), flat, dtype=np.float32)
    moved = transfer(photo, pooled(picture(0)))  # type: ignore[operator]
    assert moved.dtype == np.float32
    assert bool(np.isfinite(moved).all())


@pytest.mark.parametrize("transfer", [reinhard, monge_kantorovich, histogram_matching])
def test_towards_itself_a_photograph_stays(transfer: object) -> None:
    photo = picture(2)
    np.testing.assert_allclose(transfer(photo, pooled(photo)), photo, atol=2e-3)  # type: ignore[operator]
