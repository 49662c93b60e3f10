"""Our networks come out of their files as they went in, and damaged files give one kind of error."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from own_weights import CONFIGS, own_network, told, write_own
from safetensors.torch import save_file
from torch import nn

from oldphoto_core.networks.compact.colour import ColourConfig, ColourRestorer
from oldphoto_core.networks.compact.damage import DamageHead, DamageHeadConfig
from oldphoto_core.networks.compact.load import load_compact, metadata_of
from oldphoto_core.networks.compact.scratch_mask import ScratchMask
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.errors import (
    CheckpointError,
    CheckpointKeysError,
    CheckpointReadError,
    CheckpointValuesError,
)
from oldphoto_core.training.recipes import network_plain

KINDS: dict[str, type[nn.Module]] = {
    "own-colour": ColourRestorer,
    "own-texture": TextureRestorer,
    "own-scratch": ScratchMask,
}


@pytest.mark.parametrize("name", KINDS)
def test_what_was_written_is_read(name: str, tmp_path: Path) -> None:
    network, path = own_network(name), tmp_path / "weights.safetensors"
    write_own(path, name, network)
    loaded = load_compact(path, KINDS[name])
    assert type(loaded) is KINDS[name]
    assert loaded.config == CONFIGS[name]
    assert not loaded.training
    state = loaded.state_dict()
    assert all(value.dtype is torch.float32 for value in state.values())
    assert all(torch.equal(value, state[key]) for key, value in network.state_dict().items())
    assert metadata_of(path) == told(name, CONFIGS[name])


def test_the_damage_head_is_read_too(tmp_path: Path) -> None:
    config = DamageHeadConfig(numbers=5, widths=(4,), members=2)
    head, path = DamageHead(config), tmp_path / "head.safetensors"
    plain = {"type": "DamageHeadConfig", "numbers": 5, "widths": [4], "members": 2, "dropout": 0.3, "blur": 0.1}
    save_file(head.state_dict(), path, metadata={"recipe": json.dumps({"network": plain})})
    loaded = load_compact(path, DamageHead)
    assert loaded.config == config
    numbers = torch.randn(3, 5)
    assert torch.equal(loaded(numbers)[0], head.eval()(numbers)[0])


def test_another_network_is_named(tmp_path: Path) -> None:
    write_own(tmp_path / "w.safetensors", "own-texture")
    with pytest.raises(CheckpointError, match="holds the network of a UNetConfig, expected a ColourRestorer"):
        load_compact(tmp_path / "w.safetensors", ColourRestorer)


def test_nothing_there_and_nothing_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointReadError, match="No such file"):
        load_compact(tmp_path / "none.safetensors", TextureRestorer)
    save_file({"a": torch.zeros(2)}, tmp_path / "bare.safetensors")
    assert metadata_of(tmp_path / "bare.safetensors") == {}
    with pytest.raises(CheckpointReadError, match="no recipe in its metadata"):
        load_compact(tmp_path / "bare.safetensors", TextureRestorer)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"width": 8.0}, "width is 8.0, expected int"),
        ({"width": True}, "width is True, expected int"),
        ({"width": 10**9}, "from 0 to 4096"),
        ({"width": 4096, "layers": 3}, "describes a network of"),
        ({"width": 0}, "1 or more"),
        ({"layers": None}, "layers is None"),
        ({"with_reference": 1}, "expected bool"),
        ({"depth": 3}, "has the fields width, layers, with_reference"),
        ({"type": "Secret"}, "Secret"),
    ],
)
def test_a_recipe_that_fits_no_network_is_refused_before_anything_is_built(
    changed: dict[str, Any], words: str, tmp_path: Path
) -> None:
    path, config = tmp_path / "w.safetensors", ColourConfig(width=8, layers=1)
    network = network_plain(config) | changed
    write_own(path, "own-colour", recipe=json.dumps({"network": network}))
    with pytest.raises(CheckpointReadError, match=words):
        load_compact(path, ColourRestorer)


def test_a_field_that_came_later_takes_its_default(tmp_path: Path) -> None:
    network = network_plain(CONFIGS["own-texture"])
    del network["blocks"]
    write_own(tmp_path / "w.safetensors", "own-texture", recipe=json.dumps({"network": network}))
    assert load_compact(tmp_path / "w.safetensors", TextureRestorer).config == CONFIGS["own-texture"]


@pytest.mark.parametrize("recipe", ["", "{", "[]", "3", '{"network": 3}', '{"network": []}', "[" * 100_000])
def test_a_recipe_that_is_none(recipe: str, tmp_path: Path) -> None:
    write_own(tmp_path / "w.safetensors", "own-colour", recipe=recipe)
    with pytest.raises(CheckpointReadError, match="describes no network of ours"):
        load_compact(tmp_path / "w.safetensors", ColourRestorer)


def test_tensors_that_do_not_fit_are_listed(tmp_path: Path) -> None:
    path, tensors = tmp_path / "w.safetensors", own_network("own-colour").state_dict()
    tensors["layers.0.weight"] = tensors["layers.0.weight"][:-1].contiguous()
    tensors["stray"] = tensors.pop("layers.2.bias")
    save_file(tensors, path, metadata=told("own-colour", CONFIGS["own-colour"]))
    with pytest.raises(CheckpointKeysError) as caught:
        load_compact(path, ColourRestorer)
    assert (caught.value.missing, caught.value.surplus) == (("layers.2.bias",), ("stray",))
    assert "(7, 148) for (8, 148)" in caught.value.misshapen[0]


def test_not_a_number_is_refused(tmp_path: Path) -> None:
    network = own_network("own-texture")
    with torch.no_grad():
        next(network.parameters())[0, 0, 0, 0] = torch.nan
    write_own(tmp_path / "w.safetensors", "own-texture", network)
    with pytest.raises(CheckpointValuesError, match=r"body\.first\.weight"):
        load_compact(tmp_path / "w.safetensors", TextureRestorer)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own") / "whole.safetensors"
    write_own(path, "own-colour")
    return path


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_damage_of_any_kind_gives_the_network_or_a_checkpoint_error(whole: Path, data: st.DataObject) -> None:
    content = bytearray(whole.read_bytes())
    header = 8 + int.from_bytes(content[:8], "little")
    places = st.one_of(st.integers(0, header - 1), st.integers(0, len(content) - 1))
    for place in data.draw(st.lists(places, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    path = whole.with_name("damaged.safetensors")
    path.write_bytes(bytes(content[:cut]))
    try:
        loaded = load_compact(path, ColourRestorer)
    except CheckpointError:
        return
    assert all(bool(torch.isfinite(value).all()) for value in loaded.state_dict().values())
