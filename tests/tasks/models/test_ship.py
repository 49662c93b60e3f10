"""Trained weights become shipped ones: whole, small, the same each time, with a card that tells how they came about."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from own_weights import CONFIGS, own_network, told, training
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from oldphoto_core.networks.compact.colour import ColourRestorer
from oldphoto_core.networks.compact.load import load_compact, metadata_of
from oldphoto_core.networks.errors import CheckpointError
from tasks.models.cards import card_text
from tasks.models.errors import ModelChangedError, NotWeightsError, UnknownModelError
from tasks.models.installed import check_digests, digest_of, file_digest, installed, path_of
from tasks.models.known import MODELS
from tasks.models.ship import Ship, ship
from tasks.models.shipped import parameters_in

ROOT = Path(__file__).parents[3]


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """Return a folder of shipped weights with one network in it."""
    ship("own-colour", training(tmp_path / "training", "own-colour"), tmp_path / "shipped")
    return tmp_path / "shipped"


class TestShip:
    def test_the_network_is_the_one_that_was_trained_and_tells_the_same(self, shipped: Path) -> None:
        loaded = load_compact(path_of("own-colour", shipped=shipped), ColourRestorer)
        trained = own_network("own-colour").state_dict()
        assert all(torch.equal(value, trained[key]) for key, value in loaded.state_dict().items())
        assert metadata_of(shipped / "own-colour.safetensors") == told("own-colour", CONFIGS["own-colour"])
        with safe_open(shipped / "own-colour.safetensors", "pt") as file:  # their reader agrees
            assert file.metadata() == told("own-colour", CONFIGS["own-colour"])

    def test_float32_becomes_float16_but_for_single_rows(self, tmp_path: Path) -> None:
        out = tmp_path / "training"
        out.mkdir()
        tensors = {"matrix": torch.randn(3, 4), "row": torch.randn(4), "odd": torch.randn(3, 3)}
        save_file(tensors, out / "weights.safetensors", metadata=told("own-damage", CONFIGS["own-colour"]))
        found = load_file(ship("own-damage", out, tmp_path / "shipped").path)
        assert torch.equal(found["row"], tensors["row"])
        assert torch.equal(found["matrix"], tensors["matrix"].half())
        assert torch.equal(found["odd"], tensors["odd"].half())

    def test_the_same_weights_give_the_same_bytes(self, shipped: Path, tmp_path: Path) -> None:
        again = ship("own-colour", tmp_path / "training" / "weights.safetensors", tmp_path / "again")
        assert again.path.read_bytes() == (shipped / "own-colour.safetensors").read_bytes()
        assert again.sha256 == file_digest(again.path) == digest_of("own-colour", shipped=shipped)

    def test_newer_weights_take_the_place_of_older_ones(self, shipped: Path, tmp_path: Path) -> None:
        before = digest_of("own-colour", shipped=shipped)
        newer = training(tmp_path / "newer", "own-colour", own_network("own-colour", seed=9))
        done = ship("own-colour", newer, shipped)
        assert digest_of("own-colour", shipped=shipped) == done.sha256 != before
        assert done.sha256 in done.card.read_text("utf-8")

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"name": "own-texture"}, "holds the weights of own-texture, expected own-colour"),
            ({"held_out": "good"}, "the held_out that .* tells is no JSON table: good"),
            ({"recipe": "[]"}, "the recipe that .* tells is no JSON table"),
        ],
    )
    def test_a_file_that_tells_something_else_is_refused(
        self, changed: dict[str, str], words: str, tmp_path: Path
    ) -> None:
        with pytest.raises(NotWeightsError, match=words):
            ship("own-colour", training(tmp_path / "t", "own-colour", **changed), tmp_path / "shipped")
        assert not (tmp_path / "shipped").exists()

    def test_a_file_that_tells_too_little_is_refused(self, tmp_path: Path) -> None:
        save_file({"a": torch.zeros(2, 2)}, tmp_path / "w.safetensors", metadata={"name": "own-colour"})
        with pytest.raises(NotWeightsError, match="does not say its recipe, steps, data_digest"):
            ship("own-colour", tmp_path / "w.safetensors", tmp_path / "shipped")

    def test_values_that_float16_does_not_hold_are_refused(self, tmp_path: Path) -> None:
        path, tensors = tmp_path / "w.safetensors", {"a": torch.full((2, 2), 1e6), "b": torch.zeros(2)}
        save_file(tensors, path, metadata=told("own-colour", CONFIGS["own-colour"]))
        with pytest.raises(NotWeightsError, match="not finite in float16: a"):
            ship("own-colour", path, tmp_path / "shipped")

    def test_tensors_of_other_kinds_are_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "w.safetensors"
        save_file({"a": torch.zeros(2, dtype=torch.float64)}, path, metadata=told("own-colour", CONFIGS["own-colour"]))
        with pytest.raises(NotWeightsError, match=r"a torch\.float64; expected float16 or float32"):
            ship("own-colour", path, tmp_path / "shipped")

    def test_a_file_over_16_mib_and_files_over_64_together_are_refused(self, tmp_path: Path) -> None:
        path, shipped = tmp_path / "w.safetensors", tmp_path / "shipped"
        for name in ("own-colour", "own-texture", "own-scratch", "own-damage"):
            save_file({"a": torch.zeros(2, 2**22 - 4096)}, path, metadata=told(name, CONFIGS["own-colour"]))
            ship(name, path, shipped)  # just under 16 MiB, as often as there are names
        save_file({"a": torch.zeros(2, 2**22)}, path, metadata=told("own-colour", CONFIGS["own-colour"]))
        with pytest.raises(NotWeightsError, match="bytes in float16, the most is 16777216"):
            ship("own-colour", path, shipped)
        assert sum(one.stat().st_size for one in shipped.glob("*.safetensors")) <= 64 * 2**20

    def test_names_that_are_not_shipped(self, tmp_path: Path) -> None:
        with pytest.raises(NotWeightsError, match="yunet is fetched, not shipped; expected one of own-colour"):
            ship("yunet", tmp_path, tmp_path / "shipped")
        with pytest.raises(UnknownModelError):
            ship("own-nothing", tmp_path, tmp_path / "shipped")
        with pytest.raises(CheckpointError, match="No such file"):
            ship("own-colour", tmp_path, tmp_path / "shipped")

    def test_the_script_says_how_it_is_called(self) -> None:
        done = subprocess.run(
            [sys.executable, ROOT / "scripts" / "ship-weights", "own-colour"],
            capture_output=True,
            text=True,
            check=False,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        )
        assert done.returncode == 1
        assert "NAME TRAINING_OUT_DIR" in done.stderr


class TestShippedWeights:
    def test_they_are_installed_without_any_models_folder(self, shipped: Path, tmp_path: Path) -> None:
        here = installed(tmp_path / "nowhere", shipped=shipped)
        assert list(here) == ["own-colour"]
        path = shipped / "own-colour.safetensors"
        assert here["own-colour"].path == path == path_of("own-colour", tmp_path / "nowhere", shipped=shipped)
        assert here["own-colour"].record.size == path.stat().st_size
        assert not (tmp_path / "nowhere").exists()

    def test_their_digests_are_checked(self, shipped: Path, tmp_path: Path) -> None:
        (check,) = check_digests(tmp_path, shipped=shipped)
        assert (check.name, check.verdict) == ("own-colour", "pass")
        path = shipped / "own-colour.safetensors"
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
        (check,) = check_digests(tmp_path, shipped=shipped)
        assert check.verdict == "changed"
        with pytest.raises(ModelChangedError, match=r"not the file shipped with oldphoto.*install oldphoto again"):
            digest_of("own-colour", shipped=shipped)

    def test_parameters_are_counted_in_the_file(self, shipped: Path) -> None:
        expected = sum(value.numel() for value in own_network("own-colour").parameters())
        assert parameters_in(shipped / "own-colour.safetensors") == expected


class TestCard:
    def test_it_tells_how_the_weights_came_about(self, shipped: Path) -> None:
        card = (shipped / "own-colour.md").read_text("utf-8")
        for words in (
            "# own-colour\n",
            "oldphoto train own-colour --data DATA --out OUT --steps 100",
            "90 of 100 planned steps",
            "ab" * 32,
            "`open` or `presumed_pd`",
            "0.1.0+0123456789ab",
            "| library torch | 2.13.0 |",
            "| gain_noise_db | 2.500 dB |",
            "| clean_change | 0.250 of 255 |",
            "Apache-2.0",
            digest_of("own-colour", shipped=shipped),
            *MODELS["own-colour"].limits,
        ):
            assert words in card

    def test_the_terminal_shows_the_same_card_and_where_the_file_lies(self, shipped: Path) -> None:
        text = card_text(MODELS["own-colour"], installed(shipped, shipped=shipped)["own-colour"])
        assert text.startswith("own-colour\n==========\n")
        assert "| gain_noise_db | 2.500 dB |" in text
        assert str(shipped / "own-colour.safetensors") in text

    def test_without_weights_or_card_there_are_the_facts(self, shipped: Path) -> None:
        model = MODELS["own-colour"]
        assert "this copy of oldphoto ships no such weights" in card_text(model, None)
        (shipped / "own-colour.md").unlink()
        text = card_text(model, installed(shipped, shipped=shipped)["own-colour"])
        assert digest_of("own-colour", shipped=shipped) in text
        assert model.limits[0] in text


def test_ship_is_a_plain_record(shipped: Path, tmp_path: Path) -> None:
    done = ship("own-colour", tmp_path / "training", shipped)
    assert done == Ship(
        shipped / "own-colour.safetensors", shipped / "own-colour.md", done.sha256, done.path.stat().st_size
    )
    assert json.loads((shipped / "models.json").read_bytes())["models"]["own-colour"]["sha256"] == done.sha256
