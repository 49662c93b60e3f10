"""What takes the look of reference pictures to a photograph: one interface for the networks, ours and the published.

The classical engine needs no pictures, only the numbers kept of each (``classical.references``), and has its own way
through ``inference.style``; whatever the engine, the same checks and the same record follow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Photo

LearnedEngineName = Literal["own", "official"]
"""``own``: the project's compact network. ``official``: the published networks with their authors' weights."""

References = Sequence[Float32[np.ndarray, "_ _ 3"]]
"""Photographs, each of its own size."""

_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Restyled:
    """A photograph in the look of several references, and which of them served each place.

    Raises:
        PhotoShapeError: Weights and similarities are not of one grid, or the weights are no shares of one whole.
    """

    photo: Photo
    """The result, of the photograph's own size, unchecked."""

    weights: Float32[np.ndarray, "_ h w"]
    """Share of each of the K references in each place, in [0, 1], at the engine's working size; the last of the K + 1
    layers is the share in which the place keeps its own look. They add up to 1."""

    similarity: Float32[np.ndarray, "_ h w"]
    """How alike each of the K references is to each place, in [0, 1]."""

    def __post_init__(self) -> None:
        """Refuse shares that are none."""
        layers, grid = len(self.weights), self.weights.shape[1:]
        if self.similarity.shape != (layers - 1, *grid) or layers < 2:
            raise PhotoShapeError(
                found=f"weights {self.weights.shape}, similarities {self.similarity.shape}",
                expected="K + 1 layers of weights and K of similarities, K at least 1, on one grid",
            )
        total = self.weights.sum(axis=0)
        if float(self.weights.min()) < -_TOLERANCE or float(np.abs(total - 1.0).max()) > _TOLERANCE:
            raise PhotoShapeError(
                found=f"weights from {self.weights.min():.3f}, sums from {total.min():.3f} to {total.max():.3f}",
                expected="weights in [0, 1] that add up to 1 in each place",
            )


@runtime_checkable
class StyleEngine(Protocol):
    """Restyles, and says with which weights; it never judges what it did."""

    @property
    def name(self) -> LearnedEngineName:
        """Its name in the settings and in the catalog."""
        ...

    @property
    def weights_sha256(self) -> str:
        """Digest of the weights behind it."""
        ...

    def apply(self, photo: Photo, references: References, *, strength: float) -> Restyled:
        """Return the photograph in the look of the references; neither is changed.

        Args:
            photo: The photograph, at any size.
            references: At least one picture of any size.
            strength: Share of the way to go, in [0, 1].

        Returns:
            The result in a new array, which the caller may change.
        """
        ...
