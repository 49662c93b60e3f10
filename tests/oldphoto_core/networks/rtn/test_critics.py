"""The film discriminators: their patches, and their starting weights."""

import pytest
import torch

from oldphoto_core.networks.rtn.critics import FilmCritic, FilmCriticConfig

SMALL = FilmCriticConfig(widths=(4, 6, 5))


@torch.inference_mode()
def test_time_is_kept_and_each_layer_halves_the_frames() -> None:
    torch.manual_seed(0)
    assert FilmCritic(SMALL).eval()(torch.rand(2, 3, 3, 66, 34)).shape == (2, 3, 5, 8, 4)


@torch.inference_mode()
def test_normalised_layers_do_not_grow_with_their_weights() -> None:
    torch.manual_seed(0)
    critic, clip = FilmCritic(SMALL).eval(), torch.rand(1, 3, 3, 32, 32)
    before = critic(clip)
    for key, weight in critic.state_dict().items():
        if key.endswith("original"):
            weight.mul_(7.0)
    assert torch.allclose(critic(clip), before, atol=1e-6)


def test_starting_weights_are_small_and_verdicts_unbiased() -> None:
    torch.manual_seed(0)
    critic = FilmCritic()
    state = critic.state_dict()
    assert float(state["conv.8.bias"].abs().max()) == 0.0
    for key in ("conv.2.parametrizations.weight.original", "conv.8.weight"):
        assert float(state[key].std()) == pytest.approx(0.02, rel=0.02)


@pytest.mark.parametrize("widths", [(), (4,), (4, 0)])
def test_too_few_layers_or_none_wide_are_refused(widths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="need two layers or more"):
        FilmCriticConfig(widths=widths)
