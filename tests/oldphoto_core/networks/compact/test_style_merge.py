"""The style network: what must hold whatever its weights are, and its codes against known transfers."""

import pytest
import torch

from oldphoto_core.networks.compact.style_codes import Looked, closed_form, codes_of
from oldphoto_core.networks.compact.style_field import apply_field
from oldphoto_core.networks.compact.style_merge import StyleConfig, StyleMerger
from oldphoto_core.networks.compact.style_statistics import cell_moments, mean_and_spread, opponent_matrix

SMALL = StyleConfig(half=4, quarter=6, eighth=8, key=4, overall=4, depth=3, textured=True)
PARAMETERS = 1_000_000


def network(config: StyleConfig = SMALL) -> StyleMerger:
    """Return a network whose last layers do something."""
    chance = torch.Generator().manual_seed(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        found = StyleMerger(config)
    for weight in (found.last.weight, found.trust.weight):
        weight.data = torch.randn(weight.shape, generator=chance)
    return found.eval()


def pictures(*shape: int) -> torch.Tensor:
    coarse = torch.rand(*shape[:-2], 5, 5, generator=torch.Generator().manual_seed(len(shape) + shape[0]))
    flat = coarse.flatten(0, -4) if coarse.ndim > 4 else coarse
    return torch.nn.functional.interpolate(flat, size=shape[-2:], mode="bicubic").clamp(0.0, 1.0).reshape(shape)


def test_untrained_it_changes_nothing() -> None:
    photo, references = pictures(2, 3, 32, 40), pictures(2, 2, 3, 32, 40)
    with torch.inference_mode():
        assert torch.equal(StyleMerger(SMALL)(photo, references), photo)


def test_the_default_is_small() -> None:
    assert sum(weight.numel() for weight in StyleMerger().parameters()) < PARAMETERS


def test_shares_are_shares() -> None:
    with torch.inference_mode():
        field, codes = network().styled(pictures(2, 3, 32, 40), pictures(2, 3, 3, 32, 40))
    assert field.weights.shape == (2, 4, 8, 10)
    torch.testing.assert_close(field.weights.sum(dim=1), torch.ones(2, 8, 10))
    assert float(field.weights.min()) >= 0.0
    assert 0.0 <= float(field.similarity.min()) <= float(field.similarity.max()) <= 1.0 + 1e-6
    torch.testing.assert_close(codes.attention.sum(dim=-1), torch.ones(codes.attention.shape[:-1]))


def test_the_order_of_references_does_not_matter() -> None:
    made, photo, references = network(), pictures(1, 3, 32, 32), pictures(1, 3, 3, 32, 32)
    order = torch.tensor([2, 0, 1])
    with torch.inference_mode():
        one, other = made.styled(photo, references)[0], made.styled(photo, references[:, order])[0]
    torch.testing.assert_close(other.grid, one.grid, atol=1e-5, rtol=0.0)
    torch.testing.assert_close(other.weights[:, :-1], one.weights[:, order], atol=1e-5, rtol=0.0)
    torch.testing.assert_close(other.weights[:, -1], one.weights[:, -1], atol=1e-5, rtol=0.0)


def test_a_reference_given_twice_is_one_reference() -> None:
    made, photo, reference = network(), pictures(1, 3, 32, 32), pictures(1, 1, 3, 32, 32)
    with torch.inference_mode():
        once = made(photo, reference)
        torch.testing.assert_close(made(photo, reference.repeat(1, 3, 1, 1, 1)), once, atol=1e-5, rtol=0.0)
        assert float((once - photo).abs().max()) > 0.01


def test_references_that_are_not_there_do_not_matter() -> None:
    made, photo, references = network(), pictures(2, 3, 32, 32), pictures(2, 3, 3, 32, 32)
    present = torch.tensor([[True, False, True], [False, False, False]])
    with torch.inference_mode():
        found = made(photo, references, present)
        torch.testing.assert_close(found[:1], made(photo[:1], references[:1, ::2]), atol=1e-5, rtol=0.0)
    torch.testing.assert_close(found[1], photo[1])


def test_one_photograph_with_references_of_its_size_is_a_batch_of_one() -> None:
    made, photo, references = network(), pictures(1, 3, 32, 40), pictures(1, 2, 3, 32, 40)
    with torch.inference_mode():
        alone = apply_field(photo, made.field(photo, list(references.unbind(dim=1))))
        torch.testing.assert_close(alone, made(photo, references), atol=1e-5, rtol=0.0)
        other_size = made.field(photo, [references[:, 0], pictures(1, 3, 16, 56)])
    assert other_size.similarity.shape == (1, 2, 4, 5)


def test_matching_sees_no_colour() -> None:
    made, photo, references = network(), pictures(1, 3, 32, 32), pictures(1, 1, 3, 32, 32)
    grey = (photo * torch.tensor([0.2126, 0.7152, 0.0722])[:, None, None]).sum(dim=1, keepdim=True)
    with torch.inference_mode():
        one = made.styled(photo, references)[1]
        other = made.styled(grey.expand(-1, 3, -1, -1), references)[1]
    torch.testing.assert_close(other.attention, one.attention, atol=1e-4, rtol=0.0)


def looked(photo: torch.Tensor, keys: torch.Tensor) -> Looked:
    moments = cell_moments(photo).flatten(2).transpose(-1, -2)
    return Looked(torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 4, 4), keys, moments, torch.zeros(1, 1))


