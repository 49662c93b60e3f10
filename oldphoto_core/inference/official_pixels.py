"""Pictures in and out of the networks exactly as the authors' scripts handle them, quirks included.

What the released scripts of "Bringing Old Photos Back to Life" do to pixels before and after the networks, so that
results can be compared with theirs. Nothing here is how this project would do it: sides are rounded to what the
networks like, values are cut instead of rounded, and saved pictures have their contrast stretched.
"""

from typing import Literal

import cv2
import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from PIL import Image
from torch import Tensor

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Bytes8

DetectionSize = Literal["full_size", "scale_256"]
"""``full_size`` keeps the size but for rounding; ``scale_256`` makes the short side 256 pixels."""

DETECTION_STEP = 16
RESTORATION_STEP = 4
SHORT_SIDE = 256
DILATIONS = 3
"""How often the mask is grown by a pixel before patch attention fills the holes."""

SMALLEST_SPREAD = 1e-5


def rounded_side(side_px: float, step: int) -> int:
    """Return the nearest multiple of a step, halves to the even multiple.

    Raises:
        PhotoShapeError: The side rounds to nothing; the scripts crash there.

    Examples:
        >>> [rounded_side(side, 16) for side in (24.0, 40.0, 41.0)]
        [32, 32, 48]
    """
    rounded = round(side_px / step) * step
    if rounded < step:
        raise PhotoShapeError(found=f"a side of {side_px:g} pixels", expected=f"one that rounds to {step} or more")
    return rounded


def short_side_256(height: int, width: int) -> tuple[int, int]:
    """Return height and width with the short side 256 and the long one in proportion, a multiple of 16.

    Examples:
        >>> short_side_256(96, 128)
        (256, 336)
    """
    if width < height:
        return rounded_side(height / width * SHORT_SIDE, DETECTION_STEP), SHORT_SIDE
    return SHORT_SIDE, rounded_side(width / height * SHORT_SIDE, DETECTION_STEP)


def resized_for_detection(image: Bytes8, size: DetectionSize) -> UInt8[np.ndarray, "_ _ 3"]:
    """Return the picture as the scratch detector's script resizes it (bicubic); restoration goes on from this.

    Raises:
        PhotoShapeError: A side rounds to nothing.
    """
    height, width = image.shape[:2]
    if size == "scale_256":
        height, width = short_side_256(height, width)
    return _resized(image, height, width, step=DETECTION_STEP, method=Image.Resampling.BICUBIC)


def resized_for_restoration(image: Bytes8) -> UInt8[np.ndarray, "_ _ 3"]:
    """Return the picture with sides rounded to multiples of 4, by bilinear interpolation (``--test_mode Full``).

    Raises:
        PhotoShapeError: A side rounds to nothing.
    """
    height, width = image.shape[:2]
    return _resized(image, height, width, step=RESTORATION_STEP, method=Image.Resampling.BILINEAR)


def painted_white(image: Bytes8, mask: UInt8[np.ndarray, "H W"]) -> Bytes8:
    """Return the picture with the mask's pixels white; a mask between 0 and 255 blends, and fractions are cut off."""
    share = (mask / 255.0)[..., None]
    return (image * (1.0 - share) + share * 255.0).astype(np.uint8)


def grown(mask: UInt8[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W"]:
    """Return the mask grown by three pixels in all eight directions, as before patch attention (``--HR``)."""
    return np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8), iterations=DILATIONS))


def grey_tensor(image: Bytes8) -> Float[Tensor, "1 1 H W"]:
    """Return the picture in grey (ITU-R BT.601 luma, 8 bits) in [-1, 1]."""
    grey = np.asarray(Image.fromarray(image).convert("L"))
    return _signed(torch.from_numpy(grey.copy())[None, None])


def colour_tensor(image: Bytes8) -> Float[Tensor, "1 3 H W"]:
    """Return the picture in [-1, 1], channels first."""
    return _signed(torch.from_numpy(image.copy()).permute(2, 0, 1)[None])


def mask_tensor(mask: UInt8[np.ndarray, "H W"]) -> Float[Tensor, "1 1 H W"]:
    """Return the mask in [0, 1]; 1 is hole."""
    return torch.from_numpy(mask.copy())[None, None].float() / 255.0


def stretched(values: Float[Tensor, "1 C H W"]) -> UInt8[np.ndarray, "H W C"]:
    """Return values as 8 bits with the smallest at 0 and the largest at 255, over all channels together.

    The scripts save every picture so. Where all values are equal the result is black: a mask that is hole everywhere is
    saved as one without holes.
    """
    low, high = float(values.min()), float(values.max())
    spread = (values.float().cpu() - low) / max(high - low, SMALLEST_SPREAD)
    levels = (spread * 255.0 + 0.5).clamp(0.0, 255.0).to(torch.uint8)
    return levels[0].permute(1, 2, 0).numpy()


def as_array(values: Float[Tensor, "..."]) -> Float32[np.ndarray, "..."]:
    """Return a network's values as an array."""
    return values.float().cpu().numpy()


def _signed(levels: Tensor) -> Tensor:
    """Return 8-bit levels in [-1, 1], rounded in float32 as the scripts round."""
    return (levels.float() / 255.0 - 0.5) / 0.5


def _resized(
    image: Bytes8, height: int, width: int, *, step: int, method: Image.Resampling
) -> UInt8[np.ndarray, "_ _ 3"]:
    """Return the picture at a size rounded to multiples of a step; untouched if it has that size."""
    rounded = rounded_side(float(height), step), rounded_side(float(width), step)
    if rounded == image.shape[:2]:
        return image
    return np.asarray(Image.fromarray(image).resize((rounded[1], rounded[0]), method))
