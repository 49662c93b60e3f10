"""Agreement of masks against distances measured pair by pair."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.evaluation.outlines import agreement


def slow_share_near(points: np.ndarray, target: np.ndarray, tolerance: float) -> float:
    found, aims = np.argwhere(points), np.argwhere(target)
    if not len(found) or not len(aims):
        return 0.0
    return float(np.mean([min(np.hypot(*(aim - one)) for aim in aims) <= tolerance for one in found]))


@given(st.integers(0, 2**32), st.sampled_from((0.02, 0.1)), st.sampled_from((0.0, 1.0, 2.0, 2.9)))
def test_precision_and_recall_are_shares_within_the_tolerance(seed: int, share: float, tolerance: float) -> None:
    rng = np.random.default_rng(seed)
    found, truth = rng.random((13, 17)) < share, rng.random((13, 17)) < share
    result = agreement(found, truth, tolerance_px=tolerance)
    assert result.precision == pytest.approx(slow_share_near(found, truth, tolerance))
    assert result.recall == pytest.approx(slow_share_near(truth, found, tolerance))
    both, either = set(map(tuple, np.argwhere(found & truth))), set(map(tuple, np.argwhere(found | truth)))
    assert result.iou == pytest.approx(len(both) / len(either) if either else 1.0)


def test_f1_is_the_harmonic_mean() -> None:
    truth = np.zeros((20, 20), dtype=bool)
    truth[3], truth[15] = True, True
    found = np.zeros_like(truth)
    found[5] = True  # two off the first line; the second is missed
    result = agreement(found, truth)
    assert (result.precision, result.recall, result.iou) == (1.0, 0.5, 0.0)
    assert result.f1 == pytest.approx(2 / 3)
    assert agreement(np.zeros_like(truth), truth).f1 == 0.0


def test_masks_of_two_sizes_are_refused() -> None:
    with pytest.raises(PhotoShapeError, match="size of the truth"):
        agreement(np.zeros((4, 4), dtype=bool), np.zeros((4, 5), dtype=bool))
