"""Normalised weights computed once are those computed every time."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from oldphoto_core.networks.bopbtl.critics import CriticConfig, PatchCritic
from oldphoto_core.networks.bopbtl.faces import FaceConfig, FaceGenerator
from oldphoto_core.networks.registry import to_official
from oldphoto_core.networks.spectral import fold_spectral_norm


def random(network: nn.Module) -> nn.Module:
    """Return it in evaluation mode with vectors that are no longer those of the weight."""
    generator = torch.Generator().manual_seed(9)
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(torch.randn(weight.shape, generator=generator))
    return network.eval()


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        (FaceGenerator(FaceConfig(width=2, hidden=4)), (1, 3, 64, 64)),
        (PatchCritic(CriticConfig(width=4, spectral=True)), (1, 3, 64, 64)),
    ],
    ids=["face", "critic"],
)
def test_folding_changes_no_number(network: nn.Module, shape: tuple[int, ...]) -> None:
    network = random(network)
    x = torch.rand(shape, generator=torch.Generator().manual_seed(1)) * 2 - 1
    with torch.no_grad():
        before = leaves(network(x))
        stored = {key: value.clone() for key, value in to_official(network).items()}
        folded = fold_spectral_norm(network)
        after = leaves(folded(x))
    assert folded is network
    assert not any(parametrize.is_parametrized(layer) for layer in network.modules())
    for one, other in zip(before, after, strict=True):
        assert torch.allclose(one, other, rtol=1e-6, atol=1e-6)
    for key in [key for key in stored if key.endswith("weight_orig")]:
        name = key.removesuffix("_orig")
        u, v, weight = (stored[f"{name}_{part}"] for part in ("u", "v", "orig"))
        expected = weight / (u @ weight.flatten(1) @ v)
        assert any(
            torch.allclose(expected, got, rtol=1e-3) for got in network.parameters() if got.shape == weight.shape
        )


def leaves(result: Tensor | list[list[Tensor]]) -> list[Tensor]:
    return [result] if isinstance(result, Tensor) else [one for scale in result for one in scale]


def test_a_network_without_any_is_left_as_it_is() -> None:
    network = nn.Sequential(nn.Conv2d(1, 1, 1))
    before = network[0].weight
    assert fold_spectral_norm(network)[0].weight is before  # type: ignore[index]
