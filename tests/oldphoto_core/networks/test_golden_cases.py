"""The networks compute what the authors' code computed; and the comparison notices when they do not."""

import json

import numpy as np
import pytest
import torch
from golden_files import GOLDEN, golden_case, golden_stems, one_weight_off

from oldphoto_core.networks.golden.cases import (
    CHAIN_MAPPINGS,
    identify,
    network_behind,
    run_case,
)
from oldphoto_core.networks.golden.checks import Check, GoldenCaseError, check_mask, check_picture, check_values
from oldphoto_core.networks.golden.files import GoldenCase, tolerance_on
from oldphoto_core.networks.golden.filled_networks import FilledNetworks

STATS = json.loads((GOLDEN / "stats.json").read_text("utf-8"))


def test_a_case_of_every_network_and_chain_is_here() -> None:
    nets = {found[1] for stem in golden_stems(scripts=False) if (found := identify(stem)) is not None}
    assert len(nets) == 14


@pytest.mark.parametrize("stem", golden_stems(scripts=False))
def test_golden_numbers_and_one_weight_off(stem: str, filled_networks: FilledNetworks) -> None:
    case = golden_case(stem)
    checks = run_case(case, filled_networks)
    assert [check.told for check in checks if not check.holds] == []
    assert {check.name for check in checks} == set(case.arrays) - {"input", "mask", "seed"}
    network = filled_networks.get(network_behind(case.net))
    with one_weight_off(network, within="encoder." if case.net == "vae_enc" else ""):
        assert not all(check.holds for check in run_case(case, filled_networks))


@pytest.mark.parametrize("stem", sorted(STATS, key=lambda stem: (network_behind(stem.rsplit("_", 1)[0]), stem)))
def test_other_sizes_by_their_statistics(stem: str, filled_networks: FilledNetworks) -> None:
    """Sides that are no multiples of 8 or 16, too."""
    found, stats = identify(stem), STATS[stem]
    assert found is not None
    given = np.random.default_rng(stats["seed"]).uniform(-1, 1, stats["shape"]).astype(np.float32)
    vae = filled_networks.autoencoder()
    x = torch.from_numpy(given)
    with torch.inference_mode():
        if found[1] == "vae_enc":
            computed = {"output": vae.encode(x)}
        elif found[1] == "vae_dec":
            computed = {"output": vae.decode(x)}
        elif found[1] == "mapping_quality":
            computed = {"output": filled_networks.get("mapping_quality")(x)}
        else:
            latent = vae.encode(x)
            computed = {"latent_a": latent, "output": vae.decode(filled_networks.get("mapping_quality")(latent))}
    for name, tensor in {"input": x, **computed}.items():
        values = tensor.double().numpy()
        assert [values.mean(), values.std(), values.min(), values.max()] == pytest.approx(stats[name], abs=4e-5), name


@pytest.mark.parametrize("missing", ["input", "latent_a", "output"])
def test_an_array_that_is_not_there_is_named(missing: str, filled_networks: FilledNetworks) -> None:
    whole = golden_case("e2e_quality_64x64")
    case = GoldenCase(whole.net, whole.case, {name: one for name, one in whole.arrays.items() if name != missing})
    with pytest.raises(GoldenCaseError, match=f"no array '{missing}'"):
        run_case(case, filled_networks)


def test_a_stored_output_of_another_shape_is_refused(filled_networks: FilledNetworks) -> None:
    whole = golden_case("vae_dec_64x64")
    cut = GoldenCase("vae_dec", "", {**whole.arrays, "output": whole.arrays["output"][..., :-1]})
    with pytest.raises(GoldenCaseError, match=r"output: computed \(1, 3, 64, 64\), the file holds \(1, 3, 64, 63\)"):
        run_case(cut, filled_networks)


