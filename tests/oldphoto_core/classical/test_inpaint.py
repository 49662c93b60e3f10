"""Filling: against scikit-image and OpenCV, nothing outside touched, wide holes left, grain in its place."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage import data
from skimage.restoration import inpaint_biharmonic

from oldphoto_core.classical import biharmonic
from oldphoto_core.classical.biharmonic import biharmonic_fill
from oldphoto_core.classical.grain import grain_cloth
from oldphoto_core.classical.inpaint import FillLimits, inpaint, split_by_width
from oldphoto_core.classical.noise import white_profile
from oldphoto_core.classical.planes import from_planes, to_planes
from oldphoto_core.classical.worth import placebo_labels, stained_rim
from oldphoto_core.image import Mask, Photo, from_bytes8, to_bytes8


def scene() -> Photo:
    return cv2.resize(from_bytes8(data.astronaut()), (192, 192), interpolation=cv2.INTER_AREA)


def scratches(shape: tuple[int, int], *, width: int = 2) -> Mask:
    drawn = np.zeros(shape, dtype=np.uint8)
    rng = np.random.default_rng(4)
    for _ in range(5):
        top, bottom = (int(x) for x in rng.integers(10, shape[1] - 10, 2))
        cv2.line(drawn, (top, 10), (bottom, shape[0] - 11), 1, width)
    for _ in range(15):
        cv2.circle(drawn, tuple(int(x) for x in rng.integers(12, shape[0] - 12, 2)), 2, 1, -1)
    return drawn.astype(bool)


def error_in(mask: Mask, photo: Photo) -> float:
    return float(np.mean(np.square((photo - scene())[mask])))


def white_on(mask: Mask) -> Photo:
    photo = scene()
    photo[mask] = 1.0
    return photo


def test_the_surface_is_that_of_scikit_image() -> None:
    mask = scratches((192, 192))
    plane = np.ascontiguousarray(white_on(mask)[..., 0])
    ours = biharmonic_fill((plane,), mask)[0]
    theirs = inpaint_biharmonic(plane, mask)
    # Theirs rebuilds its stencil at the border of each region; ours does not, hence not closer.
    assert np.clip(ours, 0.0, 1.0)[mask] == pytest.approx(theirs[mask], abs=5e-3)
    assert np.array_equal(ours[~mask], plane[~mask])


def test_batches_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    mask = np.zeros((60, 60), dtype=bool)
    mask[::3, ::2] = True  # holes a single pixel apart
    mask[30:33, 5:50] = True
    plane = np.ascontiguousarray(scene()[:60, :60, 0])
    at_once = biharmonic_fill((plane,), mask)[0]
    monkeypatch.setattr(biharmonic, "BATCH_PX", 5)
    assert biharmonic_fill((plane,), mask)[0] == pytest.approx(at_once, abs=1e-5)


def test_a_slope_is_continued_through_the_hole() -> None:
    rows, columns = np.mgrid[:40, :40].astype(np.float32)
    plane = 0.2 + 0.01 * rows + 0.005 * columns
    mask = np.zeros(plane.shape, dtype=bool)
    mask[15:22, 10:30] = True
    assert biharmonic_fill((np.where(mask, 0.0, plane).astype(np.float32),), mask)[0] == pytest.approx(plane, abs=1e-4)


METHODS = {"Navier-Stokes": cv2.INPAINT_NS, "Telea": cv2.INPAINT_TELEA}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_the_surface_beats_opencv_on_a_perfect_mask(method: int) -> None:
    mask = scratches((192, 192))
    photo = white_on(mask)
    surface = from_planes(biharmonic_fill(to_planes(photo), mask))
    assert error_in(mask, surface) < error_in(mask, opencv_fill(photo, mask, method))


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_filling_beats_opencv_by_far_where_the_damage_is_soft(method: int) -> None:
    mask = scratches((192, 192))
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)[..., None]
    photo = scene() * (1.0 - soft) + soft
    near = soft[..., 0] > 0.02
    ours = inpaint(photo, mask, rng=np.random.default_rng(0)).photo
    assert error_in(near, ours) < 0.6 * error_in(near, opencv_fill(photo, mask, method))


def opencv_fill(photo: Photo, mask: Mask, method: int) -> Photo:
    return from_bytes8(cv2.inpaint(to_bytes8(photo), mask.astype(np.uint8), 3, method))


def test_nothing_changes_beyond_one_pixel_of_the_mask() -> None:
    mask = scratches((192, 192))
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)[..., None]
    photo = scene() * (1.0 - soft) + soft
    after = inpaint(photo, mask, rng=np.random.default_rng(0)).photo
    near = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    assert np.array_equal(after[~near], photo[~near])
    assert not np.array_equal(after[near & ~mask], photo[near & ~mask])


def test_holes_too_wide_are_left_and_named() -> None:
    mask = np.zeros((192, 192), dtype=bool)
    mask[20:80, 20:80] = True
    mask[120:123, 20:100] = True
    result = inpaint(white_on(mask), mask, rng=np.random.default_rng(0))
    assert np.array_equal(result.left, mask & (np.arange(192) < 100)[:, None])
    assert np.array_equal(result.filled | result.left, mask)
    assert bool((result.photo[result.left] == 1.0).all())
    assert bool((result.photo[result.filled] < 1.0).any())


def test_wide_holes_within_the_limit_are_filled_calmly() -> None:
    mask = np.zeros((192, 192), dtype=bool)
    cv2.circle(canvas := mask.astype(np.uint8), (90, 90), 20, 1, -1)
    mask = canvas.astype(bool)
    result = inpaint(white_on(mask), mask, rng=np.random.default_rng(0), limits=FillLimits(widest_share=0.2))
    assert not bool(result.left.any())
    assert error_in(mask, result.photo) < 0.25 * error_in(mask, white_on(mask))


@pytest.mark.parametrize("texture_of", [data.grass, data.gravel, data.brick])
def test_a_mask_over_sound_texture_is_mostly_left(texture_of: Callable[[], np.ndarray]) -> None:
    texture = from_bytes8(np.repeat(texture_of()[:192, :192, None], 3, axis=2))
    mask = np.zeros((192, 192), dtype=bool)
    mask[20:170:40, 10:180] = True
    mask[21:171:40, 10:180] = True
    rng = np.random.default_rng(0)
    left = inpaint(texture, mask, rng=rng).left
    assert float(left[mask].mean()) > 0.5
    really_damaged = texture.copy()
    really_damaged[mask] = 1.0
    assert float(inpaint(really_damaged, mask, rng=rng).left[mask].mean()) < 0.05


def test_the_placebo_lies_across_the_hole_and_clear_of_it() -> None:
    mask = np.zeros((100, 100), dtype=bool)
    mask[50:53, 10:60] = True
    labels, shifted = placebo_labels(mask, mask)
    rows = np.unique(np.nonzero(shifted)[0])
    assert float(np.abs(rows - 51).min()) > 5
    assert set(np.unique(shifted)) == set(np.unique(labels))
    assert np.count_nonzero(shifted) == 2 * np.count_nonzero(mask)


def test_a_rim_counts_as_stained_only_if_the_damage_shows_on_it() -> None:
    labels = np.zeros((40, 40), dtype=np.int32)
    labels[20, 5:35] = 1
    departure = np.where(labels > 0, 0.5, 0.0).astype(np.float32)
    departure += np.random.default_rng(0).normal(0.0, 0.1, labels.shape).astype(np.float32)
    assert not bool(stained_rim(departure, labels).any())
    departure[19:22, 5:35] += np.float32(0.2)
    rim = stained_rim(departure, labels)
    assert bool(rim[19, 5:35].all())
    assert not bool(rim[20, 5:35].any())
    assert not bool(rim[17].any())


def test_a_mask_over_everything_is_refused() -> None:
    with pytest.raises(ValueError, match="covers all of it"):
        inpaint(scene(), np.ones((192, 192), dtype=bool), rng=np.random.default_rng(0))


def test_an_empty_mask_changes_nothing() -> None:
    result = inpaint(scene(), np.zeros((192, 192), dtype=bool), rng=np.random.default_rng(0))
    assert np.array_equal(result.photo, scene())


def test_the_same_seed_gives_the_same_numbers() -> None:
    mask = scratches((192, 192))
    one, other = (inpaint(white_on(mask), mask, rng=np.random.default_rng(8)).photo for _ in range(2))
    assert np.array_equal(one, other)


def test_filled_places_have_the_grain_of_the_rest() -> None:
    rng = np.random.default_rng(1)
    photo = np.repeat(rng.normal(0.5, 0.04, (128, 128, 1)), 3, axis=2).astype(np.float32)
    mask = np.zeros((128, 128), dtype=bool)
    mask[60:68, 20:108] = True
    after = inpaint(photo, mask, rng=rng).photo
    inside = np.diff(after[61:67, 21:107, 0], axis=1).std()
    assert inside == pytest.approx(np.diff(photo[..., 0], axis=1)[~mask[:, 1:]].std(), rel=0.25)


@pytest.mark.parametrize("sigma", [0.01, 0.05])
def test_white_grain_has_its_strength(sigma: float) -> None:
    cloth = grain_cloth(white_profile(sigma, planes=1), np.random.default_rng(0))[0]
    assert float(cloth.std()) == pytest.approx(sigma, rel=0.05)
    assert abs(float(cloth.mean())) < 1e-6


def test_width_is_the_distance_to_the_rim() -> None:
    mask = np.zeros((50, 50), dtype=bool)
    mask[10:21, 10:40] = True
    assert bool(split_by_width(mask, widest_px=5.0)[1].any())
    assert not bool(split_by_width(mask, widest_px=6.5)[1].any())


def test_limits_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match="narrow_px"):
        FillLimits(narrow_px=50.0)
