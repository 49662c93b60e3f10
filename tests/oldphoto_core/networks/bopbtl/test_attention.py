"""Partial non-local attention against a soft-max over all places, written out."""

import pytest
import torch
from torch import Tensor

from oldphoto_core.networks.bopbtl import attention
from oldphoto_core.networks.bopbtl.attention import PartialNonLocal, attend, fuse, valid_places


def drawn(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def naive(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Return the answers one query at a time, in doubles."""
    rows = []
    for one in query.double():
        logits = [float(one @ other) for other in key.double()]
        weights = torch.tensor([logit - max(logits) for logit in logits], dtype=torch.float64).exp()
        rows.append((weights[:, None] * value.double()).sum(dim=0) / weights.sum())
    return torch.stack(rows)


@pytest.mark.parametrize("at_once", [1, 40, 41, 1000, 2**24])
def test_a_few_rows_at_a_time_are_exact(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(attention, "LOGITS_AT_ONCE", at_once)
    query, key, value = drawn(23, 8), drawn(40, 8, seed=2), drawn(40, 5, seed=3)
    assert torch.allclose(attend(query, key, value).double(), naive(query, key, value), atol=1e-5)


def test_large_products_do_not_overflow() -> None:
    query, key, value = 30.0 * drawn(6, 16), 30.0 * drawn(9, 16, seed=2), drawn(9, 4, seed=3)
    assert torch.allclose(attend(query, key, value).double(), naive(query, key, value), atol=1e-5)


def test_products_are_not_scaled() -> None:
    query, key, value = drawn(3, 64), drawn(5, 64, seed=2), drawn(5, 2, seed=3)
    scaled = naive(query / 8.0, key, value)
    assert float((attend(query, key, value).double() - scaled).abs().max()) > 0.1


def test_without_any_key_the_answer_is_zero() -> None:
    assert torch.equal(attend(drawn(3, 4), drawn(0, 4), drawn(0, 6)), torch.zeros(3, 6))


def masked(height: int, width: int) -> Tensor:
    mask = torch.zeros(1, 1, height, width)
    mask[:, :, 5:9, 8:20] = 1.0
    mask[:, :, 23, 30] = 1.0
    return mask


def test_a_place_is_valid_where_no_pixel_of_the_mask_reaches() -> None:
    mask = masked(24, 32)
    # Bilinear to a quarter takes pixels 4i + 1 and 4i + 2; nearest takes 4i.
    expected = torch.ones(1, 1, 6, 8)
    for row in range(6):
        for column in range(8):
            seen = mask[0, 0, 4 * row + 1 : 4 * row + 3, 4 * column + 1 : 4 * column + 3].any()
            expected[0, 0, row, column] = float(not seen and mask[0, 0, 4 * row, 4 * column] == 0)
    assert torch.equal(valid_places(mask, (6, 8)), expected)
    assert 0 < int(expected.sum()) < 48


def test_only_holes_are_filled_and_only_from_what_is_valid() -> None:
    torch.manual_seed(3)
    layer = PartialNonLocal(6, blocks=1).eval()
    x, mask = drawn(1, 6, 6, 8), masked(24, 32)
    valid = valid_places(mask, (6, 8))[0, 0] > 0
    with torch.inference_mode():
        result = layer(x, mask)
        query, key, value = (made(x)[0].flatten(1).T for made in (layer.query, layer.key, layer.value))
        seen = naive(query, key[valid.flatten()], value[valid.flatten()]).float().T.reshape(1, 6, 6, 8)
        expected = layer.blocks(layer.out(seen))
    assert torch.equal(result[:, :, valid], x[:, :, valid])
    assert torch.allclose(result[:, :, ~valid], expected[:, :, ~valid], atol=1e-4)
    assert not torch.allclose(result[:, :, ~valid], x[:, :, ~valid], atol=0.1)


def test_what_lies_in_holes_is_never_looked_at_by_others() -> None:
    torch.manual_seed(3)
    layer = PartialNonLocal(4, blocks=0).eval()
    x, mask = drawn(1, 4, 6, 8), masked(24, 32)
    hole = valid_places(mask, (6, 8))[0, 0] == 0
    one = torch.zeros_like(hole)
    one.view(-1)[int(hole.flatten().nonzero()[0])] = True
    other = x.clone()
    other[:, :, one] += 50.0
    with torch.inference_mode():
        assert torch.equal(layer(x, mask)[:, :, ~one], layer(other, mask)[:, :, ~one])


def test_pictures_of_a_batch_do_not_see_each_other() -> None:
    torch.manual_seed(3)
    layer = PartialNonLocal(4).eval()
    x = drawn(2, 4, 6, 8)
    mask = torch.cat([masked(24, 32), masked(24, 32).flip(2)])
    with torch.inference_mode():
        both = layer(x, mask)
        for number in range(2):
            alone = layer(x[number : number + 1], mask[number : number + 1])
            assert torch.allclose(both[number : number + 1], alone, atol=1e-5)


def test_all_hole_and_no_hole() -> None:
    torch.manual_seed(3)
    layer = PartialNonLocal(4).eval()
    x = drawn(1, 4, 6, 8)
    with torch.inference_mode():
        assert torch.equal(layer(x, torch.zeros(1, 1, 24, 32)), x)
        filled = layer(x, torch.ones(1, 1, 24, 32))
        nothing = layer.blocks(layer.out(torch.zeros_like(x)))
    assert torch.isfinite(filled).all()
    assert torch.allclose(filled, nothing, atol=1e-6)


def test_fusing_chooses() -> None:
    x, filled = drawn(1, 2, 3, 4), drawn(1, 2, 3, 4, seed=2)
    valid = (drawn(1, 1, 3, 4, seed=5) > 0).float()
    assert torch.equal(fuse(x, filled, valid), torch.where(valid > 0, x, filled))
