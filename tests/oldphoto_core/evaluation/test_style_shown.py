import numpy as np
import pytest
from style_subjects import picture

from oldphoto_core.evaluation.style_shown import shown_elsewhere

SIDE = 32


def sorted_colours(pixels: np.ndarray) -> np.ndarray:
    rows = pixels.reshape(-1, 3)
    return rows[np.lexsort(rows.T)]


@pytest.mark.parametrize("seed", range(12))
def test_every_pixel_of_the_mask_is_shown_once_and_the_filler_elsewhere(seed: int) -> None:
    rng = np.random.default_rng(seed)
    photo = rng.random((SIDE, SIDE, 3), dtype=np.float32)
    mask = np.zeros((SIDE, SIDE), dtype=bool)
    top, left = rng.integers(0, 20, 2)
    mask[top : top + 9, left : left + 5] = rng.random((9, 5)) < 0.7
    mask[top, left] = True
    filler = np.full_like(photo, 2.0)  # a value that no pixel of the photograph has
    shown = shown_elsewhere(photo, mask, filler, rng, quarter_turns=seed % 4)
    of_the_photo = shown[..., 0] != 2.0
    np.testing.assert_array_equal(sorted_colours(shown[of_the_photo]), sorted_colours(photo[mask]))


def test_the_whole_picture_can_only_be_turned_and_mirrored() -> None:
    photo = picture(0, SIDE)
    whole = np.ones((SIDE, SIDE), dtype=bool)
    ways = [np.rot90(one, k) for one in (photo, photo[:, ::-1]) for k in range(4)]
    for seed in range(6):
        shown = shown_elsewhere(photo, whole, photo, np.random.default_rng(seed), quarter_turns=seed % 4)
        assert any(np.array_equal(shown, way) for way in ways)


def test_an_empty_mask_shows_the_filler() -> None:
    filler = picture(1, SIDE)
    nothing = np.zeros((SIDE, SIDE), dtype=bool)
    shown = shown_elsewhere(picture(0, SIDE), nothing, filler, np.random.default_rng(0), quarter_turns=1)
    np.testing.assert_array_equal(shown, filler)


def test_regions_move() -> None:
    photo, mask = picture(0, SIDE), np.zeros((SIDE, SIDE), dtype=bool)
    mask[4:8, 4:8] = True
    filler = np.full_like(photo, 2.0)
    places = set()
    for seed in range(8):
        shown = shown_elsewhere(photo, mask, filler, np.random.default_rng(seed), quarter_turns=0)
        places.add(tuple(np.argwhere(shown[..., 0] != 2.0).mean(axis=0)))
    assert len(places) >= 6
