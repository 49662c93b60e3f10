import pytest
import torch
import torch.nn.functional as F
from torch import nn

from oldphoto_core.networks.streaming.affine import Affine
from oldphoto_core.networks.streaming.convolution import Convolved, Doubled, convolved
from oldphoto_core.networks.streaming.rows import Changed, Held, Rows
from oldphoto_core.networks.streaming.scratch import Scratch
from oldphoto_core.networks.streaming.statistics import Moments


def in_strips(source: Rows, strip: int) -> torch.Tensor:
    starts = range(0, source.height, strip)
    return torch.cat([source.rows(start, min(start + strip, source.height)) for start in starts], dim=2)


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(1, 3, 11, 9, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("strip", range(1, 12))
@pytest.mark.parametrize("conv", [nn.Conv2d(3, 5, 3, padding=1), nn.Conv2d(3, 5, 1), nn.Conv2d(3, 5, 3)])
def test_a_convolution_in_strips_is_the_convolution(x: torch.Tensor, conv: nn.Conv2d, strip: int) -> None:
    torch.testing.assert_close(in_strips(Convolved(Held(x), conv), strip), conv(x))


@pytest.mark.parametrize("strip", range(1, 6))
def test_a_halving_convolution_in_strips_is_the_convolution(x: torch.Tensor, strip: int) -> None:
    conv = nn.Conv2d(3, 5, 4, stride=2, padding=1)
    torch.testing.assert_close(in_strips(Convolved(Held(x), conv), strip), conv(x))


@pytest.mark.parametrize("strip", range(1, 12))
@pytest.mark.parametrize("border", [1, 3])
def test_a_mirrored_border_is_that_of_reflection_pad(x: torch.Tensor, border: int, strip: int) -> None:
    conv = nn.Conv2d(3, 5, 2 * border + 1)
    expected = conv(nn.ReflectionPad2d(border)(x))
    torch.testing.assert_close(in_strips(Convolved(Held(x), conv, border), strip), expected)


@pytest.mark.parametrize("strip", range(1, 23))
def test_a_transposed_convolution_in_strips_is_the_whole(x: torch.Tensor, strip: int) -> None:
    conv = nn.ConvTranspose2d(3, 5, 4, stride=2, padding=1)
    torch.testing.assert_close(in_strips(Doubled(Held(x), conv), strip), conv(x))


@pytest.mark.parametrize("strip", [1, 2, 3, 4, 7, 64, 70])
@pytest.mark.parametrize("mirrored", [0, 1])
def test_the_faster_way_gives_the_same_numbers_with_either_border(mirrored: int, strip: int) -> None:
    draws = torch.Generator().manual_seed(1)
    x = torch.randn(1, 64, 70, 61, generator=draws)
    conv = nn.Conv2d(64, 96, 3, padding=0 if mirrored else 1)
    moments = Moments(64)
    moments.add(x)
    change = Affine.of(moments, 1e-5, torch.device("cpu"))
    for source in (Held(x), Changed(Held(x), change)):
        values = source.rows(0, 70)
        padded = F.pad(values, (1, 1, 1, 1), mode="reflect") if mirrored else values
        quick = convolved(source, conv, Scratch(), mirrored)
        assert quick.quick is not None
        torch.testing.assert_close(in_strips(quick, strip), conv(padded), atol=2e-5, rtol=0.0)


def test_rows_are_put_where_they_are_wanted(x: torch.Tensor) -> None:
    source = Convolved(Held(x), nn.Conv2d(3, 5, 3, padding=1))
    into = torch.zeros(1, 4, 9, 5).permute(0, 3, 1, 2)
    source.put(2, 6, into)
    assert torch.equal(into, source.rows(2, 6))
