"""In which numbers a translator may compute, measured on a small picture made by a formula."""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor

from oldphoto_core.networks.bopbtl.translate import Translator, prepared, translated
from oldphoto_core.networks.streaming.buffers import CPU, Workspace
from oldphoto_core.networks.streaming.precision import BFLOAT16, Choice, Precision, choose_precision
from oldphoto_core.networks.streaming.rows import Held

SIDE_PX = 128
"""Side of the picture: large enough for every part of every mapping."""

_MEMORY_BYTES = 2**28


def measured_precision(
    translator: Translator, *, candidates: Sequence[Precision] = (BFLOAT16,), device: torch.device = CPU
) -> Choice:
    """Return the first precision whose picture stays within 1/255 of that in float32, on average; else float32.

    The answer is the same at each call on one machine. It takes a few seconds and a copy of the weights.

    Args:
        translator: The networks, in float32; they stay as they are.
        candidates: What to try, the most wanted first.
        device: Where the networks will compute.
    """
    picture, mask = probe_picture()

    def run(precision: Precision) -> Tensor:
        space = Workspace(memory_bytes=_MEMORY_BYTES, dtype=precision.computed, device=device, kept=precision.kept)
        own = copy.deepcopy(translator)
        for network in (own.old, own.mapping, own.clean):
            prepared(network, space)
        holes = Held(mask.to(device)) if own.fills_holes else None
        with torch.inference_mode():
            clean = translated(own, Held(picture.to(device, space.dtype)), holes, space)
            return torch.cat([clean.rows(start, stop).float().cpu() for start, stop in space.strips(clean)], dim=2)

    return choose_precision(run, candidates)


def probe_picture() -> tuple[Tensor, Tensor]:
    """Return a picture in [-1, 1] with slopes, waves and edges, shape (1, 3, 128, 128), and holes, white in it."""
    down, across = torch.meshgrid(torch.arange(SIDE_PX), torch.arange(SIDE_PX), indexing="ij")
    checks = 0.3 * ((across // 16 + down // 16) % 2) - 0.15
    bands = [
        0.5 * torch.sin(across / 9 + down / 17 + band) + 0.3 * torch.cos(down / 5 * (1 + band / 3)) + checks
        for band in range(3)
    ]
    mask = torch.zeros(1, 1, SIDE_PX, SIDE_PX)
    mask[:, :, 8:, 60:66], mask[:, :, 40:80, 80:120] = 1.0, 1.0
    return torch.where(mask > 0.0, 1.0, torch.stack(bands)[None].clamp(-1.0, 1.0)), mask
