"""Losses of a style field against their definitions, one number at a time."""

import pytest
import torch

from oldphoto_core.networks.compact.style_field import StyleField
from oldphoto_core.training.style_losses import UNJUDGED, match_entropy, owner_entropy, roughness


def test_owner_entropy_is_the_mean_of_minus_log_over_judged_pixels() -> None:
    weights = torch.tensor([0.2, 0.3, 0.5])[None, :, None, None].expand(1, 3, 2, 2)
    owner = torch.tensor([[[0, 2], [UNJUDGED, 1]]])
    wanted = -torch.log(torch.tensor([0.2, 0.5, 0.3])).mean()
    torch.testing.assert_close(owner_entropy(weights, owner), wanted)
    assert float(owner_entropy(weights, torch.full_like(owner, UNJUDGED))) == 0.0


def test_match_entropy_counts_attention_on_the_same_region() -> None:
    regions = torch.zeros(1, 8, 16, dtype=torch.int64)
    regions[:, :, 8:] = 1
    shown = torch.full((1, 16, 16), -1)
    shown[:, :8, :8] = 0  # of four cells one shows region 0, none shows region 1
    attention = torch.tensor([[0.4, 0.3, 0.2, 0.1], [1.0, 0.0, 0.0, 0.0]]).expand(1, 1, 2, 4)
    assert float(match_entropy(attention, regions, shown)) == pytest.approx(-float(torch.log(torch.tensor(0.4))))
    assert float(match_entropy(attention, regions, torch.full_like(shown, -1))) == 0.0


def test_roughness_is_the_mean_step_between_neighbours() -> None:
    grid = torch.zeros(1, 12, 2, 3, 4)
    grid[..., 2:] = 0.5  # one of three steps across, none down
    field = StyleField(grid, torch.zeros(1, 2), torch.ones(1, 1, 3, 4), torch.zeros(1, 0, 1, 1))
    assert float(roughness(field)) == pytest.approx(0.5 / 3.0)
