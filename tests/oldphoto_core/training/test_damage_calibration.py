"""Calibration finds the line that was bent, and makes stated probabilities likelier on pictures not learned from."""

import numpy as np
import pytest
import torch
from scipy.special import expit

from oldphoto_core.training.damage_calibration import calibrate, left_out_odds, line_of, odds_of
from oldphoto_core.training.damage_fit import DamageTable, FitSettings, fitted_head

QUICK = FitSettings(
    widths=(24,), members=1, dropout=0.0, blur=0.0, rounds=150, batch=32, learning_rate=2e-2, weight_decay=0.0
)


def noisy_table(photographs: np.ndarray, *, seed: int) -> DamageTable:
    """Return pictures in which blur is there as often as the first number says, and eight numbers say nothing."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(0.0, 1.0, (len(photographs), 9)).astype(np.float32)
    severities = np.zeros((len(photographs), 12), dtype=np.float32)
    severities[:, 0] = 0.5 * (rng.random(len(photographs)) < expit(numbers[:, 0]))
    return DamageTable(numbers, severities)


def surprise(probabilities: np.ndarray, present: np.ndarray) -> float:
    return float(-np.log(np.where(present, probabilities, 1.0 - probabilities)).mean())


@pytest.mark.parametrize(("gain", "shift"), [(0.5, 0.8), (2.0, -1.0)])
def test_the_line_is_found(gain: float, shift: float) -> None:
    rng = np.random.default_rng(0)
    odds = rng.normal(0.0, 2.0, 20000)
    present = rng.random(20000) < expit(gain * odds + shift)
    assert line_of(odds, present) == pytest.approx((gain, shift), abs=0.08)


def test_nothing_is_changed_where_nothing_is_known() -> None:
    assert line_of(np.ones(5), np.ones(5, dtype=np.bool_)) == (1.0, 0.0)


def test_left_out_odds_are_of_heads_that_did_not_see_the_photograph() -> None:
    photographs = np.repeat(np.arange(20), 6)
    table = noisy_table(photographs, seed=0)
    odds = left_out_odds(table, photographs, QUICK, folds=4, seed=0)
    learned = odds_of(fitted_head(table, QUICK, seed=0), table.numbers)
    present = table.present[:, 0]
    assert surprise(expit(odds[:, 0]), present) > surprise(expit(learned[:, 0]), present) + 0.2


def test_calibration_makes_a_head_that_is_too_sure_say_what_is_likely() -> None:
    photographs = np.repeat(np.arange(30), 6)
    table, other = noisy_table(photographs, seed=0), noisy_table(np.arange(400), seed=1)
    head = fitted_head(table, QUICK, seed=0)
    before = surprise(expit(odds_of(head, other.numbers)[:, 0]), other.present[:, 0])
    calibrate(head, left_out_odds(table, photographs, QUICK, folds=4, seed=0), table)
    with torch.inference_mode():
        stated = head(torch.from_numpy(other.numbers))[0][:, 0].numpy()
    assert surprise(stated, other.present[:, 0]) < before - 0.03
