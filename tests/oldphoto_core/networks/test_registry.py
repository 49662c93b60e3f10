"""Networks by name: checkpoints that fit are taken whole, others refused by the release's names, changing nothing."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from oldphoto_core.networks.bopbtl.autoencoder import Autoencoder, AutoencoderConfig
from oldphoto_core.networks.bopbtl.critics import CriticConfig, PatchCritic
from oldphoto_core.networks.bopbtl.faces import FaceConfig, FaceGenerator
from oldphoto_core.networks.bopbtl.mapping import MappingConfig, NonLocalMapping, PatchMapping, PlainMapping
from oldphoto_core.networks.bopbtl.scratches import ScratchConfig, ScratchDetector
from oldphoto_core.networks.errors import (
    CheckpointError,
    CheckpointKeysError,
    CheckpointReadError,
    CheckpointValuesError,
    UnknownNetworkError,
)
from oldphoto_core.networks.keys import to_ours
from oldphoto_core.networks.registry import NETWORKS, build, fill, from_official, load, to_official

MAPPING = MappingConfig(latent=2, width=4, blocks=1)
SMALL = {
    "bopbtl-detection": lambda: ScratchDetector(ScratchConfig(width=2, depth=2)),
    "bopbtl-vae": lambda: Autoencoder(AutoencoderConfig(width=2, blocks=1)),
    "bopbtl-mapping-quality": lambda: PlainMapping(MAPPING),
    "bopbtl-mapping-scratch": lambda: NonLocalMapping(MAPPING),
    "bopbtl-mapping-patch": lambda: PatchMapping(MAPPING),
    "bopbtl-face": lambda: FaceGenerator(FaceConfig(width=2, hidden=4)),
    "bopbtl-critic-image": lambda: PatchCritic(CriticConfig(width=2)),
    "bopbtl-critic-feature": lambda: PatchCritic(CriticConfig(width=2, channels=4, scales=1)),
    "bopbtl-critic-mapping": lambda: PatchCritic(CriticConfig(width=2, channels=6)),
    "bopbtl-critic-mapping-sn": lambda: PatchCritic(CriticConfig(width=2, channels=6, spectral=True)),
}


@pytest.fixture(scope="module")
def vae() -> dict[str, Tensor]:
    torch.manual_seed(1)
    return to_official(build("bopbtl-vae"))


def random(name: str) -> nn.Module:
    """Return a small network whose every number is drawn, buffers too."""
    network = SMALL[name]().eval()
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for value in network.state_dict().values():
            if value.is_floating_point():
                value.copy_(torch.rand(value.shape, generator=generator) + 0.1)
    return network


def numbers(network: nn.Module) -> dict[str, Tensor]:
    return {key: value.clone() for key, value in network.state_dict().items()}


def seen_as(name: str, theirs: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors under the names by which a network would look for them."""
    return to_ours(theirs, NETWORKS[name].renaming)


class TestBuilding:
    def test_an_unknown_name_lists_those_there_are(self) -> None:
        for ask in (lambda: build("bopbtl"), lambda: load("bopbtl", {})):
            with pytest.raises(
                UnknownNetworkError, match=r"no network is called 'bopbtl'; there are .*bopbtl-vae"
            ) as it:
                ask()
            assert it.value.name == "bopbtl"
            assert not str(it.value).startswith("'")

    def test_it_evaluates_and_does_not_train(self) -> None:
        assert not any(module.training for module in build("bopbtl-critic-feature").modules())

    def test_every_network_of_the_system_has_a_small_one_here(self) -> None:
        assert list(SMALL) == [name for name in NETWORKS if name.startswith("bopbtl-")]


class TestNamesOfSmallNetworks:
    @pytest.mark.parametrize("name", SMALL)
    def test_there_and_back_and_filled(self, name: str) -> None:
        network = random(name)
        theirs = to_official(network)
        back = from_official(theirs)
        assert list(back) == list(network.state_dict())
        other = SMALL[name]().eval()
        fill(other, back, name, renaming=NETWORKS[name].renaming)
        assert all(torch.equal(value, numbers(network)[key]) for key, value in other.state_dict().items())

    def test_official_names_are_the_releases(self) -> None:
        assert "NL.g.weight" in to_official(random("bopbtl-mapping-scratch"))
        assert "NL_scale_2.F_Combine.bias" in to_official(random("bopbtl-mapping-patch"))
        assert "up_3.norm_s.mlp_shared.0.weight" in to_official(random("bopbtl-face"))
        assert "scale1_layer4.0.weight_u" in to_official(random("bopbtl-critic-mapping-sn"))

    def test_another_module_has_no_official_names(self) -> None:
        with pytest.raises(CheckpointError, match="Linear has no official names"):
            to_official(nn.Linear(1, 1))

    def test_tensors_of_no_network(self) -> None:
        with pytest.raises(CheckpointError, match=r"no known network: conv1\.weight"):
            from_official({"conv1.weight": torch.ones(1)})


