"""Run lengths there and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from oldphoto_core.classical.style_masks import decode_mask, encode_mask
from oldphoto_core.image import Mask

masks = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.booleans())


@settings(deadline=None, max_examples=80)
@given(mask=masks)
def test_writing_then_reading_is_the_identity(mask: Mask) -> None:
    text = encode_mask(mask)
    height, width = mask.shape
    np.testing.assert_array_equal(decode_mask(text, width_px=width, height_px=height), mask)
    assert "0" not in text.split()[1:]


def test_runs_go_along_rows() -> None:
    mask = np.zeros((2, 3), dtype=np.bool_)
    mask[0] = True
    assert encode_mask(mask) == "0 3 3"


@pytest.mark.parametrize("text", ["1 2", "1 -2 5", "1 x 4", "\u0661 3", ""])
def test_text_that_is_no_mask_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected run"):
        decode_mask(text, width_px=2, height_px=2)
