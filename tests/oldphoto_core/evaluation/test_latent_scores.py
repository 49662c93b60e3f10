"""Held-out numbers of networks whose answers are known."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch.nn.functional as F
from latent_training import SMALL, small_stage
from torch import Tensor
from training_pictures import picture

from oldphoto_core.evaluation.latent_distance import latent_distance
from oldphoto_core.evaluation.latent_scores import hole_psnr_db, latent_scores, latents, toned
from oldphoto_core.networks.bopbtl.autoencoder import Autoencoder
from oldphoto_core.networks.bopbtl.mapping import MappingConfig, NonLocalMapping
from oldphoto_core.quality.reference import psnr_db
from oldphoto_core.training.pairs import MASK_KINDS, Pair


class Folded(Autoencoder):
    """Folds the picture into a latent and unfolds it, a little darker."""

    def __init__(self, gain: float) -> None:
        super().__init__(SMALL)
        self.gain = gain

    def encode(self, x: Tensor) -> Tensor:
        return F.pixel_unshuffle(x, 4)

    def decode(self, z: Tensor) -> Tensor:
        return self.gain * (F.pixel_shuffle(z, 4) + 1.0) - 1.0


class Same(NonLocalMapping):
    """Hands the latent on."""

    def __init__(self) -> None:
        super().__init__(MappingConfig(latent=4, width=4, blocks=1))

    def forward(self, z: Tensor, mask: Tensor) -> Tensor:
        del mask
        return z


def pair(seed: int, *, darker: float = 1.0, scratch: bool = False) -> Pair:
    sound = picture(seed, 32, 32).astype(np.float32) / 255.0 * np.float32(0.8)
    damaged = sound * np.float32(darker)
    masks = np.zeros((len(MASK_KINDS), 32, 32), np.bool_)
    if scratch:
        masks[MASK_KINDS.index("scratch"), :, 8:11] = True
        damaged = np.where(masks.any(axis=0)[..., None], np.float32(1.0), damaged)
    return Pair(damaged, sound, masks, np.zeros(12, np.float32))


def test_an_autoencoder_is_judged_by_its_own_picture() -> None:
    judged = {"real": [pair(0), pair(1)], "blur": [pair(2)], "mixed": [pair(3)]}
    found = latent_scores(Folded(0.9), {}, small_stage("own-latent-old"), judged)
    wanted = [psnr_db(np.float32(0.9) * one.damaged, one.damaged) for one in judged["real"]]
    assert found["psnr_real_db"] == pytest.approx(np.mean(wanted), abs=0.01)
    assert found["toned_psnr_real_db"] > 60.0
    assert set(found) == {
        "psnr_real_db", "toned_psnr_real_db", "psnr_synthetic_db", "toned_psnr_synthetic_db", "latent_distance"
    }  # fmt: skip
    clean = latent_scores(Folded(0.9), {}, small_stage("own-latent-clean"), {"blur": [pair(0, darker=0.5)]})
    assert clean["psnr_clean_db"] == pytest.approx(wanted[0], abs=0.01)  # of the sound picture
    assert set(clean) == {"psnr_clean_db", "toned_psnr_clean_db"}


def test_the_distance_is_that_of_the_latents() -> None:
    recipe, network = small_stage("own-latent-old"), Folded(1.0)
    real, synthetic = [pair(seed, darker=0.4) for seed in range(9)], [pair(10 + seed) for seed in range(9)]
    rows = []
    for pairs in (real, synthetic):
        pictures = np.stack([2.0 * one.damaged - 1.0 for one in pairs])
        blocks = pictures.reshape(9, 8, 4, 8, 4, 3).transpose(0, 1, 3, 5, 2, 4).reshape(9, 8, 8, 48)
        rows.append(blocks[:, ::3, ::3].reshape(-1, 48))
    np.testing.assert_allclose(latents(network, recipe, real), rows[0], rtol=1e-5, atol=1e-6)
    found = latent_scores(network, {}, recipe, {"real": real, "mixed": synthetic})["latent_distance"]
    assert found == pytest.approx(latent_distance(*rows), rel=1e-4)


def test_the_mapping_is_judged_by_gain_and_by_what_is_in_the_holes() -> None:
    recipe = small_stage("own-latent-mapping")
    given = {"old": Folded(1.0), "clean": Folded(1.0)}
    scratched = [pair(0, scratch=True), pair(1, scratch=True)]
    judged = {"fading": [pair(2, darker=0.8)], "scratch": scratched, "clean": [pair(3)]}
    found = latent_scores(Same(), given, recipe, judged)
    assert found["gain_fading_db"] == pytest.approx(0.0, abs=0.01)
    assert found["gain_scratch_db"] == pytest.approx(0.0, abs=0.01)
    assert found["gain_db"] == pytest.approx(0.0, abs=0.01)
    assert found["psnr_clean_db"] > 90.0
    hole = scratched[0].masks.any(axis=0)
    white, telea = [], []
    for one in scratched:
        white.append(-10 * np.log10(np.mean((1.0 - one.sound[hole].astype(np.float64)) ** 2)))
        filled = cv2.inpaint(np.rint(255 * one.damaged).astype(np.uint8), hole.astype(np.uint8), 3, cv2.INPAINT_TELEA)
        telea.append(-10 * np.log10(np.mean((filled[hole] / 255.0 - one.sound[hole]) ** 2)))
    assert found["hole_own_db"] == pytest.approx(np.mean(white), abs=0.01)  # it hands on the white paint
    assert found["hole_damaged_db"] == pytest.approx(np.mean(white), abs=0.01)
    assert found["hole_telea_db"] == pytest.approx(np.mean(telea), abs=0.1)
    assert {"hole_classical_db", "hole_toned_own_db"} <= set(found)
    without = latent_scores(Same(), given, replace(recipe, hole_kinds=()), judged)
    assert not [name for name in without if name.startswith("hole")]


def test_tone_is_mean_and_spread_of_each_channel_at_some_pixels() -> None:
    rng = np.random.default_rng(0)
    photo = (0.3 + 0.2 * rng.random((20, 20, 3))).astype(np.float32)
    gain, offset = np.array([0.5, 1.0, 1.5], np.float32), np.array([0.2, 0.0, -0.05], np.float32)
    like = gain * photo + offset
    where = rng.random((20, 20)) > 0.4
    np.testing.assert_allclose(toned(photo, like, where), like, atol=0.01)
    nowhere = np.zeros((20, 20), np.bool_)
    assert toned(photo, like, nowhere) is photo


def test_holes_are_judged_alone() -> None:
    sound = np.zeros((8, 8, 3), np.float32)
    photo = np.full((8, 8, 3), 0.9, np.float32)
    hole = np.zeros((8, 8), np.bool_)
    hole[2:4] = True
    photo[hole] = 0.1
    assert hole_psnr_db(photo, sound, hole) == pytest.approx(20.0, abs=0.01)


def test_something_else_than_an_autoencoder_is_refused() -> None:
    with pytest.raises(TypeError, match="expected an autoencoder for stage clean, found Same"):
        latent_scores(Same(), {}, small_stage("own-latent-clean"), {"mixed": [pair(0)]})