@pytest.mark.parametrize("value", [np.nan, 1.0])
def test_one_wrong_number_misses(value: float, filled_networks: FilledNetworks) -> None:
    whole = golden_case("vae_dec_64x64")
    output = whole.arrays["output"].copy()
    output[0, 1, 5, 7] += value
    (check,) = run_case(GoldenCase("vae_dec", "", {**whole.arrays, "output": output}), filled_networks)
    assert not check.holds


def test_an_input_that_is_no_number_is_refused(filled_networks: FilledNetworks) -> None:
    whole = golden_case("vae_dec_64x64")
    words = np.full_like(whole.arrays["input"], "x", dtype="<U1")
    with pytest.raises(GoldenCaseError, match="'input' is <U1"):
        run_case(GoldenCase("vae_dec", "", {**whole.arrays, "input": words}), filled_networks)


def test_scripts_are_not_run_here(filled_networks: FilledNetworks) -> None:
    with pytest.raises(GoldenCaseError, match="neither a network nor a chain"):
        run_case(golden_case("pipe_quality"), filled_networks)


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("mapping_patch_attention_64x64_nomask", ("bopbtl", "mapping_patch_attention", "64x64_nomask")),
        ("disc_mapping_64x64", ("bopbtl", "disc_mapping", "64x64")),
        ("disc_mapping_sn_64x64", ("bopbtl", "disc_mapping_sn", "64x64")),
        ("e2e_hr_80x112", ("bopbtl", "e2e_hr", "80x112")),
        ("pipe_detection_scale_256", ("bopbtl", "pipe_detection", "scale_256")),
        ("full_2ref_128x128", ("mropm", "full", "2ref_128x128")),
        ("disc_v1_a", ("rtn", "disc_v1", "a")),
        ("rtn_a_mid", ("rtn", "rtn", "a_mid")),
        ("facemask_64x64", None),
        ("", None),
    ],
)
def test_net_and_case_by_file_name(stem: str, expected: tuple[str, str, str] | None) -> None:
    assert identify(stem) == expected


@pytest.mark.parametrize("kind", CHAIN_MAPPINGS)
def test_chains_and_scripts_are_run_beside_their_mapping(kind: str) -> None:
    assert network_behind(f"e2e_{kind}") == network_behind(f"pipe_{kind}") == CHAIN_MAPPINGS[kind]


def test_only_the_last_large_network_is_kept() -> None:
    networks = FilledNetworks()
    vae = networks.autoencoder()
    first = networks.get("disc_mapping")  # 5.5 million weights count as large
    assert networks.get("disc_mapping") is first
    networks.get("disc_vae_image")
    assert networks.get("disc_mapping") is not first
    assert networks.autoencoder() is vae


def test_an_accelerator_may_sum_in_another_order() -> None:
    assert tolerance_on(torch.device("cpu"), 1e-4) == 1e-4
    assert tolerance_on(torch.device("cuda", 0), 1e-4) == 1e-3


def test_masks_may_differ_in_five_pixels() -> None:
    stored = np.zeros((10, 10), dtype=np.uint8)
    other = stored.copy()
    other[0, :5] = 255
    assert check_mask("mask", stored, other) == Check("mask", 5.0, 5.0, "pixels")
    assert check_mask("mask", stored, other).holds
    other[0, 5] = 255
    assert not check_mask("mask", stored, other).holds


@pytest.mark.parametrize(
    ("changed", "by", "holds"), [(0, 0, True), (3, 1, True), (4, 1, False), (1, 2, False), (1, -1, True)]
)
def test_pictures_may_differ_by_one_level_in_a_thousandth(changed: int, by: int, *, holds: bool) -> None:
    stored = np.full((10, 100, 3), 128, dtype=np.uint8)
    other = stored.astype(np.int64)
    other.reshape(-1)[:changed] += by
    assert all(check.holds for check in check_picture("saved", stored, other.astype(np.uint8))) == holds


def test_nothing_is_no_comparison() -> None:
    with pytest.raises(GoldenCaseError, match="the file holds"):
        check_values("output", np.zeros((0,)), np.zeros((0,)), 1.0)