class TestLoading:
    @pytest.mark.parametrize("name", ["net.pth", "net.pt", "net.safetensors", "net"])
    def test_a_file_a_text_path_and_a_mapping(self, tmp_path: Path, vae: dict[str, Tensor], name: str) -> None:
        path = tmp_path / name
        save_file(vae, path) if name.endswith("safetensors") else torch.save({"model_state": vae}, path)
        for source in (path, str(path), vae):
            network = load("bopbtl-vae", source)
            assert not network.training
            assert all(torch.equal(value, vae[key]) for key, value in to_official(network).items())

    def test_half_floats_become_floats(self, vae: dict[str, Tensor]) -> None:
        network = load("bopbtl-vae", {key: value.half() for key, value in vae.items()})
        for key, value in to_official(network).items():
            assert value.dtype == torch.float32
            assert torch.equal(value, vae[key].half().float())

    def test_the_mapping_given_is_not_shared(self, vae: dict[str, Tensor]) -> None:
        network = load("bopbtl-vae", vae)
        key = next(iter(vae))
        before = vae[key].clone()
        network.state_dict()[key].add_(1.0)
        assert torch.equal(vae[key], before)

    def test_a_file_that_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(CheckpointReadError, match="there is no checkpoint"):
            load("bopbtl-vae", tmp_path / "none.pth")

    def test_a_mapping_that_holds_more(self, vae: dict[str, Tensor]) -> None:
        with pytest.raises(CheckpointReadError, match="holds more than tensors: epoch"):
            load("bopbtl-vae", {**vae, "epoch": 3})  # type: ignore[dict-item]


class TestRefusals:
    @pytest.mark.parametrize("name", ["bopbtl-mapping-scratch", "bopbtl-face", "bopbtl-critic-mapping-sn"])
    def test_what_does_not_fit_is_named_as_the_release_names_it(self, name: str) -> None:
        network = random(name)
        theirs = to_official(network)
        first, second, third = list(theirs)[3], list(theirs)[7], list(theirs)[-1]
        damaged = dict(theirs)
        del damaged[first]
        damaged["NL.extra.weight"] = torch.ones(2)
        damaged[second] = damaged[second][None]
        before = numbers(network)
        with pytest.raises(CheckpointKeysError) as caught:
            fill(network, seen_as(name, damaged), name, renaming=NETWORKS[name].renaming)
        error = caught.value
        assert error.missing == (first,)
        assert error.surplus == ("NL.extra.weight",)
        shapes = f"{(1, *theirs[second].shape)} for {tuple(theirs[second].shape)}"
        assert error.misshapen == (f"{second} {shapes}",)
        assert all(word in str(error) for word in (name, first, second, "NL.extra.weight", "1 missing", "1 surplus"))
        assert third not in str(error)
        assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())

    def test_a_long_list_is_cut_in_the_message_and_whole_in_the_error(self, vae: dict[str, Tensor]) -> None:
        few = dict(list(vae.items())[:3])
        with pytest.raises(CheckpointKeysError, match=f"{len(vae) - 3} missing: .*, …") as caught:
            load("bopbtl-vae", few)
        assert caught.value.missing == tuple(vae)[3:]

    @pytest.mark.parametrize(
        ("given", "asked"),
        [
            ("bopbtl-mapping-quality", "bopbtl-vae"),
            ("bopbtl-mapping-scratch", "bopbtl-mapping-patch"),
            ("bopbtl-mapping-patch", "bopbtl-mapping-scratch"),
            ("bopbtl-face", "bopbtl-detection"),
            ("bopbtl-vae", "bopbtl-mapping-quality"),
            ("bopbtl-detection", "bopbtl-vae"),
            ("bopbtl-critic-mapping-sn", "bopbtl-critic-mapping"),
        ],
    )
    def test_a_checkpoint_of_another_network_is_recognised(self, given: str, asked: str) -> None:
        network = SMALL[asked]()
        with pytest.raises(CheckpointKeysError, match=f"it looks like one of {given}$"):
            fill(network, seen_as(asked, to_official(random(given))), asked, renaming=NETWORKS[asked].renaming)

    def test_no_hint_for_one_of_its_own(self, vae: dict[str, Tensor]) -> None:
        with pytest.raises(CheckpointKeysError) as caught:
            load("bopbtl-vae", dict(list(vae.items())[:-1]))
        assert "looks like" not in str(caught.value)

    def test_our_own_names_are_not_the_releases(self) -> None:
        theirs = to_official(random("bopbtl-mapping-scratch"))
        both = {**theirs, "attention.query.weight": theirs["NL.theta.weight"] + 1.0}
        for ask in (lambda: load("bopbtl-mapping-scratch", both), lambda: from_official(both)):
            with pytest.raises(CheckpointKeysError, match=r"1 surplus: attention\.query\.weight$"):
                ask()

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
    def test_numbers_that_are_none_are_named(self, vae: dict[str, Tensor], value: float) -> None:
        key = list(vae)[5]
        spoilt = vae[key].clone()
        spoilt.view(-1)[-1] = value
        with pytest.raises(
            CheckpointValuesError, match=f"NaN or infinity in 1 tensors: {key}; fetch it again"
        ) as caught:
            load("bopbtl-vae", {**vae, key: spoilt})
        assert caught.value.names == (key,)

    def test_doubles_too_large_for_floats_are_infinite(self, vae: dict[str, Tensor]) -> None:
        key = next(iter(vae))
        with pytest.raises(CheckpointValuesError, match=key):
            load("bopbtl-vae", {**vae, key: torch.full_like(vae[key], 1e300, dtype=torch.float64)})

    def test_a_refused_checkpoint_changes_nothing(self, vae: dict[str, Tensor]) -> None:
        network = Autoencoder()
        before = numbers(network)
        for tensors in ({**vae, list(vae)[-1]: torch.ones(1)}, {**vae, list(vae)[-1]: vae[list(vae)[-1]] / 0.0}):
            with pytest.raises(CheckpointError):
                fill(network, tensors, "bopbtl-vae")
        assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())

    def test_errors_are_value_errors(self) -> None:
        assert issubclass(CheckpointError, ValueError)
        assert issubclass(UnknownNetworkError, KeyError)
