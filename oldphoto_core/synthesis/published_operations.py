"""The operations that both published degradations are made of, on 8-bit pictures, each result cut down to 8 bits.

Sources: "Bringing Old Photos Back to Life", released training code, degradation of the VOC pictures; MROPM-Net (CVPR
2023), style-variant transform. Both draw from the same operations with other ranges. Arithmetic is on values in [0, 1];
a result is clipped to [0, 1] and truncated, not rounded, to 8 bits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import log2
from typing import Literal, Protocol, runtime_checkable

import cv2
import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image

from oldphoto_core.damage import DamageKind
from oldphoto_core.image import Bytes8
from oldphoto_core.synthesis.grain import NOISE_HALF
from oldphoto_core.synthesis.noise import gaussian
from oldphoto_core.synthesis.softness import BLUR_HALF, JPEG_HALF, LOW_RESOLUTION_HALF, table_scale, through_jpeg

KERNELS_PX = (3, 5, 7)
"""Sides of the blur's kernel."""

BLUR_SIGMA_PX = (1.0, 5.0)
"""Range of the blur's standard deviation."""

JPEG_QUALITY = (40, 100)
"""Range of the quality, both ends in it."""

Way = Literal["nearest", "bilinear"]

_FULL = np.float32(255.0)
_WAYS = {"nearest": Image.Resampling.NEAREST, "bilinear": Image.Resampling.BILINEAR}
_MID_GREY = 0.5  # tone at which noise that depends on the tone is judged


@runtime_checkable
class Operation(Protocol):
    """One operation with its drawn parameters."""

    def apply(self, pixels: Bytes8, rng: np.random.Generator) -> Bytes8:
        """Return the degraded picture; the one given is not changed."""
        ...

    def amount(self) -> tuple[DamageKind, float]:
        """Return the kind of damage and its amount, in units of the amount that is plainly visible."""
        ...


