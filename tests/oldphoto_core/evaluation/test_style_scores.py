from dataclasses import replace

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab
from style_subjects import SIDE, others, quarters, subject

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.evaluation.style_cases import NOBODY, StyleCase, StyleTruth, made_style_case
from oldphoto_core.evaluation.style_method import StyleAnswer
from oldphoto_core.evaluation.style_scores import chosen, region_delta_e, style_measures, style_score

CASE = StyleCase("5e" * 32, "prints", 2, "missing")


@pytest.fixture(scope="module")
def truth() -> StyleTruth:
    return made_style_case(CASE, subject(), others(), seed=0)


def weights_of(owners: np.ndarray, references: int) -> np.ndarray:
    """The shares of someone who knows."""
    place = np.where(owners == NOBODY, references, owners)
    return np.eye(references + 1, dtype=np.float32)[place].transpose(2, 0, 1)


def test_the_truth_is_perfect(truth: StyleTruth) -> None:
    found = style_measures(truth, StyleAnswer(truth.clean, weights_of(truth.owners, 2)))
    assert found["psnr_db"] == 100.0
    assert found["region_delta_e"] == 0.0
    assert (found["merge_accuracy"], found["kept_accuracy"]) == (1.0, 1.0)


def test_the_old_photograph_keeps_its_edges(truth: StyleTruth) -> None:
    found = style_measures(truth, StyleAnswer(truth.aged))
    assert found["edge_ssim"] == pytest.approx(1.0)
    assert found["region_delta_e"] > 1.0
    assert "merge_accuracy" not in found


def test_choosing_the_first_everywhere_is_right_where_it_is_shown(truth: StyleTruth) -> None:
    first = np.zeros((3, 4, 4), dtype=np.float32)
    first[0] = 1.0
    found = style_measures(truth, StyleAnswer(truth.aged, first))
    shown = truth.owners != NOBODY
    assert found["merge_accuracy"] == pytest.approx(float((truth.owners[shown] == 0).mean()), abs=1e-6)
    assert found["kept_accuracy"] == 0.0


def test_conditions_with_one_sort_of_pixels_have_one_sort_of_accuracy(truth: StyleTruth) -> None:
    keeps = np.zeros((3, 4, 4), dtype=np.float32)
    keeps[2] = 1.0
    nobody = replace(truth, owners=np.full_like(truth.owners, NOBODY))
    found = style_measures(nobody, StyleAnswer(truth.aged, keeps))
    assert found["kept_accuracy"] == 1.0
    assert "merge_accuracy" not in found


def test_the_choice_is_enlarged_without_blending() -> None:
    weights = np.zeros((3, 2, 2), dtype=np.float32)
    for place, number in (((0, 0), 0), ((0, 1), 1), ((1, 0), 2), ((1, 1), 0)):
        weights[(number, *place)] = 1.0
    expected = np.kron(np.array([[0, 1], [NOBODY, 0]]), np.ones((3, 3)))
    np.testing.assert_array_equal(chosen(weights, (6, 6)), expected)


def test_regions_count_alike_whatever_their_size() -> None:
    one, other = subject().photo, subject(1).photo
    labels = quarters()
    labels[labels > 0] = 1  # a quarter and three quarters
    difference = np.asarray(deltaE_ciede2000(rgb2lab(one), rgb2lab(other)))
    expected = (difference[: SIDE // 2, : SIDE // 2].mean() + difference[labels == 1].mean()) / 2
    assert region_delta_e(one, other, labels) == pytest.approx(expected, rel=1e-6)
    assert region_delta_e(one, other, labels) != pytest.approx(difference.mean(), rel=1e-4)


def test_an_answer_of_another_size_is_refused(truth: StyleTruth) -> None:
    with pytest.raises(PhotoShapeError, match="size of the photograph"):
        style_measures(truth, StyleAnswer(np.ascontiguousarray(truth.clean[1:])))


def test_a_score_names_its_case(truth: StyleTruth) -> None:
    found = style_score(CASE, "input", truth, StyleAnswer(truth.aged))
    assert (found.kind, found.references, found.condition, found.method) == ("prints", 2, "missing", "input")
