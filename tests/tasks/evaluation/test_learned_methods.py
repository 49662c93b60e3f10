"""Learned methods are made from files of weights; their settings tell which."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from oldphoto_core.diagnosis.classify import diagnose
from oldphoto_core.evaluation.cases import Case, aged_case
from oldphoto_core.evaluation.own_methods import OWN_METHODS
from oldphoto_core.networks.compact.colour import ColourConfig, ColourRestorer
from oldphoto_core.networks.compact.load import load_compact
from oldphoto_core.networks.compact.scratch_mask import ScratchMask, ScratchMaskConfig
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.compact.unet import UNetConfig
from oldphoto_core.synthesis.scenes import scene
from oldphoto_core.training.recipes import NetworkConfig, network_plain
from tasks.evaluation.evaluate import METHOD_NAMES, methods_named
from tasks.evaluation.weights import WeightsPlace
from tasks.models.errors import ModelMissingError
from tasks.models.installed import file_digest

TINY = UNetConfig(width=4, depth=1)
DRAWS = ScratchMaskConfig(kinds=("scratch", "dust"), body=TINY)
PHOTO = scene("flower", (72, 96), np.random.default_rng(1))
AGED, TRUTH = aged_case(PHOTO, Case("ab" * 32, "mixed", "medium"), seed=0)


def write(path: Path, network: nn.Module, config: NetworkConfig) -> None:
    torch.manual_seed(0)
    for value in network.parameters():
        value.data += 0.02 * torch.randn_like(value)
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.contiguous() for name, value in network.state_dict().items()}
    save_file(tensors, path, metadata={"recipe": json.dumps({"network": network_plain(config)})})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("weights")
    write(root / "own-texture/weights.safetensors", TextureRestorer(TINY), TINY)
    write(root / "own-colour.safetensors", ColourRestorer(ColourConfig()), ColourConfig())
    write(root / "own-scratch.safetensors", ScratchMask(DRAWS), DRAWS)
    write(root / "own-direct.safetensors", TextureRestorer(TINY), TINY)
    return root


def test_every_learned_method_answers_with_a_picture_of_the_same_size(folder: Path) -> None:
    names = [*OWN_METHODS, "own-direct"]
    for method in methods_named(names, weights=folder):
        answer = method.answer(AGED, TRUTH)
        assert answer.photo is not None
        assert answer.photo.shape == AGED.shape, method.name
        assert (float(answer.photo.min()) >= 0.0, float(answer.photo.max()) <= 1.0) == (True, True), method.name
        assert (answer.damaged is None) == (method.name != "own"), method.name


def test_the_direct_network_is_asked_for_every_picture_even_a_sound_one(folder: Path) -> None:
    (direct,) = methods_named(["own-direct"], weights=folder)
    photo = direct.answer(*aged_case(PHOTO, Case("ab" * 32, "clean", "none"), seed=0)).photo
    with torch.inference_mode():
        batch = torch.from_numpy(PHOTO).permute(2, 0, 1)[None]
        expected = (
            load_compact(folder / "own-direct.safetensors", TextureRestorer)(batch)[0].permute(1, 2, 0).clamp(0, 1)
        )
    assert photo is not None
    assert photo == pytest.approx(expected.numpy(), abs=0.02)  # bfloat16 where the machine has it
    assert not np.array_equal(photo, PHOTO)


def test_without_own_damage_in_a_folder_measurements_say_the_rest_and_the_settings_say_so(folder: Path) -> None:
    (own,) = methods_named(["own"], weights=folder)
    assert "no own-damage" in own.settings
    report = own.answer(AGED, TRUTH).report
    assert report is not None
    assert report.findings["noise"] == diagnose(AGED).report.findings["noise"]


def test_settings_hold_the_digest_of_every_file_that_decides(folder: Path) -> None:
    own, direct = methods_named(["own", "own-direct"], weights=folder)
    for path in ("own-texture/weights.safetensors", "own-colour.safetensors", "own-scratch.safetensors"):
        assert file_digest(folder / path) in own.settings
    assert direct.settings == f"own-direct {file_digest(folder / 'own-direct.safetensors')}"


def test_missing_weights_are_named_with_where_they_were_sought(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match=r"own-texture\.safetensors.*own-texture/weights\.safetensors"):
        methods_named(["own"], weights=tmp_path)
    place = WeightsPlace(tmp_path)
    assert not place.has("own-damage")
    assert WeightsPlace().has("own-damage")


def test_every_name_is_told_apart() -> None:
    assert len(set(METHOD_NAMES)) == len(METHOD_NAMES)
    assert {"own", "own-direct", "classical-inpaint"} <= set(METHOD_NAMES)
