"""The guided mask weighs the history, not the frame."""

import torch
from torch import Tensor

from oldphoto_core.networks.rtn.gate import Gate


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(6))


@torch.inference_mode()
def test_a_mask_of_one_keeps_the_history_and_one_of_zero_the_frame() -> None:
    gate, history, frame = Gate(4, 3), drawn(1, 4, 6, 7), drawn(1, 3, 6, 7)
    gate.weigh.weight.zero_()
    for bias, expected in ((50.0, history), (-50.0, gate.project(frame))):
        gate.weigh.bias.fill_(bias)
        gated = gate(history, frame, drawn(1, 1, 6, 7))
        assert gated.mask.shape == (1, 1, 6, 7)
        assert torch.allclose(gated.features, expected, atol=1e-6)


@torch.inference_mode()
def test_the_first_frame_is_taken_as_it_is_under_the_mask_of_no_history() -> None:
    gate, frame = Gate(4, 3), drawn(1, 3, 6, 7)
    begun = gate.begin(frame)
    assert torch.equal(begun.features, gate.project(frame))
    assert torch.equal(begun.mask, gate(torch.zeros(1, 4, 6, 7), frame, torch.zeros(1, 1, 6, 7)).mask)
