"""Held-out numbers against those of scikit-learn's definitions, worked out slowly, and on networks that are known."""

from pathlib import Path

import numpy as np
import pytest
import torch
from training_pictures import small_recipe, small_shard

from oldphoto_core.quality.reference import psnr_db
from oldphoto_core.training.curve import HEIGHT_PX, WIDTH_PX, curves, smoothed
from oldphoto_core.training.evaluate import area_under_curve, best_f1, scores
from oldphoto_core.training.loop import start
from oldphoto_core.training.pairs import MASK_KINDS, Pair, judging_pairs


def counted(values: np.ndarray) -> np.ndarray:
    return np.bincount(values, minlength=20).astype(np.int64)


def test_area_and_f1_are_those_of_the_definition() -> None:
    rng = np.random.default_rng(0)
    yes, no = rng.integers(4, 20, 50), rng.integers(0, 14, 80)
    wins = [1.0 if one > other else 0.5 if one == other else 0.0 for one in yes for other in no]
    assert area_under_curve(counted(yes), counted(no)) == pytest.approx(np.mean(wins))
    each = [2 * (yes >= t).sum() / ((yes >= t).sum() + (no >= t).sum() + yes.size) for t in range(20)]
    assert best_f1(counted(yes), counted(no)) == pytest.approx(max(each))
    assert np.isnan(area_under_curve(counted(yes), np.zeros(20, np.int64)))
    assert np.isnan(best_f1(np.zeros(20, np.int64), counted(no)))


class Lighter(torch.nn.Module):
    """Adds a little to each pixel."""

    def __init__(self) -> None:
        super().__init__()
        self.amount = torch.nn.Parameter(torch.tensor(0.1))

    def forward(self, photo: torch.Tensor) -> torch.Tensor:
        return photo + self.amount


def pair(value: float, sound: float) -> Pair:
    flat = np.full((16, 16, 3), 1.0, np.float32)
    masks = np.zeros((len(MASK_KINDS), 16, 16), np.bool_)
    return Pair(flat * np.float32(value), flat * np.float32(sound), masks, np.zeros(12, np.float32))


def test_gains_are_differences_of_psnr() -> None:
    judged = {"blur": [pair(0.3, 0.35)], "noise": [pair(0.5, 0.62), pair(0.5, 0.7)], "clean": [pair(0.4, 0.4)] * 10}
    found = scores(Lighter(), small_recipe("own-texture", bf16=False), judged)
    assert found["gain_blur_db"] == pytest.approx(0.0, abs=0.01)
    both = [20 * np.log10(0.12 / 0.02), 20 * np.log10(0.2 / 0.1)]
    assert found["gain_noise_db"] == pytest.approx(np.mean(both), abs=0.01)
    assert found["gain_db"] == pytest.approx(sum(both) / 3, abs=0.01)
    assert found["clean_change"] == pytest.approx(25.5, abs=0.01)
    assert psnr_db(judged["noise"][0].damaged, judged["noise"][0].sound) == pytest.approx(20 * np.log10(1 / 0.12), 1e-3)


class Oracle(torch.nn.Module):
    """Knows scratches, and of dust only how red a pixel is."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = torch.nn.Parameter(torch.tensor(8.0))

    def forward(self, photo: torch.Tensor) -> torch.Tensor:
        return self.gain * (torch.stack([photo[:, 1], photo[:, 0]], dim=1) - 0.5)


def test_masks_are_judged_by_kind() -> None:
    rng = np.random.default_rng(0)
    photo = rng.random((16, 16, 3)).astype(np.float32)
    masks = np.zeros((len(MASK_KINDS), 16, 16), np.bool_)
    masks[MASK_KINDS.index("scratch")] = photo[..., 1] > 0.7
    masks[MASK_KINDS.index("dust")] = rng.random((16, 16)) > 0.5
    one = Pair(photo, photo, masks, np.zeros(12, np.float32))
    found = scores(Oracle(), small_recipe("own-scratch", bf16=False), {"mixed": [one]})
    assert found["auc_scratch"] > 0.99
    assert found["f1_scratch"] > 0.97
    assert 0.4 < found["auc_dust"] < 0.6
    assert found["auc"] == pytest.approx((found["auc_scratch"] + found["auc_dust"]) / 2)


def test_an_untrained_restorer_gains_nothing(tmp_path: Path) -> None:
    recipe = small_recipe("own-texture", bf16=False)
    source = judging_pairs(small_shard(tmp_path), recipe)
    judged = {"mixed": [source.pair(index) for index in range(10)]}
    assert scores(start(recipe, torch.device("cpu")).averaged, recipe, judged)["gain_db"] == pytest.approx(
        0.0, abs=0.01
    )


def test_curves_are_drawn_where_they_belong() -> None:
    picture = np.asarray(curves({"loss": {"loss": [(0, 1.0), (100, 0.0)]}, "none": {}}))
    assert picture.shape == (2 * HEIGHT_PX, WIDTH_PX, 3)
    rows, columns = np.nonzero((picture == (0x1B, 0x6C, 0xA8)).all(axis=2) & (np.arange(WIDTH_PX) < WIDTH_PX - 190))
    assert rows.max() < HEIGHT_PX
    assert np.corrcoef(rows, columns)[0, 1] > 0.99  # the line falls from left to right
    assert curves({"loss": {"loss": [(3, 2.0)]}}).size == (WIDTH_PX, HEIGHT_PX)


def test_means_of_neighbours() -> None:
    assert smoothed([1.0, 2.0, 3.0], count=1) == [(0, 1.0), (1, 2.0), (2, 3.0)]
    assert smoothed([], count=4) == []
