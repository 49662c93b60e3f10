"""The shared layers against the same said in plain numbers."""

import torch
from torch import nn

from oldphoto_core.networks.blocks import ResidualBlock, initialise, residual_blocks


def reflect(x: torch.Tensor) -> torch.Tensor:
    """Mirror a map outwards by one place, without the border itself."""
    rows = [1, *range(x.shape[2]), x.shape[2] - 2]
    columns = [1, *range(x.shape[3]), x.shape[3] - 2]
    return x[:, :, rows][:, :, :, columns]


def convolved(x: torch.Tensor, layer: nn.Conv2d) -> torch.Tensor:
    x, weight = reflect(x), layer.weight.double()
    height, width = x.shape[2] - 2, x.shape[3] - 2
    total = layer.bias.double()[None, :, None, None].expand(len(x), -1, height, width).clone()  # type: ignore[union-attr]
    for row in range(3):
        for column in range(3):
            window = x[:, :, row : row + height, column : column + width]
            total += torch.einsum("oc,nchw->nohw", weight[:, :, row, column], window)
    mean = total.mean(dim=(2, 3), keepdim=True)
    variance = total.var(dim=(2, 3), keepdim=True, correction=0)
    return (total - mean) / torch.sqrt(variance + 1e-5)


def test_a_residual_block_is_two_normalised_convolutions_beside_what_came_in() -> None:
    torch.manual_seed(2)
    block = ResidualBlock(3).eval()
    x = torch.randn(2, 3, 5, 7)
    first, second = (layer for layer in block.conv_block if isinstance(layer, nn.Conv2d))
    expected = x.double() + convolved(convolved(x.double(), first).clamp(min=0), second)
    with torch.inference_mode():
        assert torch.allclose(block(x).double(), expected, atol=1e-5)
        assert (block(x) < 0).any()  # no activation after the sum


def test_blocks_are_as_many_as_asked_and_share_nothing() -> None:
    blocks = residual_blocks(2, 3)
    assert len({id(weight) for block in blocks for weight in block.parameters()}) == 3 * 4
    assert residual_blocks(2, 0) == []


def test_starting_weights_are_drawn_as_the_papers_do() -> None:
    module = nn.Sequential(
        nn.Conv2d(32, 64, 3), nn.ConvTranspose2d(64, 32, 3), nn.BatchNorm2d(4096), nn.InstanceNorm2d(4)
    )
    batch_norm = module[2]
    assert isinstance(batch_norm, nn.BatchNorm2d)
    nn.init.ones_(batch_norm.bias)
    initialise(module, torch.Generator().manual_seed(4))
    for layer, mean in ((module[0], 0.0), (module[1], 0.0), (batch_norm, 1.0)):
        assert isinstance(layer.weight, torch.Tensor)
        assert abs(float(layer.weight.detach().mean()) - mean) < 2e-3
        assert abs(float(layer.weight.detach().std()) - 0.02) < 1e-3
    assert not batch_norm.bias.any()


def test_starting_weights_follow_the_generator() -> None:
    drawn = []
    for seed in (1, 1, 2):
        module = nn.Conv2d(2, 2, 3)
        initialise(module, torch.Generator().manual_seed(seed))
        drawn.append(module.weight.detach().clone())
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
