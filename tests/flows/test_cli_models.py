"""The models commands as people and scripts use them."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from model_server import Files, closed_address, serving
from tiny_release import WEIGHTS, checkpoint, release
from typer.testing import CliRunner, Result

from flows.cli import app
from tasks.models.known import MODELS, PUBLISHED
from tasks.models.own import OWN
from tasks.models.shipped import SHIPPED

WIDE = {"COLUMNS": "200", "TERM": "dumb"}
ZIP = "/global_checkpoints.zip"


def oldphoto(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["models", *map(str, arguments)], env=WIDE)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Files]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving() as files:
        files.content[ZIP] = release()
        yield files


@pytest.fixture
def filled(server: Files, tmp_path: Path) -> Path:
    """Return a models folder with three tiny files of weights."""
    folder = tmp_path / "models"
    result = oldphoto("fetch", *WEIGHTS, "--from", server.url + ZIP, "--models-dir", folder)
    assert result.exit_code == 0, result.output
    return folder


def test_help_names_every_command() -> None:
    text = oldphoto("--help").stdout
    for command in ("list", "fetch", "verify", "card"):
        assert command in text


def test_list_shows_what_is_installed_and_what_is_not(filled: Path) -> None:
    text = oldphoto("list", "--models-dir", filled).stdout
    rows = {line.split("│")[1].strip(): line for line in text.splitlines() if "official" in line or "own" in line}
    assert set(rows) == set(MODELS)
    assert "yes" in rows["bopbtl-vae-a"]
    assert "no" in rows["yunet"]
    found = json.loads(oldphoto("list", "--models-dir", filled, "--json").stdout)
    assert found["folder"] == str(filled)
    assert [one["name"] for one in found["models"] if one["installed"] and one["family"] == "official"] == list(WEIGHTS)
    vae = next(one for one in found["models"] if one["name"] == "bopbtl-vae-a")
    assert (vae["size"], vae["licence"], vae["network"]) == (len(WEIGHTS["bopbtl-vae-a"]), "MIT", "bopbtl-vae")
    assert Path(vae["path"]).read_bytes() == WEIGHTS["bopbtl-vae-a"]


def test_fetch_prints_what_it_did(server: Files, tmp_path: Path) -> None:
    arguments = ("fetch", "bopbtl-vae-a", "--from", server.url + ZIP, "--models-dir", tmp_path)
    found = json.loads(oldphoto(*arguments, "--json").stdout)
    assert [(one["name"], one["outcome"]) for one in found["models"]] == [("bopbtl-vae-a", "installed")]
    assert found["troubles"] == []
    table = oldphoto(*arguments).stdout
    assert "same" in table
    assert found["models"][0]["sha256"][:12] in table


def test_fetch_of_a_changed_file_fails_with_both_digests(filled: Path, server: Files) -> None:
    server.content[ZIP] = release(bopbtl_vae_a=checkpoint(99))
    result = oldphoto("fetch", "bopbtl-vae-a", "--from", server.url + ZIP, "--models-dir", filled)
    assert result.exit_code == 1
    assert "expected" in result.stderr
    assert "found" in result.stderr
    assert oldphoto("verify", "--models-dir", filled).exit_code == 0


def test_fetch_without_a_network_says_what_to_do_for_every_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", closed_address())  # nothing leaves this machine
    monkeypatch.setenv("https_proxy", closed_address())
    result = oldphoto("fetch", "--all", "--models-dir", tmp_path)
    assert result.exit_code == 1
    for home in {model.home.address for model in PUBLISHED}:
        assert f"cannot fetch {home}" in result.stderr
    assert "--from FILE_OR_URL" in result.stderr
    assert "Traceback" not in result.output
    assert json.loads(oldphoto("fetch", "yunet", "--models-dir", tmp_path, "--json").stdout)["models"] == []


@pytest.mark.parametrize("arguments", [("fetch",), ("fetch", "yunet", "--all"), ("fetch", "yolo"), ("card", "yolo")])
def test_wrong_arguments_exit_with_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert oldphoto(*arguments, "--models-dir", tmp_path).exit_code == 2
    assert not list(tmp_path.iterdir())


def test_a_damaged_ledger_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "models.json").write_text("{", "utf-8")
    for command in (("list",), ("verify",), ("card", "yunet"), ("fetch", "yunet")):
        result = oldphoto(*command, "--models-dir", tmp_path)
        assert result.exit_code == 1
        assert "models.json is damaged" in result.stderr
        assert "Traceback" not in result.output


def test_verify_finds_a_changed_byte_and_a_lost_file(filled: Path) -> None:
    assert oldphoto("verify", "--models-dir", filled).exit_code == 0
    path = filled / "bopbtl-vae-a.pth"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    (filled / "bopbtl-mapping-scratch.pth").unlink()
    result = oldphoto("verify", "--models-dir", filled)
    assert result.exit_code == 1
    assert "changed" in result.stdout
    weights = json.loads(oldphoto("verify", "--models-dir", filled, "--json").stdout)["weights"]
    assert {one["name"]: one["verdict"] for one in weights if one["name"] in WEIGHTS} == {
        "bopbtl-vae-a": "changed",
        "bopbtl-vae-b-quality": "pass",
        "bopbtl-mapping-scratch": "missing",
    }


def test_verify_says_that_there_is_nothing_to_verify(tmp_path: Path) -> None:
    result = oldphoto("verify", "--models-dir", tmp_path)
    assert result.exit_code == 0
    assert f"no weights were ever fetched into {tmp_path}" in result.stdout


def test_verify_against_golden_numbers_that_are_wrong_or_of_nothing(tmp_path: Path) -> None:
    golden = tmp_path / "golden" / "bopbtl"
    golden.mkdir(parents=True)
    np.savez(golden / "nothing_64x64.npz", input=np.zeros(1, np.float32))
    result = oldphoto("verify", "--golden", golden.parent, "--models-dir", tmp_path, "--json")
    assert result.exit_code == 1
    assert "not one golden case" in result.stderr
    assert all(case["verdict"] != "pass" for case in json.loads(result.stdout)["golden"])
    assert oldphoto("verify", "--golden", tmp_path / "nowhere", "--models-dir", tmp_path).exit_code == 1


def test_card_before_and_after_a_fetch(filled: Path) -> None:
    before = oldphoto("card", "yunet", "--models-dir", filled).stdout
    (yunet,) = (model for model in PUBLISHED if model.name == "yunet")
    for word in ("Wu, Peng, Yu", "MIT", "75,856", str(yunet.sha256), "known failures", "models fetch yunet"):
        assert word in before
    after = oldphoto("card", "bopbtl-vae-a", "--models-dir", filled).stdout
    for word in ("Wan et al.", "872,131", "recorded on", str(filled / "bopbtl-vae-a.pth"), "global_checkpoints.zip"):
        assert word in after


def test_every_card_prints(tmp_path: Path) -> None:
    for name in MODELS:
        assert oldphoto("card", name, "--models-dir", tmp_path).stdout.startswith(f"{name}\n====")


def test_our_own_weights_are_not_fetched_but_shipped(tmp_path: Path) -> None:
    result = oldphoto("fetch", *(model.name for model in OWN), "--models-dir", tmp_path, "--json")
    found = json.loads(result.stdout)
    there = {path.stem for path in SHIPPED.glob("*.safetensors")}
    assert {one["name"]: one["outcome"] for one in found["models"]} == dict.fromkeys(there, "shipped")
    assert len(found["troubles"]) == len(OWN) - len(there)
    assert all("install a release of oldphoto that ships them" in trouble for trouble in found["troubles"])
    assert result.exit_code == (1 if found["troubles"] else 0)
    assert not list(tmp_path.iterdir())
