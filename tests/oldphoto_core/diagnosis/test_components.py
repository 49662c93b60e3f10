"""Groups, their boxes and means agree with scikit-image."""

import numpy as np
from skimage.measure import label, regionprops

from oldphoto_core.diagnosis.components import connect


def test_groups_agree_with_regionprops() -> None:
    rng = np.random.default_rng(0)
    low = rng.uniform(size=(80, 90)) < 0.35
    values = rng.uniform(size=(80, 90)).astype(np.float32)
    found = connect(low, np.ones((80, 90), dtype=np.float32), extent_px=(5.0, 40.0))
    expected = {}
    for region in regionprops(label(low, connectivity=2), intensity_image=values):
        top, left, bottom, right = region.bbox
        if 5.0 <= np.hypot(bottom - top, right - left) <= 40.0:
            expected[left, top, right - left, bottom - top, region.area] = region.intensity_mean
    boxes = zip(found.boxes.tolist(), found.areas.tolist(), strict=True)
    means = found.mean(values[found.rows, found.columns])
    measured = {(*box, area): mean for (box, area), mean in zip(boxes, means, strict=True)}
    assert measured.keys() == expected.keys()
    assert all(abs(measured[key] - expected[key]) < 1e-5 for key in expected)


def test_a_group_must_reach_the_strength_once() -> None:
    low = np.zeros((10, 20), dtype=np.bool_)
    low[2, 2:8] = low[7, 2:8] = True
    strength = np.where(low, 0.6, 0.0).astype(np.float32)
    strength[7, 5] = 1.0
    found = connect(low, strength, extent_px=(0.0, 99.0))
    assert found.boxes.tolist() == [[2, 7, 6, 1]]
    np.testing.assert_array_equal(found.paint(np.array([True])), low & (np.arange(10)[:, None] == 7))


def test_nothing_found_is_an_empty_list() -> None:
    nothing = np.zeros((5, 5), dtype=np.bool_)
    found = connect(nothing, np.zeros((5, 5), dtype=np.float32), extent_px=(0.0, 9.0))
    assert found.areas.size == 0
    assert not found.paint(np.zeros(0, dtype=np.bool_)).any()
