import math

import torch

from oldphoto_core.networks.streaming.precision import (
    BFLOAT16,
    FLOAT32,
    HALVES_KEPT,
    MOST_ERROR,
    Precision,
    choose_precision,
)


def picture_off_by(errors: dict[Precision, float], precision: Precision) -> torch.Tensor:
    return torch.full((1, 3, 4, 4), errors.get(precision, 0.0))


def test_the_first_that_is_close_enough_is_chosen() -> None:
    errors = {BFLOAT16: 1.01 * MOST_ERROR, HALVES_KEPT: 0.99 * MOST_ERROR}
    choice = choose_precision(lambda precision: picture_off_by(errors, precision), (BFLOAT16, HALVES_KEPT))
    assert choice.precision == HALVES_KEPT
    assert choice.errors == {key: float(torch.tensor(value)) for key, value in errors.items()}


def test_if_none_is_close_enough_it_is_float32() -> None:
    choice = choose_precision(lambda precision: picture_off_by({BFLOAT16: 0.1}, precision), (BFLOAT16,))
    assert choice.precision == FLOAT32


def test_a_picture_that_is_lost_is_not_close() -> None:
    choice = choose_precision(lambda precision: picture_off_by({HALVES_KEPT: math.nan}, precision), (HALVES_KEPT,))
    assert choice.precision == FLOAT32
