"""Checkpoints are read in every form they come in, and nothing that is no checkpoint is run or believed."""

import io
import os
import pickle
import subprocess
import sys
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from oldphoto_core.networks.bopbtl.autoencoder import Autoencoder, AutoencoderConfig
from oldphoto_core.networks.errors import CheckpointError, CheckpointReadError, UnsafeCheckpointError
from oldphoto_core.networks.registry import fill
from oldphoto_core.networks.weights import read_tensors, tensors_of

pytestmark = pytest.mark.filterwarnings("ignore:Detected pickle protocol")  # torch's, before it refuses

SMALL = AutoencoderConfig(width=2, blocks=1)


def tensors() -> dict[str, Tensor]:
    torch.manual_seed(3)
    return dict(Autoencoder(SMALL).state_dict())


def save_zip(values: Any, path: Path) -> None:
    torch.save(values, path)


def save_legacy(values: Any, path: Path) -> None:
    torch.save(values, path, _use_new_zipfile_serialization=False)


def save_safe(values: Any, path: Path) -> None:
    save_file(values, path)


FORMS: dict[str, tuple[str, Callable[[Any, Path], None]]] = {
    "zip": ("net.pth", save_zip),
    "legacy": ("net.pt", save_legacy),
    "safetensors": ("net.safetensors", save_safe),
}


class TestReading:
    @pytest.mark.parametrize("form", FORMS)
    def test_every_form_gives_the_very_numbers(self, tmp_path: Path, form: str) -> None:
        name, save = FORMS[form]
        save(tensors(), tmp_path / name)
        found = read_tensors(tmp_path / name)
        assert sorted(found) == sorted(tensors())
        assert all(torch.equal(found[key], value) for key, value in tensors().items())

    @pytest.mark.parametrize("form", FORMS)
    def test_half_floats_are_kept_as_stored(self, tmp_path: Path, form: str) -> None:
        name, save = FORMS[form]
        save({key: value.half() for key, value in tensors().items()}, tmp_path / name)
        assert {value.dtype for value in read_tensors(tmp_path / name).values()} == {torch.float16}

    @pytest.mark.parametrize("save", [save_zip, save_legacy])
    def test_a_network_beside_its_training_state_is_unpacked(
        self, tmp_path: Path, save: Callable[[Any, Path], None]
    ) -> None:
        state = {"model_state": OrderedDict(tensors()), "epoch": 3, "optimizer": {"lr": 0.1, "betas": (0.5, 0.999)}}
        save(state, tmp_path / "net.pt")
        assert list(read_tensors(tmp_path / "net.pt")) == list(tensors())

    def test_a_parameter_is_a_tensor(self, tmp_path: Path) -> None:
        torch.save({"a": torch.nn.Parameter(torch.ones(2))}, tmp_path / "net.pt")
        assert torch.equal(read_tensors(tmp_path / "net.pt")["a"], torch.ones(2))

    def test_a_mapping_is_taken_as_it_is(self) -> None:
        given = tensors()
        assert list(tensors_of(given, "here")) == list(given)
        assert list(tensors_of({"model_state": given, "epoch": 1}, "here")) == list(given)


class _Calls:
    """Pickled as a call, which an honest unpickler would make."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.function, self.arguments


def _zip_with_pickle(code: bytes, like: Path) -> bytes:
    """Return a torch archive whose pickle is other bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(like) as whole, zipfile.ZipFile(file, "w") as made:
        for name in whole.namelist():
            made.writestr(name, code if name.endswith("data.pkl") else whole.read(name))
    return file.getvalue()


class TestCode:
    def attempts(self, folder: Path, marker: Path) -> dict[str, bytes]:
        """Return checkpoints that would write the marker if what they hold were run."""
        code = _Calls(os.system, f"touch {marker}")
        evaluated = _Calls(eval, f"open({str(marker)!r}, 'w')")
        made: dict[str, bytes] = {}
        for word, held in (("system", code), ("eval", evaluated)):
            for form, save in (("zip", save_zip), ("legacy", save_legacy)):
                for place, values in (
                    ("beside", {"a": torch.ones(1), "b": held}),
                    ("nested", {"model_state": {"a": [held]}}),
                    ("alone", held),
                ):
                    save(values, folder / "net.pt")
                    made[f"{word} {form} {place}"] = (folder / "net.pt").read_bytes()
            made[f"{word} bare pickle"] = pickle.dumps(held, protocol=2)
        torch.save(tensors(), folder / "net.pt")
        made["swapped pickle"] = _zip_with_pickle(pickle.dumps(code, protocol=2), folder / "net.pt")
        return made

    def test_it_is_refused_and_never_run(self, tmp_path: Path) -> None:
        marker, path = tmp_path / "marker", tmp_path / "net.pt"
        for what, content in self.attempts(tmp_path, marker).items():
            path.write_bytes(content)
            with pytest.raises(UnsafeCheckpointError, match=r"was not opened: GLOBAL \S*(system|eval)$"):
                read_tensors(path)
            assert not marker.exists(), what

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_nor_in_any_other_dialect(self, tmp_path: Path, protocol: int) -> None:
        marker, path = tmp_path / "marker", tmp_path / "net.pt"
        path.write_bytes(pickle.dumps({"a": _Calls(os.system, f"touch {marker}")}, protocol=protocol))
        with pytest.raises(CheckpointError, match=r"net\.pt"):
            read_tensors(path)
        assert not marker.exists()

    def test_the_attempts_are_real(self, tmp_path: Path) -> None:
        marker = tmp_path / "marker"
        assert len(self.attempts(tmp_path, marker)) == 15
        subprocess.run(
            [sys.executable, "-c", "import pickle, sys; pickle.loads(sys.stdin.buffer.read())"],
            input=self.attempts(tmp_path, marker)["system bare pickle"],
            check=True,
        )
        assert marker.exists()

    def test_the_advice_to_run_it_all_the_same_is_not_passed_on(self, tmp_path: Path) -> None:
        torch.save({"a": _Calls(os.system, "true")}, tmp_path / "net.pt")
        with pytest.raises(UnsafeCheckpointError) as caught:
            read_tensors(tmp_path / "net.pt")
        assert "weights_only" not in str(caught.value)

    @pytest.mark.parametrize("held", [torch.nn.Linear(1, 1), np.float64, Path("x")])
    def test_objects_are_refused_too(self, tmp_path: Path, held: object) -> None:
        torch.save({"a": torch.ones(1), "b": held}, tmp_path / "net.pt")
        with pytest.raises(UnsafeCheckpointError):
            read_tensors(tmp_path / "net.pt")


