"""A head learns what can be learned, and nothing from what counts neither way."""

import numpy as np
import torch

from oldphoto_core.training.damage_fit import DamageTable, FitSettings, fitted_head, loss

QUICK = FitSettings(widths=(24,), members=2, dropout=0.0, rounds=60, batch=32)


def table(count: int = 400, *, seed: int = 0) -> DamageTable:
    """Return pictures whose first number is the severity of blur; the other kinds are never there."""
    rng = np.random.default_rng(seed)
    severities = np.zeros((count, 12), dtype=np.float32)
    severities[:, 0] = np.where(rng.random(count) < 0.5, rng.uniform(0.1, 0.9, count), 0.0)
    numbers = rng.normal(0.0, 1.0, (count, 4)).astype(np.float32)
    numbers[:, 0] = 100.0 + 20.0 * severities[:, 0]
    return DamageTable(numbers, severities)


def test_presence_and_severity_are_learned() -> None:
    head = fitted_head(table(), QUICK, seed=0)
    other = table(seed=1)
    with torch.inference_mode():
        probabilities, severities = (one.numpy() for one in head(torch.from_numpy(other.numbers)))
    assert ((probabilities[:, 0] > 0.5) == other.present[:, 0]).mean() > 0.93
    assert np.abs(severities - other.severities)[other.present[:, 0], 0].mean() < 0.06
    assert probabilities[:, 1:].max() < 0.3


def test_the_same_seed_gives_the_same_head_and_leaves_chance_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one, other = (fitted_head(table(60), QUICK, seed=2).state_dict() for _ in range(2))
    assert torch.equal(torch.rand(1), expected)
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    third = fitted_head(table(60), QUICK, seed=3).state_dict()
    assert not torch.equal(one["layers.0.weight"], third["layers.0.weight"])


def test_what_is_faint_counts_neither_way() -> None:
    made = table(30)
    made.severities[:, 3] = 0.05
    assert not made.present[:, 3].any()
    assert not made.clear[:, 3].any()
    head = fitted_head(made, QUICK, seed=0)
    numbers, severities = torch.from_numpy(made.numbers), torch.from_numpy(made.severities)
    other = severities.clone()
    other[:, 3] = 0.02
    found = [
        loss(head, numbers, one, one >= 0.1, (one >= 0.1) | (one == 0.0), QUICK).item() for one in (severities, other)
    ]
    assert found[0] == found[1]
