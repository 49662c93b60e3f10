"""The engine with its weights: refused by name if they are not there, loaded once, shared, and the files' own."""

import os
import threading
from pathlib import Path

import pytest
import torch

from oldphoto_core.inference.engine import CLASSICAL, Engine
from oldphoto_core.inference.latent_settings import LatentSettings
from oldphoto_core.inference.plan import RestoreSettings
from oldphoto_core.networks.registry import to_official
from tasks.engines import engine_of
from tasks.models.errors import ModelChangedError, ModelMissingError
from tasks.models.installed import path_of, weights_digest
from tasks.models.known import MODELS
from tasks.models.ledger import read_ledger
from tasks.official_engine import official_engine
from tasks.settings import NightSettings

pytestmark = pytest.mark.usefixtures("engines_as_set")

LATENT = LatentSettings()
MEMORY = 2**28


def tensors(name: str, folder: Path) -> dict[str, torch.Tensor]:
    found = torch.load(path_of(name, folder), weights_only=True)
    return found.get("model_state", found)  # type: ignore[no-any-return]


def holds(network: torch.nn.Module, name: str, folder: Path) -> bool:
    stored = tensors(name, folder)
    return all(torch.equal(value, stored[key]) for key, value in to_official(network).items())


def linked(models: Path, folder: Path) -> Path:
    """Return a models folder of the same files."""
    folder.mkdir()
    for path in models.iterdir():
        os.link(path, folder / path.name)
    return folder


class TestMissing:
    def test_nothing_is_installed(self, tmp_path: Path) -> None:
        with pytest.raises(ModelMissingError, match="fetch them: oldphoto models fetch bopbtl-"):
            official_engine(tmp_path, LATENT, MEMORY)

    def test_the_settings_lead_there(self, tmp_path: Path) -> None:
        settings = NightSettings(restore=RestoreSettings(engine="official"), models_dir=tmp_path)
        with pytest.raises(ModelMissingError):
            engine_of(settings)
        classical = RestoreSettings(engine="classical")
        assert engine_of(NightSettings(restore=classical, models_dir=tmp_path)) is CLASSICAL

    def test_one_is_missing(self, official_models: Path, tmp_path: Path) -> None:
        folder = linked(official_models, tmp_path / "models")
        (folder / MODELS["bopbtl-mapping-quality"].file).unlink()
        with pytest.raises(ModelMissingError, match="bopbtl-mapping-quality"):
            official_engine(folder, LATENT, MEMORY)

    def test_patch_attention_needs_its_own(self, official_models: Path) -> None:
        with pytest.raises(ModelMissingError, match="bopbtl-mapping-patch"):
            official_engine(official_models, LatentSettings(patch_attention=True), MEMORY)

    def test_one_was_changed(self, official_models: Path, tmp_path: Path) -> None:
        folder = linked(official_models, tmp_path / "models")
        path = folder / MODELS["bopbtl-vae-a"].file
        content = path.read_bytes()
        path.unlink()  # a link: the other folder's file stays as it is
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(ModelChangedError, match="fetch it again: oldphoto models fetch bopbtl-vae-a"):
            official_engine(folder, LATENT, MEMORY)


class TestInstalled:
    def test_it_is_an_engine_with_one_digest_over_all_its_weights(self, official_models: Path) -> None:
        engine = official_engine(official_models, LATENT, MEMORY)
        assert isinstance(engine, Engine)
        assert engine.name == "official"
        ledger = read_ledger(official_models)
        names = ("detection", "vae-a", "vae-b-quality", "vae-b-scratch", "mapping-quality", "mapping-scratch")
        expected = weights_digest({f"bopbtl-{name}": ledger[f"bopbtl-{name}"].sha256 for name in names})
        assert dict(engine.weights) == {"translate": expected}
        assert engine.machine.memory_bytes == MEMORY

    def test_every_network_has_the_weights_of_its_file(self, official_models: Path) -> None:
        engine = official_engine(official_models, LATENT, MEMORY)
        for fills, kind in ((False, "quality"), (True, "scratch")):
            translator = engine.translator(fills)
            assert translator.fills_holes == fills
            assert holds(translator.old, "bopbtl-vae-a", official_models)
            assert holds(translator.mapping, f"bopbtl-mapping-{kind}", official_models)
            assert holds(translator.clean, f"bopbtl-vae-b-{kind}", official_models)
            assert not any(weight.requires_grad for weight in translator.mapping.parameters())
        assert engine.detector is not None
        assert holds(engine.detector(), "bopbtl-detection", official_models)

    def test_faces_without_their_weights_are_none(self, official_models: Path) -> None:
        engine = official_engine(official_models, LatentSettings(faces=True), MEMORY)
        assert engine.faces is None
        assert set(engine.weights) == {"translate"}

    def test_the_same_settings_give_the_same_engine(self, official_models: Path) -> None:
        settings = NightSettings(restore=RestoreSettings(engine="official"), models_dir=official_models, workers=2)
        assert engine_of(settings) is engine_of(settings)

    def test_threads_share_one_copy_even_if_all_come_first(self, official_models: Path) -> None:
        engine = official_engine(official_models, LATENT, MEMORY + 1)
        together, found = threading.Barrier(4), []

        def ask() -> None:
            together.wait()
            found.append(engine.translator(False))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({id(one) for one in found}) == 1

    def test_workers_share_the_memory(self, official_models: Path) -> None:
        restore = RestoreSettings(engine="official")
        for workers in (1, 4):
            settings = NightSettings(restore=restore, models_dir=official_models, workers=workers, memory_bytes=2**32)
            assert engine_of(settings).machine.memory_bytes * workers <= 2**32  # type: ignore[attr-defined]
