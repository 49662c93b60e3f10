import numpy as np
import pytest

from oldphoto_core.evaluation.style_cases import PLAN
from oldphoto_core.evaluation.style_figures import SEVERAL, Row, style_figures
from oldphoto_core.evaluation.style_scores import StyleScore

PICTURES = ("a", "b", "c")
OFFSET = {"input": 0.0, "reinhard": -1.0, "own": 2.0}


def scores() -> list[StyleScore]:
    """Every method is a fixed step from the input, so differences have no spread."""
    rng = np.random.default_rng(0)
    found = []
    for picture in PICTURES:
        for kind, references, condition in PLAN:
            base = float(rng.uniform(15, 25))
            for method, offset in OFFSET.items():
                measures = {"psnr_db": base + offset, "ssim": 0.5, "region_delta_e": base / 4 - offset}
                if method == "own":
                    measures["merge_accuracy"] = 0.8
                found.append(
                    StyleScore(
                        picture=picture,
                        kind=kind,
                        references=references,
                        condition=condition,
                        method=method,
                        measures=measures,
                    )
                )
    return found


@pytest.fixture(scope="module")
def book() -> dict[tuple[Row, str, str, str], float]:
    found = style_figures(scores(), list(OFFSET), seed=0, resamples=50)
    for one in found:
        if one.against:
            assert (one.estimate.low, one.estimate.high) == pytest.approx((one.estimate.value,) * 2)
    return {(one.row, one.method, one.measure, one.against): one.estimate.value for one in found}


def test_gains_are_taken_case_by_case_and_more_is_better(book: dict[tuple[Row, str, str, str], float]) -> None:
    row: Row = ("all", 0, "right")
    assert book[row, "own", "gain_db", "input"] == pytest.approx(2.0)
    assert book[row, "own", "gain_delta_e", "input"] == pytest.approx(2.0)
    assert book[row, "reinhard", "gain_db", "input"] == pytest.approx(-1.0)


def test_ours_is_compared_with_every_other_and_others_with_the_input(
    book: dict[tuple[Row, str, str, str], float],
) -> None:
    assert book[SEVERAL, "own", "gain_db", "reinhard"] == pytest.approx(3.0)
    assert {key[3] for key in book if key[1] == "reinhard"} == {"", "input"}


def test_rows_together_are_means_over_their_cases(book: dict[tuple[Row, str, str, str], float]) -> None:
    several = [one for one in scores() if one.condition == "right" and one.references >= 2 and one.method == "own"]
    expected = np.mean([one.measures["psnr_db"] for one in several])
    assert book[SEVERAL, "own", "psnr_db", ""] == pytest.approx(expected)


def test_measures_that_a_method_lacks_have_no_figure(book: dict[tuple[Row, str, str, str], float]) -> None:
    assert {key[1] for key in book if key[2] == "merge_accuracy"} == {"own"}


def test_every_row_of_the_plan_has_figures(book: dict[tuple[Row, str, str, str], float]) -> None:
    assert {key[0] for key in book} >= set(PLAN)
