"""What one comparison of golden numbers found, and when it holds."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from oldphoto_core.errors import OldPhotoError

Unit = Literal["value", "pixels", "levels", "share"]
"""Of a difference: of network values, of pixels that differ, of grey levels, of the share of values that differ."""

ONE_LEVEL_SHARE = 0.001
"""Of 8-bit values that may differ by one level."""


class GoldenCaseError(OldPhotoError, ValueError):
    """A golden case cannot be compared: an array is missing, or of another shape or type."""


@dataclass(frozen=True, slots=True)
class Check:
    """One stored array against what was computed."""

    name: str
    """The array, as stored."""

    difference: float
    """The largest difference, NaN if either side holds any."""

    tolerance: float
    """How large it may be."""

    unit: Unit = "value"
    """What is counted."""

    @property
    def holds(self) -> bool:
        """Whether the difference is within the tolerance."""
        return self.difference <= self.tolerance

    @property
    def told(self) -> str:
        """The check as a few words.

        Examples:
            >>> Check("mask", 2.0, 5.0, "pixels").told
            'mask: 2 pixels, tolerance 5'
        """
        unit = "" if self.unit == "value" else f" {self.unit}"
        return f"{self.name}: {self.difference:.3g}{unit}, tolerance {self.tolerance:.3g}"


def check_values(name: str, stored: np.ndarray, computed: np.ndarray, tolerance: float) -> Check:
    """Return the largest absolute difference of two arrays of numbers.

    Raises:
        GoldenCaseError: The arrays are of different shapes or hold nothing.
    """
    _same_shape(name, stored, computed)
    return Check(name, float(np.abs(computed.astype(np.float64) - stored.astype(np.float64)).max()), tolerance)


def check_mask(name: str, stored: np.ndarray, computed: np.ndarray, pixels: int = 5) -> Check:
    """Return how many pixels of two masks differ; a probability may lie closer to the threshold than float32 can tell.

    Raises:
        GoldenCaseError: The arrays are of different shapes or hold nothing.
    """
    _same_shape(name, stored, computed)
    return Check(name, float(np.count_nonzero(stored != computed)), float(pixels), "pixels")


def check_picture(name: str, stored: np.ndarray, computed: np.ndarray) -> tuple[Check, Check]:
    """Return by how many levels two 8-bit pictures differ at most, and in which share of their values.

    Raises:
        GoldenCaseError: The arrays are of different shapes or hold nothing.
    """
    _same_shape(name, stored, computed)
    levels = np.abs(computed.astype(np.int64) - stored.astype(np.int64))
    return (
        Check(name, float(levels.max()), 1.0, "levels"),
        Check(name, float(np.count_nonzero(levels)) / levels.size, ONE_LEVEL_SHARE, "share"),
    )


def _same_shape(name: str, stored: np.ndarray, computed: np.ndarray) -> None:
    if stored.shape != computed.shape or stored.size == 0:
        raise GoldenCaseError(f"{name}: computed {computed.shape}, the file holds {stored.shape}")
    if stored.dtype.kind not in "fiub":
        raise GoldenCaseError(f"{name}: the file holds {stored.dtype}, expected numbers")
