"""One result made again and compared, by the command: equal, tampered with, and what keeps it from being done."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from audited_archive import MODERNIZED, REPLACED, RESTORED, AuditedArchive
from nights import unchanged
from typer.testing import CliRunner, Result

from flows.cli import app


def reproduce(*arguments: str | Path) -> Result:
    wide = {"COLUMNS": "200", "TERM": "dumb"}
    return CliRunner().invoke(app, ["reproduce", *map(str, arguments)], env=wide)


def document(*arguments: str | Path, code: int = 0) -> dict[str, Any]:
    result = reproduce(*arguments, "--json")
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def derivative(output: Path, asset_id: str, name: str) -> Path:
    return output / "derivatives" / asset_id[:2] / asset_id / name


def test_a_restored_photograph_comes_out_the_same_whatever_the_settings_are_now(
    audited: AuditedArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLDPHOTO_RESTORE__STRENGTH", "0.1")
    monkeypatch.setenv("OLDPHOTO_SEED", "99")
    with unchanged(audited.root):
        found = document(RESTORED, "--output", audited.output)
    assert (found["stage"], found["run_id"]) == ("restore", "run-000001")
    assert (found["largest_difference"], found["share"], found["as_recorded"]) == (0.0, 0.0, True)
    assert found["differences"] == []
    assert found["verdict"] == "identical: every decoded pixel"


def test_a_modernized_photograph_comes_out_the_same_from_the_references_of_its_night(audited: AuditedArchive) -> None:
    found = document(audited.asset_id(MODERNIZED)[:12], "--output", audited.output)
    assert (found["stage"], found["equal"], found["largest_difference"]) == ("modernize", True, 0.0)


def test_a_tampered_result_is_told_by_how_much_and_how_many_pixels(audited: AuditedArchive, tmp_path: Path) -> None:
    output = audited.copy(tmp_path)
    asset_id = audited.asset_id(RESTORED)
    path = derivative(output, asset_id, "restored.tif")
    pixels = tifffile.imread(path)
    full = np.iinfo(pixels.dtype).max
    pixels[3, 4, 1] = pixels[3, 4, 1] + 5 if pixels[3, 4, 1] < full - 5 else pixels[3, 4, 1] - 5
    pixels[7, 8] ^= 1
    tifffile.imwrite(path, pixels, photometric="rgb")
    found = document(RESTORED, "--output", output, code=1)
    assert not found["equal"]
    assert found["largest_difference"] == pytest.approx(5 / full)
    assert found["share"] == pytest.approx(2 / (pixels.shape[0] * pixels.shape[1]))
    assert not found["as_recorded"]
    assert "is not the file that was recorded" in found["differences"][0]
    assert reproduce(RESTORED, "--output", output, "--tolerance", "0.1").exit_code == 0


def test_a_result_of_another_size_cannot_be_compared_and_is_different(audited: AuditedArchive, tmp_path: Path) -> None:
    output = audited.copy(tmp_path)
    path = derivative(output, audited.asset_id(RESTORED), "restored.tif")
    tifffile.imwrite(path, tifffile.imread(path)[:-1], photometric="rgb")
    found = document(RESTORED, "--output", output, "--tolerance", "1", code=1)
    assert (found["largest_difference"], found["equal"]) == (None, False)


@pytest.mark.parametrize(
    ("asset", "words"),
    [
        (REPLACED, "has no restored or modernized picture that stands; it is untouched"),
        ("loose/scan-0005.tif", "it is quarantined"),
        ("no such print.tif", "names no photograph of this catalog"),
        ("ab", "names no photograph of this catalog"),
    ],
)
def test_what_has_no_result_cannot_be_made_again(audited: AuditedArchive, asset: str, words: str) -> None:
    result = reproduce(asset, "--output", audited.output)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_stage_without_a_result_cannot_be_made_again(audited: AuditedArchive) -> None:
    result = reproduce(RESTORED, "--output", audited.output, "--stage", "modernize")
    assert result.exit_code == 2
    assert "has no result of stage modernize that stands" in result.stderr


def test_a_master_that_is_gone_or_was_replaced_is_the_reason(audited: AuditedArchive) -> None:
    with audited.changed(RESTORED, None), audited.changed("loose/scan-0001.tif", None):
        result = reproduce(RESTORED, "--output", audited.output)
    assert result.exit_code == 2
    assert "the master cannot be had: vanished" in result.stderr
    asset_id = next(path.parent.name for path in audited.output.rglob("restored.tif")
                    if path.parent.name != audited.asset_id(RESTORED))  # fmt: skip
    result = reproduce(asset_id, "--output", audited.output)
    assert result.exit_code == 2
    assert REPLACED in result.stderr
    assert "expected the bytes of" in result.stderr


def test_a_result_that_is_gone_is_the_reason(audited: AuditedArchive, tmp_path: Path) -> None:
    output = audited.copy(tmp_path)
    derivative(output, audited.asset_id(RESTORED), "restored.tif").unlink()
    result = reproduce(RESTORED, "--output", output)
    assert result.exit_code == 2
    assert "the result to compare with is gone" in result.stderr


def test_weights_that_are_others_than_those_on_record_are_the_reason(
    audited: AuditedArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine is asked for by its real name; its weights lie elsewhere and are those of another training."""
    from tasks import own_engine  # noqa: PLC0415 - torch is slow to load
    from tasks.models.shipped import SHIPPED  # noqa: PLC0415

    shipped = Path(shutil.copytree(SHIPPED, tmp_path / "shipped"))
    weights = shipped / "own-colour.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x7f")
    real = own_engine.own_engine
    monkeypatch.setattr(own_engine, "own_engine", lambda memory_bytes: real(memory_bytes, shipped))
    result = reproduce(RESTORED, "--output", audited.output)
    assert result.exit_code == 2
    assert "it was changed or damaged; install oldphoto again" in result.stderr
