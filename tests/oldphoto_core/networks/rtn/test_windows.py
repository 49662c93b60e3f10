"""Window attention against dense attention over the whole map, and SwinIR's own way of telling regions apart."""

import numpy as np
import pytest
import torch
from torch import Tensor

from oldphoto_core.networks.rtn import windows
from oldphoto_core.networks.rtn.windows import SwinBlock, apart, offset_numbers, regions

WINDOW, WIDTH, HEADS = 4, 6, 2


def block(*, shifted: bool, stored: int = 0) -> SwinBlock:
    torch.manual_seed(3)
    made = SwinBlock(WIDTH, HEADS, WINDOW, shifted=shifted, mlp_ratio=2.0, stored=stored).double()
    torch.nn.init.normal_(made.attn.relative_position_bias_table)
    return made


def given(height: int = 8, width: int = 12) -> Tensor:
    return torch.randn((2, height, width, WIDTH), generator=torch.Generator().manual_seed(4), dtype=torch.float64)


def attended_slowly(made: SwinBlock, x: np.ndarray) -> np.ndarray:
    """Return attention of each place of one map to those whose window, counted from the shift on, is the same."""
    height, width, channels = x.shape
    weight, bias = (one.detach().numpy() for one in (made.attn.qkv.weight, made.attn.qkv.bias))
    table = made.attn.relative_position_bias_table.detach().numpy().reshape(2 * WINDOW - 1, 2 * WINDOW - 1, HEADS)
    query, key, value = (
        part.reshape(-1, HEADS, channels // HEADS)
        for part in np.split(x.reshape(-1, channels) @ weight.T + bias, 3, axis=1)
    )
    places = [(row, column) for row in range(height) for column in range(width)]
    window = [((row - made.shift) // WINDOW, (column - made.shift) // WINDOW) for row, column in places]
    result = np.zeros_like(query)
    for one, (row, column) in enumerate(places):
        seen = [other for other in range(len(places)) if window[other] == window[one]]
        for head in range(HEADS):
            logits = np.array(
                [
                    query[one, head] @ key[other, head] / np.sqrt(channels / HEADS)
                    + table[row - places[other][0] + WINDOW - 1, column - places[other][1] + WINDOW - 1, head]
                    for other in seen
                ]
            )
            share = np.exp(logits - logits.max())
            result[one, head] = share @ value[seen, head] / share.sum()
    out = result.reshape(-1, channels) @ made.attn.proj.weight.detach().numpy().T
    return (out + made.attn.proj.bias.detach().numpy()).reshape(x.shape)


@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize("at_once", [2**24, 2 * WINDOW**4 * 4])
@torch.inference_mode()
def test_a_block_is_dense_attention_within_windows(
    at_once: int, monkeypatch: pytest.MonkeyPatch, *, shifted: bool
) -> None:
    """In one go, and four windows of twelve at a time."""
    monkeypatch.setattr(windows, "LOGITS_AT_ONCE", at_once)
    made, x = block(shifted=shifted), given()
    normed = made.norm1(x).numpy()
    attended = x + torch.from_numpy(np.stack([attended_slowly(made, one) for one in normed]))
    assert torch.allclose(made(x), attended + made.mlp(made.norm2(attended)), atol=1e-6)


@pytest.mark.parametrize("size", [(8, 8), (4, 12), (16, 8)])
def test_regions_are_those_that_slices_paint(size: tuple[int, int]) -> None:
    """SwinIR paints nine slices of the map, then cuts it into windows."""
    painted = np.zeros(size)
    slices = (slice(0, -WINDOW), slice(-WINDOW, -2), slice(-2, None))
    for number, (down, right) in enumerate((down, right) for down in slices for right in slices):
        painted[down, right] = number
    cut = painted.reshape(size[0] // WINDOW, WINDOW, size[1] // WINDOW, WINDOW).transpose(0, 2, 1, 3)
    ids = cut.reshape(-1, WINDOW * WINDOW)
    expected = np.where(ids[:, None, :] != ids[:, :, None], -100.0, 0.0)
    assert np.array_equal(apart(regions(size, WINDOW, 2)).numpy(), expected)


def test_offsets_are_numbered_row_by_row() -> None:
    """Swin: the difference of rows counts 2 w - 1 times that of columns."""
    assert offset_numbers(2).tolist() == [[4, 3, 1, 0], [5, 4, 2, 1], [7, 6, 4, 3], [8, 7, 5, 4]]


@torch.inference_mode()
def test_a_stored_mask_is_never_read() -> None:
    without, stored = block(shifted=True), block(shifted=True, stored=8)
    assert stored.attn_mask.shape == (4, 16, 16)
    assert "attn_mask" not in without.state_dict()
    stored.attn_mask.fill_(7.0)
    assert torch.equal(stored(given(8, 8)), without(given(8, 8)))
