"""A film network small enough for tests."""

import torch

from oldphoto_core.networks.rtn.branch import BranchConfig
from oldphoto_core.networks.rtn.film import FilmConfig, FilmRestorer
from oldphoto_core.networks.rtn.flow import FlowConfig

BRANCH = BranchConfig(state=4, width=8, depths=(2,), heads=2, window=4, stored_masks=0)
FLOW = FlowConfig(width=8, levels=2, radius=1, iterations=2)


def tiny_film(*, flow: FlowConfig | None = None, seed: int = 0) -> FilmRestorer:
    """Random weights; without a flow network the motion is OpenCV's."""
    torch.manual_seed(seed)
    return FilmRestorer(FilmConfig(branch=BRANCH, gate_width=3, flow=flow)).eval()
