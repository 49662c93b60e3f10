"""Vision transformers as describers, for whoever has timm and can download their weights; not part of the install."""

import hashlib
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from oldphoto_core.references.errors import DescriberError
from oldphoto_core.references.token_eye import TokenEye

MODELS: Final = {"dinov2": "vit_small_patch14_dinov2.lvd142m", "clip": "vit_base_patch16_clip_224.openai"}
"""timm's name of each: DINOv2 (Oquab et al. 2023), CLIP (Radford et al. 2021)."""


def transformer_eye(name: str) -> TokenEye:
    """Return the eye of a transformer; its weights are downloaded by timm if they are not on this machine.

    Raises:
        DescriberError: timm is not installed, or has no such weights.
    """
    make = _timm_maker(name)
    try:
        network = make(MODELS[name], pretrained=True, num_classes=0, dynamic_img_size=True).eval()
    except (RuntimeError, OSError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise DescriberError(f"timm could not give the weights {MODELS[name]}: {reason}") from error
    said = network.pretrained_cfg
    prefix = int(network.num_prefix_tokens)

    def tokens(picture: Tensor) -> Tensor:
        found: Tensor = network.forward_features(picture)
        return found[:, prefix:]

    return TokenEye(
        tokens=tokens,
        patch_px=int(network.patch_embed.patch_size[0]),
        mean=tuple(said["mean"]),
        deviation=tuple(said["std"]),
        weights_sha256=_digest(network),
    )


def _timm_maker(name: str) -> Callable[..., Any]:  # Any: timm may not be there to type it
    try:
        return import_module("timm").create_model
    except ImportError as error:
        raise DescriberError(
            f"the describer {name!r} needs timm, which is not installed: pip install 'oldphoto[references]'. The "
            "describers together, own and measured need nothing more."
        ) from error


def _digest(network: torch.nn.Module) -> str:
    """Return a SHA-256 over the names and values of all tensors."""
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(f"{name} {tuple(value.shape)}\n".encode())
        digest.update(np.ascontiguousarray(value.detach().cpu().float().numpy()).data)
    return digest.hexdigest()
