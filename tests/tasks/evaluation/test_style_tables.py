import pytest

from oldphoto_core.evaluation.intervals import Estimate
from oldphoto_core.evaluation.style_cases import PLAN
from oldphoto_core.evaluation.style_figures import StyleFigure, style_figures
from oldphoto_core.evaluation.style_real import RealScore
from oldphoto_core.evaluation.style_scores import StyleScore
from tasks.evaluation.style_real_tables import real_figures
from tasks.evaluation.style_tables import style_tables
from tasks.evaluation.table import Table

METHODS = ("input", "reinhard", "own", "own-first", "own-plain")
STEPS = {"input": 0.0, "reinhard": -2.0, "own": 1.5, "own-first": 0.5, "own-plain": 1.0}


def figures(unrelated: float) -> tuple[StyleFigure, ...]:
    """Every method a fixed step from the input; ours by ``unrelated`` where references are unrelated."""
    scores = [
        StyleScore(
            picture=picture,
            kind=kind,
            references=references,
            condition=condition,
            method=method,
            measures={"psnr_db": 20.0 + step, "ssim": 0.9, "region_delta_e": 8.0 - step, "edge_ssim": 0.97}
            | ({"kept_accuracy": 0.75} if method == "own" and condition != "right" else {}),
        )
        for picture in ("a", "b")
        for kind, references, condition in PLAN
        for method in METHODS
        for step in [unrelated if (condition, method) == ("unrelated", "own") else STEPS[method]]
    ]
    return style_figures(scores, METHODS, seed=0, resamples=20)


def tables(unrelated: float = 0.0, edges: float = 0.96) -> dict[str, Table]:
    real = [RealScore(picture=p, method="own", edge_ssim=edges, style_distance=4.0) for p in ("a", "b")]
    laid = style_tables(figures(unrelated), real_figures(real, METHODS, seed=0, resamples=20), METHODS)
    return {table.name: table for table in laid}


def test_bars_say_by_how_much_each_is_met() -> None:
    rows = {what: margin for what, _, _, margin in tables()["bars"].rows}
    assert rows["right references: PSNR ahead of input, dB"] == "+1.500"
    assert rows["right references: CIEDE2000 below reinhard"] == "+3.500"
    assert rows["unrelated references: PSNR gained, dB"] == "+0.000"
    assert rows["several references: PSNR ahead of the first alone, dB"] == "+1.000"
    assert rows["several references: PSNR ahead of a plain average, dB"] == "+0.500"
    assert rows["real old photographs: similarity of edges before and after"] == "+0.010"


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (tables(unrelated=-0.3), "unrelated references: PSNR gained, dB"),
        (tables(edges=0.9), "real old photographs: similarity of edges before and after"),
    ],
)
def test_a_bar_that_is_missed_shows_below_nothing(made: dict[str, Table], what: str) -> None:
    missed = [row[0] for row in made["bars"].rows if row[3].startswith("-")]
    assert what in missed


def test_gains_leave_out_the_input_and_leads_leave_out_ours() -> None:
    made = tables()
    assert made["gain_db"].columns[4:] == METHODS[1:]
    assert made["lead_gain_db"].columns[4:] == ("reinhard", "own-first", "own-plain")
    assert made["lead_gain_db"].rows[0][4].startswith("3.50")


def test_methods_that_do_not_choose_are_not_in_the_table_of_choices() -> None:
    table = tables()["kept_accuracy"]
    assert table.columns[4:] == ("own",)
    assert {row[2] for row in table.rows} == {"missing", "shuffled", "unrelated"}
    assert "merge_accuracy" not in tables()


def test_real_photographs_show_both_measures() -> None:
    assert tables()["real"].rows == (("own", "2", "0.960 [0.960, 0.960]", "4.0 [4.0, 4.0]"),)


def test_rows_carry_intervals_and_counts() -> None:
    row = tables()["psnr_db"].rows[0]
    assert row[:4] == ("all", "any", "right", "2")
    assert row[4] == "20.00 [20.00, 20.00]"
    assert Estimate(20.0, 20.0, 20.0, 2) in {one.estimate for one in figures(0.0)}
