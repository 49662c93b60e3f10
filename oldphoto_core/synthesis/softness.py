"""Lost detail: blur, low resolution, JPEG blocks.

Severities: ``blur`` has half at a Gaussian of 2 pixels; ``low-resolution`` counts halvings, log2 of the factor, with
half at one; ``jpeg-blocks`` counts the scale of the quantisation tables (1 at quality 50, the libjpeg rule), with
half at 2, which is quality 25.
"""

from dataclasses import dataclass
from math import log2

import cv2
import numpy as np

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Bytes8, Photo, from_bytes8, to_bytes8
from oldphoto_core.synthesis.effect import Effect, severity

BLUR_HALF = 2.0
"""Standard deviation in pixels of plainly visible blur."""

LOW_RESOLUTION_HALF = 1.0
"""Halvings of each side of a plainly low resolution."""

JPEG_HALF = 2.0
"""Scale of the quantisation tables that leaves plainly visible blocks."""


def table_scale(quality: int) -> float:
    """Return the factor by which libjpeg scales its quantisation tables at a quality from 1 to 100.

    Examples:
        >>> table_scale(50), table_scale(25), table_scale(100)
        (1.0, 2.0, 0.0)
    """
    return 50.0 / quality if quality < 50 else 2.0 - quality / 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Blur:
    """A lens or a hand that was not sharp: a round Gaussian."""

    sigma_px: float
    """Standard deviation in pixels of the scan."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:  # noqa: ARG002 the form of every step
        """Return the blurred photograph and the severity of blur; nothing is drawn from the generator."""
        soft = cv2.GaussianBlur(photo, (0, 0), self.sigma_px) if self.sigma_px > 0.0 else photo.copy()
        return Effect(soft, severities={"blur": severity(self.sigma_px, half=BLUR_HALF)})


@dataclass(frozen=True, slots=True, kw_only=True)
class LowResolution:
    """A small scan that was enlarged: area averaging down, bicubic back to the same size."""

    factor: float
    """How many times smaller each side once was, at least 1."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:  # noqa: ARG002 the form of every step
        """Return the coarse photograph and the severity of low resolution; nothing is drawn from the generator."""
        height, width = photo.shape[:2]
        small = (max(1, round(width / self.factor)), max(1, round(height / self.factor)))
        coarse = cv2.resize(
            cv2.resize(photo, small, interpolation=cv2.INTER_AREA), (width, height), interpolation=cv2.INTER_CUBIC
        )
        return Effect(
            np.clip(coarse, 0.0, 1.0),
            severities={"low-resolution": severity(log2(self.factor), half=LOW_RESOLUTION_HALF)},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JpegBlocks:
    """A JPEG file of the scan, written and read back for real, with colour at half resolution."""

    quality: int
    """libjpeg quality, 1 to 100."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:  # noqa: ARG002 the form of every step
        """Return the photograph as JPEG leaves it and the severity of its blocks; nothing is drawn.

        Raises:
            PhotoShapeError: The photograph is larger than a JPEG file can be.
        """
        blocky = from_bytes8(through_jpeg(to_bytes8(photo), quality=self.quality))
        return Effect(blocky, severities={"jpeg-blocks": severity(table_scale(self.quality), half=JPEG_HALF)})


def through_jpeg(pixels: Bytes8, *, quality: int) -> Bytes8:
    """Return a picture as a JPEG file of it reads, colour at half resolution.

    Args:
        pixels: The picture.
        quality: libjpeg quality, 1 to 100.

    Raises:
        PhotoShapeError: The picture is larger than a JPEG file can be.
    """
    turned = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    written, coded = cv2.imencode(".jpg", turned, [cv2.IMWRITE_JPEG_QUALITY, quality])
    read = cv2.imdecode(coded, cv2.IMREAD_COLOR) if written else None
    if read is None:
        raise PhotoShapeError(found=f"{pixels.shape}", expected="a size that JPEG can hold, at most 65535 a side")
    return np.asarray(cv2.cvtColor(read, cv2.COLOR_BGR2RGB))
