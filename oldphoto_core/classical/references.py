"""Reference pictures: which ones are fit to be one, and the few numbers that are kept of each.

A reference is described once; its pixels are never needed again. The description holds no colour in what it is found
by (texture, lightness rank, place) and the colour apart, as what it gives.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import cv2
import numpy as np

from oldphoto_core.classical.regions import at_working_size, lab_of, segment, stretched_lightness
from oldphoto_core.classical.style_features import FEATURES, describe_regions
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.classical.style_tones import end_tones
from oldphoto_core.image import LUMA, Photo, check_photo, is_monochrome

_SMALLEST_SIDE_PX: Final = 256
_LARGEST_SIDE_PX: Final = 1024
_LEAST_SHARPNESS: Final = 0.12
_LEAST_RANGE: Final = 45.0
_MOST_LOST: Final = 0.35
_DECIMALS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRegion:
    """One region of a reference picture in numbers."""

    share: float
    """Share of the picture it covers, in (0, 1]."""

    features: tuple[float, ...]
    """Colour-free descriptor, laid out as in ``style_features``."""

    lab_mean: tuple[float, float, float]
    """Mean L*, a*, b*."""

    lab_spread: tuple[float, float, float]
    """Standard deviation of L*, a*, b*."""

    def __post_init__(self) -> None:
        """Refuse a descriptor of another length."""
        if len(self.features) != FEATURES:
            raise ValueError(f"expected {FEATURES} features, found {len(self.features)}; describe the reference again")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceStyle:
    """What is kept of a reference picture: a few kilobytes, no pixels."""

    reference_id: str
    """SHA-256 of the reference file, lower-case hex."""

    darkest: tuple[float, float, float]
    """R, G, B of its darkest tones, in [0, 1]."""

    lightest: tuple[float, float, float]
    """R, G, B of its lightest tones, in [0, 1]."""

    regions: tuple[ReferenceRegion, ...]
    """Its regions, from the top of the picture downwards; at least one."""

    def __post_init__(self) -> None:
        """Refuse a picture without regions."""
        if not self.regions:
            raise ValueError(f"reference {self.reference_id} has no regions; describe it again")

    def to_dict(self) -> dict[str, Any]:  # Any: the values are what JSON can hold
        """Return the description as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ReferenceStyle":  # Any: the values are what JSON can hold
        """Return the description that :meth:`to_dict` wrote, also after a trip through JSON.

        Raises:
            KeyError: A name is missing.
            ValueError: The numbers are not those of a description.
        """
        regions = tuple(
            ReferenceRegion(
                share=float(region["share"]),
                features=tuple(float(value) for value in region["features"]),
                lab_mean=_three(region["lab_mean"]),
                lab_spread=_three(region["lab_spread"]),
            )
            for region in values["regions"]
        )
        return cls(
            reference_id=str(values["reference_id"]),
            darkest=_three(values["darkest"]),
            lightest=_three(values["lightest"]),
            regions=regions,
        )


def describe_reference(photo: Photo, reference_id: str, settings: StyleSettings) -> ReferenceStyle:
    """Return the numbers to keep of a reference picture; the same picture and settings give the same numbers.

    Args:
        photo: The reference picture, at any size.
        reference_id: SHA-256 of its file.
        settings: The working size and the number of regions are taken from here.

    Raises:
        PhotoShapeError: The array is no photograph.
    """
    small = at_working_size(photo, settings.working_side_px)
    lab = lab_of(small)
    labels = segment(small, settings.regions)
    features = describe_regions(stretched_lightness(lab), labels)
    regions = []
    for name, row in enumerate(features):
        pixels = lab[labels == name].astype(np.float64)
        regions.append(
            ReferenceRegion(
                share=round(len(pixels) / labels.size, _DECIMALS),
                features=tuple(round(float(value), _DECIMALS) for value in row),
                lab_mean=_three(pixels.mean(axis=0)),
                lab_spread=_three(pixels.std(axis=0)),
            )
        )
    darkest, lightest = end_tones(small)
    return ReferenceStyle(
        reference_id=reference_id, darkest=_three(darkest), lightest=_three(lightest), regions=tuple(regions)
    )


def reference_verdict(photo: Photo) -> str | None:
    """Return why a picture is not fit to be a reference, or None if it is.

    Returns:
        ``"too-small"``: the shorter side is under 256 pixels. ``"monochrome"``: it has no colours to give.
        ``"badly-exposed"``: over 35 percent of it is black or white, or its L* spans less than 45. ``"blurred"``: next
        to no detail survives at the finest scale. None: a good reference.

    Raises:
        PhotoShapeError: The array is no photograph.
    """
    check_photo(photo)
    if min(photo.shape[:2]) < _SMALLEST_SIDE_PX:
        return "too-small"
    if is_monochrome(photo):
        return "monochrome"
    small = at_working_size(photo, _LARGEST_SIDE_PX)
    low, high = np.percentile(lab_of(small)[..., 0], (1.0, 99.0))
    lost = np.mean((small.max(axis=2) < 0.03) | (small.min(axis=2) > 0.985))
    if high - low < _LEAST_RANGE or lost > _MOST_LOST:
        return "badly-exposed"
    return "blurred" if _sharpness(small @ LUMA) < _LEAST_SHARPNESS else None


def _sharpness(grey: np.ndarray) -> float:
    """Return the detail lost to a 1 px blur as a share of that lost to a 4 px blur, at the strongest edges."""
    fine = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.0))
    coarse = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 4.0))
    strong = coarse >= np.percentile(coarse, 95.0)
    return float(fine[strong].mean() / max(float(coarse[strong].mean()), 1e-4))


def _three(values: Any) -> tuple[float, float, float]:  # noqa: ANN401 - numbers from JSON or NumPy alike
    """Return three rounded plain floats."""
    first, second, third = (round(float(value), _DECIMALS) for value in values)
    return first, second, third
