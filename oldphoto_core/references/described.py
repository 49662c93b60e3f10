"""What is kept of a picture to find it, or others for it: vectors of the whole and of its regions, and their colours.

The vectors say what is seen and must not know the colours, which an old print has lost; the colours stand apart, as
what a reference gives. Whatever makes vectors stands behind one interface, so that a set names its maker and is asked
with the same.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from oldphoto_core.classical.regions import Lab, Labels
from oldphoto_core.image import Photo

Vectors = Float32[np.ndarray, "N D"]
"""One row of length 1 for each region or picture: their inner product is the cosine between them."""

_UNIT_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One picture in numbers."""

    labels: Labels
    """The region of each pixel at the working size, 0..N-1 from the top of the picture downwards."""

    shares: Float32[np.ndarray, " N"]
    """Share of the picture that each region covers; they add up to 1."""

    whole: Float32[np.ndarray, " D"]
    """Vector of the whole picture, of length 1."""

    regions: Float32[np.ndarray, "N D"]
    """Vector of each region, of length 1."""

    lab_mean: Float32[np.ndarray, "N 3"]
    """Mean L*, a*, b* of each region."""

    lab_spread: Float32[np.ndarray, "N 3"]
    """Standard deviation of L*, a*, b* of each region."""

    def __post_init__(self) -> None:
        """Refuse vectors whose inner products would be no cosines."""
        lengths = np.linalg.norm(np.concatenate([self.whole[None], self.regions]), axis=1)
        if not np.all(np.abs(lengths - 1.0) <= _UNIT_TOLERANCE):
            raise ValueError(f"expected vectors of length 1, found lengths {lengths.min():.4f} to {lengths.max():.4f}")


@runtime_checkable
class Describer(Protocol):
    """What makes the vectors."""

    @property
    def name(self) -> str:
        """Its name, as a set records it; another name or digest makes other vectors."""
        ...

    @property
    def weights_sha256(self) -> str | None:
        """SHA-256 of the weights of its network; None if it has none."""
        ...

    def describe(self, photo: Photo) -> Described:
        """Return a picture in numbers; the same picture gives the same numbers.

        Raises:
            PhotoShapeError: The array is no photograph.
        """
        ...


def unit_rows(values: Float32[np.ndarray, "N D"]) -> Vectors:
    """Return the rows scaled to length 1; a row of zeros becomes the first axis, which is as good as any.

    Examples:
        >>> unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]], dtype=np.float32)).round(2).tolist()
        [[0.6000000238418579, 0.800000011920929], [1.0, 0.0]]
    """
    values = values.astype(np.float32, copy=True)
    values[~values.any(axis=1), 0] = 1.0
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def region_colours(lab: Lab, labels: Labels) -> tuple[Float32[np.ndarray, "N 3"], Float32[np.ndarray, "N 3"]]:
    """Return mean and standard deviation of L*, a*, b* of each region.

    Args:
        lab: The picture in CIELAB at the size of the labels.
        labels: Its regions, 0..N-1, none empty.
    """
    flat = labels.ravel()
    areas = np.bincount(flat).astype(np.float64)
    planes = [lab[..., axis].ravel().astype(np.float64) for axis in range(3)]
    mean = np.stack([np.bincount(flat, weights=plane) / areas for plane in planes], axis=1)
    squares = np.stack(
        [np.bincount(flat, weights=(plane - mean[flat, axis]) ** 2) / areas for axis, plane in enumerate(planes)],
        axis=1,
    )
    return mean.astype(np.float32), np.sqrt(squares).astype(np.float32)


def region_shares(labels: Labels) -> Float32[np.ndarray, " N"]:
    """Return the share of the picture that each region covers.

    Examples:
        >>> region_shares(np.array([[0, 0, 1, 1]], dtype=np.int32)).tolist()
        [0.5, 0.5]
    """
    return (np.bincount(labels.ravel()) / labels.size).astype(np.float32)
