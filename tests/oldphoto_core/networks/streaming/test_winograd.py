import pytest
import torch
import torch.nn.functional as F
from torch import nn

from oldphoto_core.networks.streaming.scratch import Scratch
from oldphoto_core.networks.streaming.winograd import Winograd, pays, tiled


def convolve(conv: nn.Conv2d, x: torch.Tensor, beyond: float = 0.0) -> torch.Tensor:
    height, width = x.shape[2] - 2, x.shape[3] - 2
    whole = torch.full((tiled(height), tiled(width), x.shape[1]), beyond)
    whole[: x.shape[2], : x.shape[3]] = x[0].permute(1, 2, 0)
    into = torch.full((height, width, conv.out_channels), torch.nan)
    Winograd(conv, Scratch()).put(whole, into)
    return into.permute(2, 0, 1)[None]


def error(result: torch.Tensor, conv: nn.Conv2d, x: torch.Tensor) -> float:
    assert conv.bias is not None
    exact = F.conv2d(x.double(), conv.weight.double(), conv.bias.double())
    return float(((result - exact).square().mean().sqrt() / exact.std()).detach())


@pytest.mark.parametrize("size", [(1, 1), (4, 4), (5, 9), (13, 30), (3, 801)])
@pytest.mark.parametrize("channels", [(3, 5), (70, 66)])
def test_it_is_the_convolution_at_any_size(channels: tuple[int, int], size: tuple[int, int]) -> None:
    conv = nn.Conv2d(*channels, 3)
    x = torch.randn(1, channels[0], size[0] + 2, size[1] + 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(convolve(conv, x), conv(x), atol=1e-5, rtol=0.0)


def test_rounding_errors_stay_at_a_millionth_of_the_result() -> None:
    conv = nn.Conv2d(512, 512, 3)
    x = torch.randn(1, 512, 18, 18, generator=torch.Generator().manual_seed(0)).relu()
    with torch.inference_mode():
        assert error(convolve(conv, x), conv, x) <= 2e-6


def test_what_lies_beyond_the_map_changes_nothing() -> None:
    conv = nn.Conv2d(4, 4, 3)
    x = torch.randn(1, 4, 9, 8, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(convolve(conv, x, beyond=100.0), convolve(conv, x), atol=1e-4, rtol=0.0)


def test_a_convolution_without_bias_has_none() -> None:
    conv = nn.Conv2d(4, 4, 3, bias=False)
    x = torch.randn(1, 4, 9, 8, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(convolve(conv, x), conv(x), atol=1e-5, rtol=0.0)


def test_turned_kernels_are_given_back_when_they_are_let_go() -> None:
    sizes: list[int] = []
    scratch = Scratch(sizes.append)
    for _ in range(2):
        quick = Winograd(nn.Conv2d(8, 4, 3), scratch)
        del quick
    assert sizes == [4 * 36 * 8 * 4]


@pytest.mark.parametrize(
    ("conv", "places", "expected"),
    [
        (nn.Conv2d(64, 64, 3), 4096, True),
        (nn.Conv2d(64, 64, 3, padding=1), 4096, True),
        (nn.Conv2d(64, 64, 3), 4095, False),
        (nn.Conv2d(64, 32, 3), 4096, False),
        (nn.Conv2d(64, 64, 3, stride=2), 4096, False),
        (nn.Conv2d(64, 64, 3, dilation=2), 4096, False),
        (nn.Conv2d(64, 64, 3, padding=2), 4096, False),
        (nn.Conv2d(128, 128, 3, groups=2), 4096, False),
        (nn.Conv2d(64, 64, 1), 4096, False),
        (nn.Conv2d(64, 64, 3, dtype=torch.bfloat16), 4096, False),
    ],
)
def test_it_is_used_where_it_pays(conv: nn.Conv2d, places: int, *, expected: bool) -> None:
    assert pays(conv, places) is expected
