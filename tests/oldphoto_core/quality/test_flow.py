"""Flow on pictures that are known to have moved."""

import numpy as np
import pytest
import skimage.data
from skimage.transform import resize

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Grey
from oldphoto_core.quality.flow import believed, dense_flow, fetched, inside, see


def ground() -> Grey:
    return np.asarray(resize(skimage.data.camera(), (160, 160), anti_aliasing=True), dtype=np.float32)


def test_a_pan_is_found_and_believed() -> None:
    whole = ground()
    here, there = whole[20:120, 20:140], whole[17:117, 25:145]
    seen = see(here, there)
    assert np.abs(np.median(seen.flow, axis=(0, 1)) - (-5.0, 3.0)).max() < 0.1
    assert seen.believed.mean() > 0.7
    again = fetched(there, seen.flow)
    assert np.abs(again - here)[seen.believed].mean() < 0.01


def test_what_leaves_the_frame_is_not_believed() -> None:
    flow = np.zeros((8, 10, 2), np.float32)
    flow[..., 0] = 3.0
    assert inside(flow)[:, :7].all()
    assert not inside(flow)[:, 7:].any()
    assert not believed(flow, -flow)[:, 7:].any()
    assert believed(flow, -flow)[:, :7].all()


def test_what_the_way_back_does_not_confirm_is_not_believed() -> None:
    flow = np.zeros((8, 8, 2), np.float32)
    back = flow.copy()
    back[:, 4:, 0] = 2.0
    assert believed(flow, back)[:, :4].all()
    assert not believed(flow, back)[:, 4:].any()


def test_a_border_of_motion_is_not_believed() -> None:
    flow = np.zeros((8, 16, 2), np.float32)
    flow[:, 8:, 0] = 2.0
    trusted = believed(flow, np.zeros_like(flow) - flow)
    assert not trusted[:, 7:9].any()
    assert trusted[:, :6].all()


def test_fetching_by_whole_pixels_copies() -> None:
    picture = np.random.default_rng(0).random((9, 11, 3), dtype=np.float32)
    flow = np.zeros((9, 11, 2), np.float32)
    flow[..., 0], flow[..., 1] = 2.0, -1.0
    assert np.array_equal(fetched(picture, flow)[1:, :9], picture[:8, 2:])


def test_frames_that_differ_in_size_or_are_tiny_are_refused() -> None:
    with pytest.raises(PhotoShapeError, match="one size"):
        dense_flow(np.zeros((20, 20), np.float32), np.zeros((20, 21), np.float32))
    with pytest.raises(PhotoShapeError, match="12 pixels"):
        dense_flow(np.zeros((11, 20), np.float32), np.zeros((11, 20), np.float32))
