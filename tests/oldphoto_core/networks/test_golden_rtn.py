"""The film networks compute what the authors' code computes, and the release's checkpoint is taken as it is."""

from pathlib import Path

import numpy as np
import pytest
import torch
from golden_files import GOLDEN, one_weight_off

from oldphoto_core.networks.errors import CheckpointKeysError
from oldphoto_core.networks.golden.cases import run_case
from oldphoto_core.networks.golden.checks import GoldenCaseError
from oldphoto_core.networks.golden.files import GoldenCase
from oldphoto_core.networks.golden.filled_networks import FilledNetworks
from oldphoto_core.networks.registry import build, load, to_official

FOLDER = GOLDEN.parent / "rtn"
GIVEN = {"seed", "shape", "range", "x_sha256", "iters"}


def case(net: str, name: str, **changes: np.ndarray) -> GoldenCase:
    with np.load(FOLDER / f"{net}_{name}.npz") as stored:
        return GoldenCase(net, name, {**stored, **changes})


@pytest.fixture(scope="module")
def networks() -> FilledNetworks:
    return FilledNetworks()


@pytest.mark.parametrize(
    ("net", "name"), [("disc_v1", "a"), ("disc_v2", "a"), ("raft", "b"), ("swin", "a"), ("rtn", "a")]
)
def test_a_golden_case_holds(net: str, name: str, networks: FilledNetworks) -> None:
    checks = run_case(case(net, name), networks)
    assert [check.told for check in checks if not check.holds] == []
    assert {check.name for check in checks} == set(case(net, name).arrays) - GIVEN


@pytest.mark.parametrize(
    ("net", "name", "within"),
    [
        ("disc_v2", "a", ""),
        ("disc_v2", "a", "conv.2"),
        ("raft", "b", "cnet.layer3.0.downsample"),
        ("swin", "a", ""),
        ("swin", "a", "layers.1"),
        ("rtn", "a", "Backward_Aggregation"),
    ],
)
def test_it_misses_with_one_weight_off(net: str, name: str, within: str, networks: FilledNetworks) -> None:
    with one_weight_off(networks.get(net, system="rtn"), within):
        assert not all(check.holds for check in run_case(case(net, name), networks))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seed": np.array(5)}, "the input drawn has SHA-256"),
        ({"range": np.zeros(3)}, r"'range' has the shape \(3,\)"),
        ({"y": np.zeros((1, 16, 64, 95))}, r"y: computed \(1, 16, 64, 96\)"),
    ],
)
def test_a_file_that_cannot_be_compared_is_refused(
    changes: dict[str, np.ndarray], told: str, networks: FilledNetworks
) -> None:
    with pytest.raises(GoldenCaseError, match=told):
        run_case(case("swin", "a", **changes), networks)


def test_a_file_without_any_output_is_refused(networks: FilledNetworks) -> None:
    whole = case("swin", "a")
    given = GoldenCase("swin", "a", {name: one for name, one in whole.arrays.items() if name in GIVEN})
    with pytest.raises(GoldenCaseError, match="the file holds none of y, so there is nothing to compare"):
        run_case(given, networks)


@pytest.mark.parametrize("net", ["degrade", "prep"])
def test_what_is_of_no_network_is_not_run(net: str, networks: FilledNetworks) -> None:
    with pytest.raises(GoldenCaseError, match=f"{net} is neither a network nor a chain"):
        run_case(GoldenCase(net, "a", {}), networks)


def test_the_releases_checkpoint_is_taken_as_it_is(tmp_path: Path) -> None:
    network = build("rtn-film")
    official = to_official(network)
    norm = "spynet.cnet.layer2.0.{}.running_mean"
    official[norm.format("norm3")] = torch.full_like(official[norm.format("norm3")], 7.0)
    official[norm.format("downsample.1")] = torch.full_like(official[norm.format("norm3")], 0.5)
    torch.save({"netG": official}, tmp_path / "net_G_200000.pth")
    taken = to_official(load("rtn-film", tmp_path / "net_G_200000.pth"))
    assert list(taken) == list(official)
    assert all(torch.equal(value, official[key]) for key, value in taken.items() if "layer2.0.norm3" not in key)
    assert float(taken[norm.format("norm3")][0]) == 0.5  # one norm under two names: the second counts


def test_a_checkpoint_of_the_flow_alone_is_told_from_the_whole() -> None:
    with pytest.raises(CheckpointKeysError, match="it looks like one of rtn-flow"):
        load("rtn-film", to_official(build("rtn-flow")))
