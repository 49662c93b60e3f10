"""A restoration branch: its shapes, and what is not built."""

import pytest
import torch

from oldphoto_core.networks.rtn.branch import Branch, BranchConfig

SMALL = BranchConfig(state=4, width=8, depths=(2, 1), heads=2, window=4, stored_masks=0)


@torch.inference_mode()
def test_a_state_keeps_its_shape_and_no_masks_are_kept() -> None:
    branch = Branch(SMALL).eval()
    assert branch(torch.rand(2, 4, 16, 24)).shape == (2, 4, 16, 24)
    assert not [name for name in branch.state_dict() if "attn_mask" in name]
    assert [len(group.swin) for group in branch.layers] == [2, 1]


@torch.inference_mode()
def test_every_second_block_is_shifted() -> None:
    branch = Branch(BranchConfig(state=4, width=8, depths=(3,), heads=2, window=4, stored_masks=0))
    assert [made.shift for made in branch.layers[0].swin] == [0, 2, 0]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"width": 9, "heads": 3}, "width must be even"),
        ({"width": 8, "heads": 3}, "multiple of heads"),
        ({"window": 3}, "window even"),
        ({"stored_masks": 12}, "multiple of window"),
        ({"depths": ()}, "every size must be 1 or more"),
        ({"depths": (2, 0)}, "every size must be 1 or more"),
        ({"state": 0}, "every size must be 1 or more"),
    ],
)
def test_what_cannot_be_built_is_refused(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        BranchConfig(**wrong)  # type: ignore[arg-type]
