"""The line is that of logistic regression; a network that says too much says what is true afterwards."""

from pathlib import Path

import numpy as np
import pytest
import torch
from training_pictures import small_recipe, small_shard

from oldphoto_core.networks.compact.scratch_mask import ScratchMask
from oldphoto_core.training.mask_calibration import BINS, FURTHEST, calibrate_mask, calibration_line
from oldphoto_core.training.pairs import MASK_KINDS, judging_pairs
from oldphoto_core.training.recipes import network_of


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (0.5, -2.0), (2.0, -4.0)])
def test_a_known_line_is_found_again(slope: float, offset: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(-1.0, 2.5, 400_000)
    truth = rng.random(logits.size) < 1.0 / (1.0 + np.exp(-(slope * logits + offset)))
    bins = ((logits / FURTHEST + 1.0) * (BINS / 2)).astype(np.int64)
    counts = [np.bincount(bins[which], minlength=BINS) for which in (truth, ~truth)]
    assert calibration_line(*counts) == pytest.approx((slope, offset), abs=0.05)


def test_with_nothing_damaged_nothing_is_changed() -> None:
    assert calibration_line(np.zeros(BINS, np.int64), np.ones(BINS, np.int64)) == (1.0, 0.0)


def test_stated_probabilities_come_true_on_average(tmp_path: Path) -> None:
    recipe = small_recipe("own-scratch")
    torch.manual_seed(0)
    network = network_of(recipe.network).eval()
    assert isinstance(network, ScratchMask)
    torch.nn.init.normal_(network.body.last.weight, std=0.05)
    network.offset.fill_(1.5)  # says far too much
    source = judging_pairs(small_shard(tmp_path), recipe)
    pairs = [source.pair(index) for index in range(12)]

    def stated_and_true() -> tuple[np.ndarray, np.ndarray]:
        with torch.inference_mode():
            shown = [torch.from_numpy(pair.damaged).permute(2, 0, 1)[None] for pair in pairs]
            stated = np.mean([torch.sigmoid(network(one))[0].mean(dim=(1, 2)).numpy() for one in shown], axis=0)
        kinds = [MASK_KINDS.index(kind) for kind in network.config.kinds]
        return stated, np.mean([pair.masks[kinds].mean(axis=(1, 2)) for pair in pairs], axis=0)

    before, true = stated_and_true()
    weights = {name: value.clone() for name, value in network.named_parameters()}
    calibrate_mask(network, recipe, pairs)
    after, _ = stated_and_true()
    assert (before > 3.0 * true).all()
    np.testing.assert_allclose(after, true, rtol=0.15, atol=2e-3)
    assert all(torch.equal(value, weights[name]) for name, value in network.named_parameters())