def test_the_closed_form_over_the_whole_is_the_transfer_of_reinhard() -> None:
    photo, reference = 0.4 * pictures(1, 3, 32, 32) + 0.3, pictures(1, 3, 3, 32, 32)[:, 0]
    keys = torch.nn.functional.normalize(torch.rand(1, 2, 16, 4, generator=torch.Generator().manual_seed(1)), dim=-1)
    codes = codes_of(looked(photo, keys), looked(reference, keys), torch.tensor([8.0, 24.0]))
    share, widening = torch.zeros(1, 3, 16), torch.ones(1, 3, 16)
    share[:, -1] = 1.0
    numbers = closed_form(codes, share, widening)[0, :, 0]
    matrix = torch.eye(3) + numbers[:9].reshape(3, 3)
    after = torch.einsum("dc,nchw->ndhw", matrix, photo) + numbers[9:, None, None]
    wanted, found = (mean_and_spread(cell_moments(one).mean(dim=(2, 3))) for one in (reference, after))
    torch.testing.assert_close(found[0], wanted[0], atol=1e-4, rtol=0.0)
    spread = torch.einsum("dc,nchw->ndhw", opponent_matrix(photo), reference).std(dim=(2, 3), correction=0)
    assert float(spread.min()) > 0.03, "the bounds on spreads were not met by chance"
    torch.testing.assert_close(found[1], wanted[1], atol=0.01, rtol=0.1)


def test_sharp_attention_brings_over_the_very_cell() -> None:
    photo, keys = pictures(1, 3, 32, 32), torch.eye(16).expand(1, 2, 16, 16)
    moved = torch.roll(torch.eye(16), 5, dims=0).expand(1, 2, 16, 16)
    codes = codes_of(looked(photo, keys), looked(photo, moved), torch.tensor([500.0, 500.0]))
    cells = mean_and_spread(cell_moments(photo).flatten(2).transpose(-1, -2))[0]
    torch.testing.assert_close(codes.own[0][:, 0], cells, atol=1e-5, rtol=0.0)
    torch.testing.assert_close(codes.theirs[0][:, 0], torch.roll(cells, -5, dims=1), atol=1e-5, rtol=0.0)


@pytest.mark.parametrize("changes", [{"key": 0}, {"depth": 1}])
def test_a_network_without_numbers_is_refused(changes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        StyleConfig(**changes)