class TestNoCheckpoint:
    @pytest.mark.parametrize("suffix", [".pth", ".pt", ".safetensors", ""])
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\0" * 100,
            b"\x80\x02",
            b"this is a text file\n" * 9,
            b"<!DOCTYPE html><html>404</html>",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
            b"PK\x05\x06" + bytes(18),
            b"\x02\0\0\0\0\0\0\0{}",
            pickle.dumps({"a": 1}),
        ],
    )
    def test_other_bytes(self, tmp_path: Path, content: bytes, suffix: str) -> None:
        path = tmp_path / f"net{suffix}"
        path.write_bytes(content)
        with pytest.raises(CheckpointReadError, match="net"):
            read_tensors(path)

    def test_a_zip_of_something_else(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "net.pth", "w") as made:
            made.writestr("readme.txt", "no weights here")
        with pytest.raises(CheckpointReadError, match=r"net\.pth"):
            read_tensors(tmp_path / "net.pth")

    def test_nothing_there_or_a_folder(self, tmp_path: Path) -> None:
        for path in (tmp_path / "none.pth", tmp_path):
            with pytest.raises(CheckpointReadError, match="there is no checkpoint at"):
                read_tensors(path)

    @pytest.mark.parametrize(
        "values",
        [
            {},
            [torch.ones(1)],
            torch.ones(1),
            3,
            None,
            {"a": 1.0},
            {"a": {"b": torch.ones(1)}},
            {3: torch.ones(1)},
            {"model_state": {}},
            {"model_state": torch.ones(1), "epoch": 2},
            {"model_state": {"a": [torch.ones(1)]}},
            {"state_dict": {"a": torch.ones(1)}},
        ],
    )
    @pytest.mark.parametrize("save", [save_zip, save_legacy])
    def test_other_values(self, tmp_path: Path, values: object, save: Callable[[Any, Path], None]) -> None:
        save(values, tmp_path / "net.pt")
        with pytest.raises(CheckpointReadError, match="holds"):
            read_tensors(tmp_path / "net.pt")

    @pytest.mark.parametrize("kind", ["sparse", "csr", "quantized", "meta", "complex", "float8"])
    @pytest.mark.filterwarnings("ignore")  # torch's, about some of these being young and some old
    def test_tensors_that_are_not_plain_numbers(self, tmp_path: Path, kind: str) -> None:
        odd = {
            "sparse": lambda: torch.eye(2).to_sparse(),
            "csr": lambda: torch.eye(2).to_sparse_csr(),
            "quantized": lambda: torch.quantize_per_tensor(torch.eye(2), 0.1, 0, torch.qint8),
            "meta": lambda: torch.empty(2, 2, device="meta"),
            "complex": lambda: torch.eye(2, dtype=torch.complex64),
            "float8": lambda: torch.eye(2).to(torch.float8_e4m3fn),
        }[kind]()
        with pytest.raises(CheckpointReadError, match=r"not plain numbers: a\.b "):
            tensors_of({"a.b": odd}, "here")
        torch.save({"a.b": odd}, tmp_path / "net.pt")
        with pytest.raises(CheckpointError):
            read_tensors(tmp_path / "net.pt")


class TestDamage:
    """Damaged bytes give an error of ours or numbers, never anything else."""

    @pytest.mark.parametrize("form", FORMS)
    def test_cut_anywhere(self, tmp_path: Path, form: str) -> None:
        name, save = FORMS[form]
        save(tensors(), tmp_path / name)
        whole = (tmp_path / name).read_bytes()
        for length in {*range(0, len(whole), len(whole) // 60), 1, 2, 7, 8, 9, len(whole) - 1}:
            (tmp_path / name).write_bytes(whole[:length])
            with pytest.raises(CheckpointError):
                read_tensors(tmp_path / name)

    @pytest.mark.parametrize("form", FORMS)
    def test_bytes_changed_anywhere(self, tmp_path: Path, form: str) -> None:
        name, save = FORMS[form]
        save({"model_state": tensors()} if form != "safetensors" else tensors(), tmp_path / name)
        whole = (tmp_path / name).read_bytes()
        rng = np.random.default_rng(11)
        refused = 0
        for round_number in range(300):
            damaged = bytearray(whole)
            kind = round_number % 3
            at = int(rng.integers(len(whole) if kind else min(len(whole), 2500)))
            if kind == 2:
                damaged[at : at + int(rng.integers(1, 40))] = b""
            else:
                for place in range(at, min(len(whole), at + 1 + 7 * kind)):
                    damaged[place] = int(rng.integers(256))
            (tmp_path / name).write_bytes(bytes(damaged))
            refused += not self.is_read(tmp_path / name)
        assert 60 < refused < 300

    @staticmethod
    def is_read(path: Path) -> bool:
        network = Autoencoder(SMALL)
        try:
            fill(network, read_tensors(path), "bopbtl-vae")
        except CheckpointError:
            return False
        return True
