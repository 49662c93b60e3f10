"""The style network on photographs: any size, any number of references, and nothing where nothing fits."""

import numpy as np
import pytest
import torch
from skimage import data, transform
from torch import nn

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.inference import own_style
from oldphoto_core.inference.own_style import MOST_REFERENCES, OwnStyle
from oldphoto_core.networks.compact.style_merge import StyleConfig, StyleMerger

SMALL = StyleConfig(half=4, quarter=6, eighth=8, key=4, overall=4, depth=3)


def engine(*, scale: float = 2.0) -> OwnStyle:
    chance = torch.Generator().manual_seed(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = StyleMerger(SMALL).eval()
    for weight in (network.last.weight, network.trust.weight):
        weight.data = scale * torch.randn(weight.shape, generator=chance)
    return OwnStyle(network, "ab" * 32)


def scene(height: int, width: int, *, of: str = "coffee") -> np.ndarray:
    return transform.resize(getattr(data, of)(), (height, width), anti_aliasing=True).astype(np.float32)


@pytest.mark.parametrize("shape", [(90, 200), (203, 61), (33, 9)])
def test_any_sizes_go_together(shape: tuple[int, int]) -> None:
    photo = scene(*shape)
    before = photo.copy()
    found = engine().apply(photo, [scene(40, 64, of="astronaut"), scene(130, 70)])
    assert found.photo.shape == photo.shape
    assert found.photo.dtype == np.float32
    assert 0.0 <= found.photo.min() <= found.photo.max() <= 1.0
    np.testing.assert_array_equal(photo, before)
    layers, height, width = found.weights.shape
    assert layers == 3
    assert found.similarity.shape == (2, height, width)
    assert height % 8 == width % 8 == 0
    np.testing.assert_allclose(found.weights.sum(axis=0), 1.0, atol=1e-5)
    assert 0.0 <= found.similarity.min() <= found.similarity.max() <= 1.0 + 1e-6


def test_an_untrained_network_leaves_the_very_photograph() -> None:
    photo = scene(60, 80)
    found = OwnStyle(StyleMerger(SMALL).eval()).apply(photo, [scene(60, 80, of="astronaut")])
    np.testing.assert_array_equal(found.photo, photo)


def test_strength_is_the_share_of_the_way() -> None:
    photo, references = scene(60, 80), [scene(60, 80, of="astronaut")]
    made = engine()
    none, half, full = (made.apply(photo, references, strength=share).photo for share in (0.0, 0.5, 1.0))
    np.testing.assert_array_equal(none, photo)
    np.testing.assert_allclose(half, photo + 0.5 * (full - photo), atol=1e-6)
    assert np.abs(full - photo).max() > 0.02


def test_strips_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    photo, references = scene(75, 80), [scene(60, 80, of="astronaut")]
    made = engine()
    whole = made.apply(photo, references).photo
    monkeypatch.setattr(own_style, "strips", lambda _: iter([(0, 7), (7, 50), (50, 75)]))
    np.testing.assert_allclose(made.apply(photo, references).photo, whole, atol=1e-6)


def test_a_large_scan_is_changed_as_its_small_copy_is() -> None:
    small, references = scene(60, 80), [scene(60, 80, of="astronaut")]
    large = np.repeat(np.repeat(small, 4, axis=0), 4, axis=1)
    made = engine()
    change = made.apply(large, references).photo - large
    wanted = made.apply(small, references).photo - small
    np.testing.assert_allclose(change.reshape(60, 4, 80, 4, 3).mean(axis=(1, 3)), wanted, atol=0.02)


def test_the_order_of_references_does_not_matter() -> None:
    photo, references = scene(60, 80), [scene(60, 80, of="astronaut"), scene(80, 60, of="chelsea")]
    one, other = engine().apply(photo, references), engine().apply(photo, references[::-1])
    np.testing.assert_allclose(one.photo, other.photo, atol=1e-5)
    np.testing.assert_allclose(one.weights[[1, 0, 2]], other.weights, atol=1e-5)


def test_what_cannot_be_used_is_refused() -> None:
    photo = scene(20, 20)
    with pytest.raises(ValueError, match="found 0"):
        engine().apply(photo, [])
    with pytest.raises(ValueError, match="found 9"):
        engine().apply(photo, [photo] * (MOST_REFERENCES + 1))
    with pytest.raises(ValueError, match="strength"):
        engine().apply(photo, [photo], strength=1.5)
    with pytest.raises(PhotoShapeError):
        engine().apply(photo, [np.full_like(photo, np.nan)])
    with pytest.raises(TypeError, match="StyleMerger"):
        OwnStyle(nn.Identity())
