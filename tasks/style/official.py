"""The published style networks with the weights of their authors, read from their one file."""

from pathlib import Path

import torch

from oldphoto_core.inference.style_official import OfficialStyle
from oldphoto_core.networks.mropm.merge import Merging
from oldphoto_core.networks.mropm.stylise import Stylization
from oldphoto_core.networks.registry import load


def official_style(checkpoint: Path, digest: str, side_px: int) -> OfficialStyle:
    """Return both networks as an engine, on the accelerator if there is one.

    Args:
        checkpoint: The authors' file as it is; it holds both.
        digest: SHA-256 of it.
        side_px: Longer side at which the networks see pictures.

    Raises:
        CheckpointError: It cannot be read, holds code, or does not fit.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    stylization, merging = load("mropm-stylization", checkpoint), load("mropm-merging", checkpoint)
    if not isinstance(stylization, Stylization) or not isinstance(merging, Merging):
        raise TypeError(f"expected Stylization and Merging, found {type(stylization)} and {type(merging)}")
    return OfficialStyle(
        stylization=stylization.to(device),
        merging=merging.to(device),
        weights_sha256=digest,
        side_px=side_px,
        device=device,
    )
