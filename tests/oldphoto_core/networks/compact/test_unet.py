"""The networks of pictures: identity at first, any size, tiles that agree."""

import pytest
import torch

from oldphoto_core.networks.compact.mark_features import REACH_PX
from oldphoto_core.networks.compact.scratch_mask import RARE, ScratchMask, ScratchMaskConfig
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.compact.unet import UNetConfig

SMALL = UNetConfig(width=4, depth=2)
TOLD = UNetConfig(width=4, depth=2, told=("noise", "blur"))


def woken(network: torch.nn.Module) -> torch.nn.Module:
    """Give every layer weights that matter, the last one included."""
    torch.manual_seed(3)
    for value in network.parameters():
        torch.nn.init.normal_(value, 0.0, 0.2)
    return network.eval()


@pytest.mark.parametrize("size", [(1, 1), (7, 13), (32, 48)])
def test_untrained_it_changes_nothing_and_any_size_will_do(size: tuple[int, int]) -> None:
    photo = torch.rand(2, 3, *size)
    assert torch.equal(TextureRestorer(SMALL)(photo), photo)


def test_what_it_is_told_counts_in_the_order_of_its_kinds() -> None:
    photo, network = torch.rand(2, 3, 20, 24), woken(TextureRestorer(TOLD))
    assert torch.equal(TextureRestorer(TOLD)(photo, torch.rand(2, 2)), photo)
    noisy, blurred = torch.tensor([[0.8, 0.1]] * 2), torch.tensor([[0.1, 0.8]] * 2)
    with torch.inference_mode():
        answers = [network(photo, told) for told in (noisy, blurred, torch.cat([noisy[:1], blurred[:1]]))]
    assert not torch.allclose(answers[0], answers[1], atol=1e-2)
    torch.testing.assert_close(answers[2], torch.stack([answers[0][0], answers[1][1]]), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("config", "told"), [(TOLD, None), (TOLD, torch.zeros(1, 3)), (SMALL, torch.zeros(1, 2))], ids=str
)
def test_too_few_words_or_too_many_are_refused(config: UNetConfig, told: torch.Tensor | None) -> None:
    with pytest.raises(ValueError, match=r"expected the severities of .*, found \d numbers"):
        TextureRestorer(config)(torch.rand(1, 3, 8, 8), told)


def test_the_same_word_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="told must be different kinds"):
        UNetConfig(told=("noise", "noise"))


def test_masks_are_drawn_without_words() -> None:
    with pytest.raises(ValueError, match="from the picture alone"):
        ScratchMaskConfig(body=TOLD)


def test_untrained_the_mask_says_rare_everywhere() -> None:
    logits = ScratchMask(ScratchMaskConfig(kinds=("scratch", "dust"), body=SMALL))(torch.rand(1, 3, 20, 24))
    assert logits.shape == (1, 2, 20, 24)
    assert torch.equal(logits, torch.full_like(logits, RARE))


def test_the_shipped_sizes() -> None:
    def parameters(network: torch.nn.Module) -> int:
        return sum(value.numel() for value in network.parameters())

    assert 2.2e6 < parameters(TextureRestorer()) < 2.5e6
    assert 1.2e6 < parameters(ScratchMask()) < 1.4e6


@pytest.mark.parametrize("config", [SMALL, UNetConfig(width=4, depth=3), UNetConfig(width=3, depth=1, blocks=2)])
def test_nothing_beyond_its_reach_has_an_influence(config: UNetConfig) -> None:
    network = woken(TextureRestorer(config)).double()
    height, width = 16, 8 * config.reach_px
    photo = torch.rand(1, 3, height, width, dtype=torch.float64)
    middle = width // 2
    other = photo.clone()
    other[..., middle] = 1.0 - other[..., middle]
    with torch.inference_mode():
        moved = (network(photo) != network(other)).any(dim=(0, 1, 2)).nonzero().flatten()
    reached = max(middle - int(moved.min()), int(moved.max()) - middle)
    assert config.reach_px / 3 < reached <= config.reach_px


@pytest.mark.parametrize("kind", ["texture", "mask"])
def test_tiles_agree_away_from_their_borders(kind: str) -> None:
    network = woken(TextureRestorer(SMALL) if kind == "texture" else ScratchMask(ScratchMaskConfig(body=SMALL)))
    reach, stride = network.body.config.reach_px, SMALL.stride_px
    assert reach == SMALL.reach_px + (0 if kind == "texture" else REACH_PX)
    begin = 3 * stride
    photo = torch.rand(1, 3, 24, begin + 4 * reach)
    with torch.inference_mode():
        whole, tile = network(photo), network(photo[..., begin:])
    torch.testing.assert_close(whole[..., begin + reach :], tile[..., reach:], rtol=1e-5, atol=1e-5)
    assert not torch.allclose(whole[..., begin : begin + 4], tile[..., :4], atol=1e-3)


def test_a_body_without_channels_is_refused() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        UNetConfig(width=0)


def test_kinds_without_a_place_are_refused() -> None:
    with pytest.raises(ValueError, match="expected different kinds"):
        ScratchMaskConfig(kinds=("blur",))
    with pytest.raises(ValueError, match="expected different kinds"):
        ScratchMaskConfig(kinds=("dust", "dust"))
