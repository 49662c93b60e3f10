"""The own engine with its weights: refused by name if they are not there, loaded once, and the files' own."""

from pathlib import Path

import pytest
from own_weights import own_network, training

from oldphoto_core.inference.engine import CLASSICAL, Engine
from oldphoto_core.inference.plan import RestoreSettings
from oldphoto_core.networks.compact.tiles import BYTES_PER_PX, MOST_PX
from tasks.engines import engine_of
from tasks.models.errors import ModelChangedError, ModelMissingError
from tasks.models.installed import digest_of
from tasks.models.ship import ship
from tasks.models.shipped import SHIPPED
from tasks.own_engine import LEAST_PX, own_engine
from tasks.settings import NightSettings

pytestmark = pytest.mark.usefixtures("engines_as_set")

MEMORY = 2**30


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    for name in ("own-colour", "own-texture"):
        ship(name, training(tmp_path / name, name), tmp_path / "shipped")
    return tmp_path / "shipped"


def test_without_weights_it_says_so_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match=r"own-texture should lie in .* choose another engine"):
        own_engine(MEMORY, tmp_path)


def test_changed_weights_are_refused_before_any_work(shipped: Path) -> None:
    path = shipped / "own-colour.safetensors"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ModelChangedError, match=r"own-colour\.safetensors is not the file shipped"):
        own_engine(MEMORY, shipped)


def test_the_networks_are_those_of_the_files_loaded_once(shipped: Path) -> None:
    engine = own_engine(MEMORY, shipped)
    assert isinstance(engine, Engine)
    assert own_engine(MEMORY, shipped) is engine
    for network, name in ((engine.texture().network, "own-texture"), (engine.colour(), "own-colour")):
        expected = own_network(name).state_dict()
        assert all(bool((value.cpu() == expected[key]).all()) for key, value in network.state_dict().items())
    assert engine.texture() is engine.texture()
    assert engine.colour() is engine.colour()


def test_the_digests_on_record_are_those_of_the_files(shipped: Path) -> None:
    expected = {step: digest_of(f"own-{step}", shipped=shipped) for step in ("texture", "colour")}
    assert dict(own_engine(MEMORY, shipped).weights) == expected


@pytest.mark.parametrize("memory", [-(2**20), 2**20, 2**28, 2**40])
def test_tiles_fit_the_memory_within_reason(memory: int, shipped: Path) -> None:
    most_px = own_engine(memory, shipped).texture().most_px
    assert LEAST_PX <= most_px <= MOST_PX
    assert most_px * BYTES_PER_PX <= max(memory, LEAST_PX * BYTES_PER_PX)


def test_the_settings_lead_there() -> None:
    settings = NightSettings(restore=RestoreSettings(engine="own"), workers=2)
    if {"own-colour.safetensors", "own-texture.safetensors"} <= {path.name for path in SHIPPED.glob("*")}:
        assert engine_of(settings).name == "own"
        assert engine_of(settings) is engine_of(settings)
    else:
        with pytest.raises(ModelMissingError, match="own-"):
            engine_of(settings)
    assert engine_of(NightSettings(restore=RestoreSettings(engine="classical"))) is CLASSICAL
