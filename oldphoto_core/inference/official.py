"""One photograph through the networks exactly as the authors' scripts take it (Wan et al., CVPR 2020, released code).

Each function returns every stage, so that each can be compared with what the scripts compute. Between the stages lie
8-bit pictures: the scripts speak through files.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float32, UInt8
from torch import Tensor

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Bytes8
from oldphoto_core.inference import official_pixels as pixels

THRESHOLD = 0.4
"""Probability from which on a pixel is under a scratch."""


@runtime_checkable
class Autoencoder(Protocol):
    """A picture in [-1, 1] to a latent at a quarter of the size, and back."""

    def encode(self, x: Tensor) -> Tensor:
        """Return the latent of pictures (N, 3, H, W)."""
        ...

    def decode(self, z: Tensor) -> Tensor:
        """Return the pictures of a latent (N, 64, H/4, W/4)."""
        ...


@dataclass(frozen=True, slots=True)
class OfficialNetworks:
    """The three networks of a restoration, in evaluation mode, on one device."""

    old: Autoencoder
    """That of old photographs; its encoder is used (release: ``VAE_A``)."""

    mapping: Callable[..., Tensor]
    """From latent to latent; with scratches it is given the mask too."""

    clean: Autoencoder
    """That of clean photographs; its decoder is used (release: ``VAE_B``)."""

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    """Where they compute."""


@dataclass(frozen=True, slots=True)
class OfficialDetection:
    """What the scratch detector's script makes of a photograph, stage by stage."""

    resized: UInt8[np.ndarray, "H W 3"]
    """The photograph at the rounded size; restoration goes on from it."""

    grey_scaled: Float32[np.ndarray, "1 1 h w"]
    """What the network sees: grey in [-1, 1], the short side 256."""

    logits: Float32[np.ndarray, "1 1 h w"]
    """What the network says."""

    mask: UInt8[np.ndarray, "H W"]
    """The mask as saved, at the rounded size: 255 is scratch."""


@dataclass(frozen=True, slots=True)
class OfficialQuality:
    """What the restoration without scratches makes of a photograph, stage by stage."""

    resized: UInt8[np.ndarray, "H W 3"]
    """The photograph with sides that are multiples of 4."""

    net_output: Float32[np.ndarray, "1 3 H W"]
    """What the networks make of it, in [-1, 1]."""

    saved: UInt8[np.ndarray, "H W 3"]
    """The picture as saved, its contrast stretched."""


@dataclass(frozen=True, slots=True)
class OfficialScratch:
    """What the restoration with scratches makes of a photograph and its mask, stage by stage."""

    holed: UInt8[np.ndarray, "H W 3"]
    """The photograph with its holes painted white."""

    mask_used: Float32[np.ndarray, "1 1 H W"]
    """The mask that the mapping is given, in [0, 1]; 1 is hole."""

    net_output: Float32[np.ndarray, "1 3 H W"]
    """What the networks make of it, in [-1, 1]."""

    saved: UInt8[np.ndarray, "H W 3"]
    """The picture as saved, its contrast stretched."""


def official_mask(
    image: Bytes8,
    detector: Callable[[Tensor], Tensor],
    size: pixels.DetectionSize = "full_size",
    *,
    threshold: float = THRESHOLD,
    device: torch.device = torch.device("cpu"),  # noqa: B008 - immutable
) -> OfficialDetection:
    """Return the scratches of a photograph as the authors' script finds them.

    Whatever the size of the photograph, the network sees it with a short side of 256 pixels, scaled without a filter.

    Args:
        image: The photograph in 8-bit RGB.
        detector: Grey picture in [-1, 1] to logits.
        size: The size of the mask.
        threshold: Probability from which on a pixel counts.
        device: Where the detector computes.

    Raises:
        PhotoShapeError: A side rounds to nothing.
    """
    resized = pixels.resized_for_detection(image, size)
    height, width = resized.shape[:2]
    with torch.inference_mode():
        grey = pixels.grey_tensor(resized).to(device)
        scaled = F.interpolate(grey, pixels.short_side_256(height, width), mode="bilinear", align_corners=False)
        logits = detector(scaled)
        probability = F.interpolate(torch.sigmoid(logits), (height, width), mode="nearest")
        saved = pixels.stretched((probability >= threshold).float())
    return OfficialDetection(
        resized=resized,
        grey_scaled=pixels.as_array(scaled),
        logits=pixels.as_array(logits),
        mask=saved[..., 0],
    )


def official_quality(image: Bytes8, networks: OfficialNetworks) -> OfficialQuality:
    """Return a photograph restored as the authors' script does it without scratches.

    Args:
        image: The photograph in 8-bit RGB.
        networks: With the mapping that takes the latent alone.

    Raises:
        PhotoShapeError: A side rounds to nothing.
    """
    resized = pixels.resized_for_restoration(image)
    with torch.inference_mode():
        latent = networks.old.encode(pixels.colour_tensor(resized).to(networks.device))
        output = networks.clean.decode(networks.mapping(latent))
        saved = pixels.stretched((output + 1.0) / 2.0)
    return OfficialQuality(resized=resized, net_output=pixels.as_array(output), saved=saved)


def official_scratch(
    image: Bytes8, mask: UInt8[np.ndarray, "_ _"], networks: OfficialNetworks, *, hr: bool = False
) -> OfficialScratch:
    """Return a photograph restored as the authors' script does it with scratches.

    Args:
        image: The photograph in 8-bit RGB as the detection resized it; its sides are multiples of 4.
        mask: The mask as saved by the detection, 255 is hole.
        networks: With a mapping that takes latent and mask.
        hr: The mapping is the one with patch attention; the mask is grown first.

    Raises:
        PhotoShapeError: The mask is of another size, or the sides are no multiples of 4.
    """
    height, width = image.shape[:2]
    if mask.shape != (height, width):
        raise PhotoShapeError(
            found=f"a mask of {mask.shape}", expected=f"the size of the photograph, {(height, width)}"
        )
    if height % pixels.RESTORATION_STEP or width % pixels.RESTORATION_STEP:
        raise PhotoShapeError(found=f"a photograph of {(height, width)}", expected="sides that are multiples of 4")
    used = pixels.grown(mask) if hr else mask
    holed = pixels.painted_white(image, used)
    holes = pixels.mask_tensor(used)
    with torch.inference_mode():
        latent = networks.old.encode(pixels.colour_tensor(holed).to(networks.device))
        output = networks.clean.decode(networks.mapping(latent, holes.to(networks.device)))
        saved = pixels.stretched((output + 1.0) / 2.0)
    return OfficialScratch(
        holed=holed, mask_used=pixels.as_array(holes), net_output=pixels.as_array(output), saved=saved
    )