def truncated(values: Float32[np.ndarray, "H W 3"]) -> Bytes8:
    """Return values, clipped to [0, 1], as bytes, truncated.

    Examples:
        >>> truncated(np.array([[[0.999, 1.2, -0.5]]], np.float32)).tolist()
        [[[254, 255, 0]]]
    """
    return (np.clip(values, np.float32(0.0), np.float32(1.0)) * _FULL).astype(np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelBlur:
    """A Gaussian cut off at a small kernel."""

    side_px: int
    """Side of the kernel, odd."""

    sigma_px: float
    """Standard deviation of the Gaussian that fills it."""

    def apply(self, pixels: Bytes8, rng: np.random.Generator) -> Bytes8:  # noqa: ARG002 the form of every operation
        """Return the blurred picture; edges are mirrored without repeating the outermost pixel."""
        kernel = cv2.getGaussianKernel(self.side_px, self.sigma_px, cv2.CV_32F)
        # A hair is added before truncating: a flat picture must not lose a level to the rounding of the kernel's sum.
        soft = cv2.sepFilter2D(pixels, cv2.CV_32F, kernel, kernel, delta=1e-3, borderType=cv2.BORDER_REFLECT_101)
        return np.clip(soft, np.float32(0.0), _FULL, out=soft).astype(np.uint8)

    def amount(self) -> tuple[DamageKind, float]:
        """Return the standard deviation of the kernel as cut off."""
        at = np.arange(self.side_px) - self.side_px // 2
        kernel = cv2.getGaussianKernel(self.side_px, self.sigma_px, cv2.CV_64F)[:, 0]
        return "blur", float((kernel * at**2).sum() ** 0.5) / BLUR_HALF


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedNoise:
    """Gaussian noise, independent for each channel of each pixel."""

    sigma: float
    """Standard deviation, in [0, 1]."""

    def apply(self, pixels: Bytes8, rng: np.random.Generator) -> Bytes8:
        """Return the picture plus noise."""
        return truncated(_values(pixels) + np.float32(self.sigma) * gaussian(pixels.shape, rng))

    def amount(self) -> tuple[DamageKind, float]:
        """Return the standard deviation."""
        return "noise", self.sigma / NOISE_HALF


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeckleNoise:
    """Gaussian noise times the picture."""

    sigma: float
    """Standard deviation in white, in [0, 1]."""

    def apply(self, pixels: Bytes8, rng: np.random.Generator) -> Bytes8:
        """Return x + x n."""
        values = _values(pixels)
        return truncated(values + values * (np.float32(self.sigma) * gaussian(pixels.shape, rng)))

    def amount(self) -> tuple[DamageKind, float]:
        """Return the standard deviation in mid-grey."""
        return "noise", _MID_GREY * self.sigma / NOISE_HALF


@dataclass(frozen=True, slots=True, kw_only=True)
class SaltAndPepper:
    """Single values thrown to white or black."""

    share: float
    """Share of the values, each channel on its own, that are thrown, in [0, 1]."""

    salt: float
    """Share of white among them, in [0, 1]."""

    def apply(self, pixels: Bytes8, rng: np.random.Generator) -> Bytes8:
        """Return the picture with its salt and pepper."""
        hit = rng.random(pixels.shape, dtype=np.float32) < self.share
        noisy = pixels.copy()
        count = int(np.count_nonzero(hit))
        noisy[hit] = np.where(rng.random(count) < self.salt, np.uint8(255), np.uint8(0))
        return noisy

    def amount(self) -> tuple[DamageKind, float]:
        """Return the standard deviation in mid-grey, where each hit moves a value by one half."""
        return "noise", _MID_GREY * self.share**0.5 / NOISE_HALF


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallerAndBack:
    """A small copy enlarged again: bicubic with antialiasing down, as Pillow does it."""

    width: int
    """Width of the copy in pixels."""

    height: int
    """Height of the copy in pixels."""

    back: Way
    """How it is enlarged."""

    def apply(self, pixels: Bytes8, rng: np.random.Generator) -> Bytes8:  # noqa: ARG002 the form of every operation
        """Return the coarse picture."""
        small = Image.fromarray(pixels).resize((self.width, self.height), Image.Resampling.BICUBIC)
        return np.array(small.resize((pixels.shape[1], pixels.shape[0]), _WAYS[self.back]))

    def halvings(self, shape: tuple[int, int]) -> float:
        """Return the mean number of halvings of the two sides of a picture of that height and width."""
        return 0.5 * (log2(shape[0] / self.height) + log2(shape[1] / self.width))

    def amount(self) -> tuple[DamageKind, float]:
        """Return nothing: how coarse the copy is depends on the picture; see ``halvings``."""
        return "low-resolution", 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class JpegFile:
    """A JPEG file, written and read back."""

    quality: int
    """libjpeg quality."""

    def apply(self, pixels: Bytes8, rng: np.random.Generator) -> Bytes8:  # noqa: ARG002 the form of every operation
        """Return the picture as the file reads."""
        return through_jpeg(pixels, quality=self.quality)

    def amount(self) -> tuple[DamageKind, float]:
        """Return the scale of the quantisation tables."""
        return "jpeg-blocks", table_scale(self.quality) / JPEG_HALF


def amounts(operations: tuple[Operation, ...], shape: tuple[int, int]) -> dict[DamageKind, float]:
    """Return the summed amount of each kind, in units of what is plainly visible.

    Args:
        operations: What is done to a picture.
        shape: Its height and width in pixels.
    """
    total: dict[DamageKind, float] = {}
    for operation in operations:
        kind, amount = operation.amount()
        if isinstance(operation, SmallerAndBack):
            amount = operation.halvings(shape) / LOW_RESOLUTION_HALF
        total[kind] = total.get(kind, 0.0) + amount
    return total


def drawn_operations(
    shape: tuple[int, int],
    rng: np.random.Generator,
    *,
    chance: float,
    noise: Callable[[np.random.Generator], Operation],
) -> tuple[Operation, ...]:
    """Return blur, noise, low resolution and JPEG in random order, each there with a probability, parameters drawn.

    Args:
        shape: Height and width of the picture in pixels.
        rng: The source of chance.
        chance: Probability of each.
        noise: Draws the noise, in which alone the two papers' codes differ.
    """
    chosen = [number for number in rng.permutation(4).tolist() if rng.random() < chance]
    draw: tuple[Callable[[], Operation], ...] = (
        lambda: _drawn_blur(rng),
        lambda: noise(rng),
        lambda: drawn_smaller(shape, rng),
        lambda: JpegFile(quality=int(rng.integers(JPEG_QUALITY[0], JPEG_QUALITY[1] + 1))),
    )
    return tuple(draw[number]() for number in chosen)


def _drawn_blur(rng: np.random.Generator) -> KernelBlur:
    side = KERNELS_PX[int(rng.integers(len(KERNELS_PX)))]
    return KernelBlur(side_px=side, sigma_px=float(rng.uniform(*BLUR_SIGMA_PX)))


def drawn_smaller(shape: tuple[int, int], rng: np.random.Generator) -> SmallerAndBack:
    """Return a copy whose sides are drawn independently, each from half to the whole, enlarged in one of two ways."""
    height, width = shape
    new_width = int(rng.integers(max(1, width // 2), width + 1))
    new_height = int(rng.integers(max(1, height // 2), height + 1))
    way: Way = "nearest" if rng.random() < 0.5 else "bilinear"
    return SmallerAndBack(width=new_width, height=new_height, back=way)


def _values(pixels: UInt8[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W 3"]:
    """Return bytes as values in [0, 1]."""
    return pixels.astype(np.float32) * np.float32(1.0 / 255.0)
