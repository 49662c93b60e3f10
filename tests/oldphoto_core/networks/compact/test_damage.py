"""The head against the same sums written with NumPy, one perceptron after another."""

import numpy as np
import pytest
import torch
from numpy import ndarray

from oldphoto_core.networks.compact.damage import FAR, DamageHead, DamageHeadConfig

CONFIG = DamageHeadConfig(numbers=7, widths=(5, 4), members=3)


def head() -> DamageHead:
    torch.manual_seed(0)
    made = DamageHead(CONFIG).eval()
    made.middle.copy_(torch.randn(7))
    made.spread.copy_(torch.rand(7) + 0.5)
    made.gain.copy_(torch.rand(12) + 0.5)
    made.shift.copy_(torch.randn(12))
    return made


def sigmoid(x: ndarray) -> ndarray:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def test_each_member_is_a_perceptron_of_its_own() -> None:
    made = head()
    numbers = torch.randn(6, 7)
    x = np.clip((numbers.numpy() - made.middle.numpy()) / made.spread.numpy(), -FAR, FAR)
    odds, severities = [], []
    for member in range(3):
        y = x
        for number in range(3):
            values = made.state_dict()
            weight, bias = (values[f"layers.{number}.{name}"][member].numpy() for name in ("weight", "bias"))
            y = y @ weight + bias
            y = y * sigmoid(y) if number < 2 else y
        odds.append(y[:, :12])
        severities.append(sigmoid(y[:, 12:]))
    with torch.inference_mode():
        probability, severity = made(numbers)
    expected = sigmoid(np.mean(odds, axis=0) * made.gain.numpy() + made.shift.numpy())
    np.testing.assert_allclose(probability.numpy(), expected, atol=1e-5)
    np.testing.assert_allclose(severity.numpy(), np.mean(severities, axis=0), atol=1e-5)


def test_a_number_beyond_all_that_was_seen_counts_no_more_than_the_limit() -> None:
    made = head()
    far, farther = made.middle + 6.0 * made.spread, made.middle + 60.0 * made.spread
    assert torch.equal(made(far[None])[0], made(farther[None])[0])


def test_chance_is_only_in_training() -> None:
    made, numbers = head(), torch.randn(4, 7)
    assert torch.equal(made(numbers)[0], made(numbers)[0])
    made.train()
    assert not torch.equal(made(numbers)[0], made(numbers)[0])


@pytest.mark.parametrize("wrong", [{"numbers": 0}, {"widths": (4, 0)}, {"members": 0}, {"dropout": 1.0}])
def test_heads_without_anything_in_them_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        DamageHeadConfig(**({"numbers": 3} | wrong))  # type: ignore[arg-type]
