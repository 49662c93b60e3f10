"""Published networks on any size: what is handed to them, and what is made of what they say; stand-ins answer."""

from typing import Any

import cv2
import numpy as np
import pytest
import torch
from skimage.data import astronaut, coffee
from torch import Tensor, nn

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import LUMA, Photo, from_bytes8
from oldphoto_core.inference.style_official import STEP, OfficialStyle, canvas_of, filled, fitted
from oldphoto_core.networks.mropm.merge import Merged
from oldphoto_core.networks.mropm.stylise import Stylised


class Styling(nn.Module):
    """Gives the mean colour of a reference's canvas to the photograph, and notes what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[int, ...]] = []

    def read(self, content: Tensor) -> Tensor:
        self.shown.append(tuple(content.shape))
        return content

    def styled(self, content: Tensor, reference: Tensor) -> Stylised:
        self.shown.append(tuple(reference.shape))
        shift = reference.mean(dim=(2, 3), keepdim=True) - content.mean(dim=(2, 3), keepdim=True)
        grid = (content.shape[2] // 8, content.shape[3] // 8)
        best = torch.full((1, 1, *grid), float(reference.mean()))
        return Stylised(content + shift, content + shift, torch.cat([best, torch.zeros_like(best)], dim=1))


class Merging(nn.Module):
    """The mean of all, weighted alike."""

    def forward(self, styled: list[Stylised]) -> Merged:
        images = torch.stack([one.image for one in styled])
        weights = torch.full((len(styled), 1, 1, *images.shape[3:]), 1.0 / len(styled))
        image = (images * weights).sum(dim=0)
        return Merged(image, image, weights, weights)


def stand_in(**changes: Any) -> tuple[OfficialStyle, Styling]:
    styling = Styling()
    # The ignore: stand-ins have the methods that are called, not the networks' class.
    engine = OfficialStyle.__new__(OfficialStyle)
    values = {"stylization": styling, "merging": Merging(), "weights_sha256": "0" * 64, "side_px": 256}
    values |= {"device": torch.device("cpu"), "name": "official"} | changes
    for name, value in values.items():
        object.__setattr__(engine, name, value)
    return engine, styling


@pytest.fixture(scope="module")
def photo() -> Photo:
    return from_bytes8(astronaut()[:342, ::2].copy())


@pytest.mark.parametrize("size", [(90, 200), (200, 90), (1, 1), (7, 300), (300, 300)])
@pytest.mark.parametrize("reference", [(64, 64), (40, 400), (333, 50), (1, 1)])
def test_any_sizes_become_one_multiple_of_128(size: tuple[int, int], reference: tuple[int, int]) -> None:
    engine, styling = stand_in(side_px=256)
    rng = np.random.default_rng(0)
    old, modern = rng.random((*size, 3), dtype=np.float32), rng.random((*reference, 3), dtype=np.float32)
    found = engine.apply(old, [modern, modern], strength=1.0)
    assert found.photo.shape == old.shape
    assert len(set(styling.shown)) == 1
    assert all(side % STEP == 0 for side in styling.shown[0][2:])
    assert len(styling.shown) == 4  # the photograph, two references, and the photograph as its own
    assert found.weights.shape[0] == 3
    np.testing.assert_allclose(found.weights.sum(axis=0), 1.0, atol=1e-6)
    assert (found.similarity >= 0.0).all()
    assert (found.similarity <= 1.0).all()


def test_pictures_are_fitted_with_their_proportions_and_filled_by_reflection(photo: Photo) -> None:
    assert canvas_of((342, 256)) == (384, 256)
    small = fitted(photo, (128, 256))
    assert small.shape[0] == 128
    assert small.shape[1] / small.shape[0] == pytest.approx(photo.shape[1] / photo.shape[0], abs=0.01)
    canvas = filled(small, (128, 256))
    np.testing.assert_array_equal(canvas[:, : small.shape[1]], small)
    np.testing.assert_array_equal(canvas[:, small.shape[1] : 2 * small.shape[1]], small[:, ::-1])


def test_the_change_of_colour_is_carried_and_detail_is_the_photographs(photo: Photo) -> None:
    engine, _ = stand_in()
    large = np.asarray(cv2.resize(photo, None, fx=2.0, fy=2.0, interpolation=cv2.INTER_CUBIC), dtype=np.float32)
    large = np.clip(0.2 + 0.6 * large, 0.0, 1.0)
    blue = np.full((64, 64, 3), (0.2, 0.3, 0.7), dtype=np.float32)
    found = engine.apply(large, [blue], strength=1.0).photo
    wanted = 0.5 * (np.array([0.2, 0.3, 0.7]) - large.mean(axis=(0, 1)))
    np.testing.assert_allclose((found - large).mean(axis=(0, 1)), wanted, atol=0.03)
    fine = [one @ LUMA - cv2.GaussianBlur(one @ LUMA, (0, 0), 2.0) for one in (large, found)]
    assert np.corrcoef(fine[0].ravel(), fine[1].ravel())[0, 1] > 0.97
    np.testing.assert_array_equal(engine.apply(large, [blue], strength=0.0).photo, large)


def test_a_reference_that_stands_out_is_more_similar(photo: Photo) -> None:
    engine, _ = stand_in()
    dark, light = (np.full((64, 64, 3), value, dtype=np.float32) for value in (0.1, 0.9))
    similarity = engine.apply(photo, [dark, light], strength=1.0).similarity
    np.testing.assert_allclose(similarity[0], 1.0 - np.exp(-0.1), atol=1e-3)
    np.testing.assert_allclose(similarity[1], 1.0 - np.exp(-0.9), atol=1e-3)


def test_without_references_nothing_can_be_done(photo: Photo) -> None:
    with pytest.raises(PhotoShapeError, match="at least one"):
        stand_in()[0].apply(photo, [], strength=1.0)


def test_the_order_of_references_changes_nothing(photo: Photo) -> None:
    engine, _ = stand_in()
    one, other = from_bytes8(coffee()[::8, ::8].copy()), np.full((64, 64, 3), 0.7, dtype=np.float32)
    there, back = (engine.apply(photo, pair, strength=1.0) for pair in ([one, other], [other, one]))
    np.testing.assert_allclose(there.photo, back.photo, atol=1e-5)
    np.testing.assert_allclose(there.similarity, back.similarity[::-1], atol=1e-6)
