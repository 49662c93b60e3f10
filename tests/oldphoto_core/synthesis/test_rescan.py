"""A second scan shows the same print, turned and cropped as asked."""

import numpy as np
import pytest
from skimage import data
from skimage.feature import match_template
from skimage.transform import resize

from oldphoto_core.image import from_bytes8, luma
from oldphoto_core.synthesis.rescan import rescan

PHOTO = from_bytes8(data.astronaut())


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_turned_back_and_enlarged_it_is_found_in_the_first_scan(turns: int) -> None:
    again = rescan(PHOTO, np.random.default_rng(turns), quarter_turns=turns, kept_share=0.9, scale=0.9)
    side = round(512 * 0.9**0.5)
    assert again.shape == (round(side * 0.9), round(side * 0.9), 3)
    upright = resize(luma(np.rot90(again, -turns).copy()), (side, side))
    likeness = match_template(luma(PHOTO), upright)
    assert float(likeness.max()) > 0.97
    # Off centre: the best place is not the middle of the margin.
    y, x = np.unravel_index(int(likeness.argmax()), likeness.shape)
    middle = (512 - side) / 2
    assert abs(float(y) - middle) > 3
    assert abs(float(x) - middle) > 3


def test_it_is_never_the_same_pixels() -> None:
    again = rescan(PHOTO, np.random.default_rng(0), quarter_turns=0, kept_share=1.0, scale=1.0)
    assert again.shape == PHOTO.shape
    assert 0.004 < float(np.abs(again - PHOTO).mean()) < 0.06
