import pytest
import torch
from torch import nn

from oldphoto_core.networks.blocks import ResidualBlock
from oldphoto_core.networks.streaming.buffers import Workspace
from oldphoto_core.networks.streaming.layers import run
from oldphoto_core.networks.streaming.rows import Held

AMPLE, NONE = 2**26, 0


def layers_of(channels: int) -> nn.Sequential:
    torch.manual_seed(0)
    made = nn.Sequential(
        nn.ReflectionPad2d(3),
        nn.Conv2d(3, channels, 7),
        nn.InstanceNorm2d(channels),
        nn.ReLU(),
        nn.Conv2d(channels, channels, 4, stride=2, padding=1),
        nn.InstanceNorm2d(channels),
        ResidualBlock(channels),
        nn.Sequential(ResidualBlock(channels)),
        nn.ConvTranspose2d(channels, channels, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(channels, 3, 1),
        nn.Tanh(),
    )
    return made.requires_grad_(requires_grad=False)


@pytest.mark.parametrize("kept", [None, torch.float16])
@pytest.mark.parametrize("memory_bytes", [AMPLE, NONE])
def test_layers_in_strips_are_the_layers(memory_bytes: int, kept: torch.dtype | None) -> None:
    layers = layers_of(8)
    x = torch.randn(1, 3, 36, 28, generator=torch.Generator().manual_seed(1))
    space = Workspace(memory_bytes=memory_bytes, kept=kept)
    space.strip_bytes = 8 * 28 * 4 * 5
    result = run(layers, Held(x), space)
    rows = torch.cat([result.rows(start, stop) for start, stop in space.strips(result)], dim=2)
    torch.testing.assert_close(rows, layers(x), atol=1e-5 if kept is None else 2e-2, rtol=0.0)


def test_what_comes_in_is_not_written_into() -> None:
    x = torch.randn(1, 8, 12, 12, generator=torch.Generator().manual_seed(1))
    before = x.clone()
    run([ResidualBlock(8).requires_grad_(requires_grad=False)], Held(x), Workspace(memory_bytes=AMPLE))
    assert torch.equal(x, before)


def test_a_layer_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="a MaxPool2d cannot be run row by row"):
        run([nn.MaxPool2d(2)], Held(torch.zeros(1, 3, 8, 8)), Workspace(memory_bytes=AMPLE))


def test_a_strip_is_as_high_as_what_it_is_computed_from_allows() -> None:
    space = Workspace(memory_bytes=AMPLE)
    space.strip_bytes = 4 * 64 * 40 * 8
    narrow = run([nn.Conv2d(64, 3, 3, padding=1)], Held(torch.zeros(1, 64, 40, 40)), space)
    assert next(space.strips(narrow)) == (0, 8)
