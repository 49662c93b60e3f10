"""The self-test: passes on this machine, notices what is wrong with a file, and never stops half way."""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from golden_files import FACE_BLEND, GOLDEN

from oldphoto_core.errors import DeviceError
from tasks.models import golden as model_golden
from tasks.models.golden import CaseResult, verify_golden


def copied(folder: Path, *stems: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for stem in stems:
        shutil.copy(GOLDEN / f"{stem}.npz", folder)
    return folder


def rewritten(folder: Path, stem: str, **changes: Any) -> Path:
    with np.load(GOLDEN / f"{stem}.npz") as stored:
        arrays = {**stored, **changes}
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / f"{stem}.npz", **{name: array for name, array in arrays.items() if array is not None})
    return folder


def only(folder: Path) -> CaseResult:
    (result,) = verify_golden(folder)
    return result


def test_a_golden_folder_with_all_systems(tmp_path: Path) -> None:
    copied(tmp_path / "bopbtl", "vae_enc_64x64", "vae_dec_64x64", "disc_vae_feature_32x32")
    shutil.copy(FACE_BLEND, tmp_path / "bopbtl" / "pipe_face_blend.npz")
    (tmp_path / "rtn").mkdir()
    shutil.copy(GOLDEN.parent / "rtn" / "swin_a.npz", tmp_path / "rtn")
    (tmp_path / "rtn" / "raft_a.npz").write_bytes(b"")
    (tmp_path / "rtn" / "degrade_a.npz").write_bytes(b"")
    (tmp_path / "bopbtl" / "vae_keys.json").write_text("{}")
    results = list(verify_golden(tmp_path))
    assert [(one.net, one.case, one.verdict) for one in results] == [
        ("disc_vae_feature", "32x32", "pass"),
        ("pipe_face_blend", "", "pass"),
        ("vae_dec", "64x64", "pass"),
        ("vae_enc", "64x64", "pass"),
        ("degrade", "a", "skipped"),
        ("raft", "a", "miss"),
        ("swin", "a", "pass"),
    ]
    for result in results[:4]:
        assert result.largest_difference is not None
        assert result.tolerance == 1e-4
        assert result.largest_difference <= 1e-4
    assert results[4].detail == "degrade is of no network; this version does not compute it"
    assert results[4].largest_difference is None
    assert (results[6].tolerance, results[6].detail) == (2e-5, "")


def test_one_systems_folder_may_have_any_name(tmp_path: Path) -> None:
    assert only(copied(tmp_path / "numbers", "vae_dec_64x64")).verdict == "pass"


def test_a_wrong_number_misses_with_its_size(tmp_path: Path) -> None:
    with np.load(GOLDEN / "vae_dec_64x64.npz") as stored:
        output = stored["output"].copy()
    output[0, 0, 3, 4] += 0.25
    result = only(rewritten(tmp_path, "vae_dec_64x64", output=output))
    assert result.verdict == "miss"
    assert result.largest_difference == pytest.approx(0.25, abs=1e-3)
    assert result.detail == "output: 0.25, tolerance 0.0001"


def test_not_a_number_misses(tmp_path: Path) -> None:
    with np.load(GOLDEN / "vae_dec_64x64.npz") as stored:
        output = np.full_like(stored["output"], np.nan)
    assert only(rewritten(tmp_path, "vae_dec_64x64", output=output)).verdict == "miss"


def test_a_missing_array_misses_and_the_next_file_is_run(tmp_path: Path) -> None:
    rewritten(copied(tmp_path, "vae_enc_64x64"), "vae_dec_64x64", output=None)
    first, second = verify_golden(tmp_path)
    assert (first.net, first.verdict) == ("vae_dec", "miss")
    assert first.detail == "there is no array 'output'; the file holds input, seed"
    assert (second.net, second.verdict) == ("vae_enc", "pass")


@pytest.mark.parametrize("kept", [0, 10, 1000, -100])
def test_a_damaged_file_misses(tmp_path: Path, kept: int) -> None:
    path = copied(tmp_path, "vae_dec_64x64") / "vae_dec_64x64.npz"
    path.write_bytes(path.read_bytes()[:kept])
    result = only(tmp_path)
    assert (result.verdict, result.largest_difference) == ("miss", None)
    assert result.detail.startswith("vae_dec_64x64.npz is no whole .npz file")


def test_flipped_bytes_inside_miss(tmp_path: Path) -> None:
    path = copied(tmp_path, "vae_dec_64x64") / "vae_dec_64x64.npz"
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2 : len(whole) // 2 + 64] = bytes(64)
    path.write_bytes(whole)
    assert only(tmp_path).verdict == "miss"


def test_a_single_array_or_objects_are_no_golden_file(tmp_path: Path) -> None:
    with (tmp_path / "vae_dec_a.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    np.savez(tmp_path / "vae_dec_b.npz", input=np.array([{}], dtype=object))
    results = list(verify_golden(tmp_path))
    assert [result.verdict for result in results] == ["miss", "miss"]
    assert all("no whole .npz file" in result.detail for result in results)


def test_what_a_network_cannot_take_misses(tmp_path: Path) -> None:
    result = only(rewritten(tmp_path, "vae_enc_64x64", input=np.zeros((1, 3, 2, 2), dtype=np.float32)))
    assert result.verdict == "miss"
    assert "Error" in result.detail


def test_arrays_that_nothing_computes_are_told(tmp_path: Path) -> None:
    result = only(rewritten(tmp_path, "vae_dec_64x64", latent_b=np.zeros(4), note=np.array(3.5)))
    assert (result.verdict, result.detail) == ("pass", "not compared: latent_b")


def test_a_file_of_no_known_network_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "colour_64x64.npz").write_bytes(b"")
    result = only(tmp_path)
    assert (result.net, result.verdict) == ("colour_64x64", "skipped")
    assert "no known network" in result.detail


@pytest.mark.parametrize("device", ["nonsense", "meta", "cuda:99"])
def test_a_device_that_is_not_there_is_refused_before_anything_runs(tmp_path: Path, device: str) -> None:
    with pytest.raises(DeviceError, match=f"no device '{device}' here: .*; there are cpu"):
        verify_golden(tmp_path, device)


@pytest.mark.parametrize("folder", [".", "nowhere"])
def test_an_empty_folder_is_refused_before_anything_runs(tmp_path: Path, folder: str) -> None:
    with pytest.raises(FileNotFoundError, match="no golden file"):
        verify_golden(tmp_path / folder)


def test_full_precision_meanwhile_and_the_setting_back() -> None:
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        with model_golden._full_float32():
            assert torch.get_float32_matmul_precision() == "highest"
            assert not torch.backends.cudnn.allow_tf32
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision(before)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_on_an_accelerator() -> None:
    results = list(verify_golden(GOLDEN, "cuda"))
    assert [result for result in results if result.verdict != "pass"] == []


@pytest.mark.skipif("OLDPHOTO_GOLDEN" not in os.environ, reason="OLDPHOTO_GOLDEN names no golden folder")
def test_every_case_of_the_folder_that_the_environment_names() -> None:
    results = list(verify_golden(Path(os.environ["OLDPHOTO_GOLDEN"])))
    assert [result for result in results if result.verdict == "miss"] == []
    assert [result for result in results if result.verdict == "pass"] != []
