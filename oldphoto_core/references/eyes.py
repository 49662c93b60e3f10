"""A describer made of eyes: each looks at the same view and gives vectors of length 1, which are laid end to end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from oldphoto_core.image import Photo
from oldphoto_core.references.described import Described, Vectors, region_colours, region_shares, unit_rows
from oldphoto_core.references.view import View, view_of


@runtime_checkable
class Eye(Protocol):
    """One way of looking at a picture."""

    @property
    def weights_sha256(self) -> str | None:
        """SHA-256 of the weights of its network; None if it has none."""
        ...

    def look(self, view: View) -> Vectors:
        """Return a vector of length 1 for each region, in order, and one for the whole picture as the last row."""
        ...


@dataclass(frozen=True, slots=True)
class SeenBy:
    """Describes pictures by what its eyes see, each with the same say."""

    name: str
    """Its name, as a set records it."""

    eyes: Sequence[Eye]
    """At least one; at most one of them has weights."""

    def __post_init__(self) -> None:
        """Refuse a describer that sees nothing, or whose weights one digest cannot name."""
        if not self.eyes or sum(eye.weights_sha256 is not None for eye in self.eyes) > 1:
            raise ValueError(f"{self.name} needs an eye or more, at most one of them with weights")

    @property
    def weights_sha256(self) -> str | None:
        """SHA-256 of the weights behind it; None if there are none."""
        return next((eye.weights_sha256 for eye in self.eyes if eye.weights_sha256 is not None), None)

    def describe(self, photo: Photo) -> Described:
        """Return a picture in numbers.

        Raises:
            PhotoShapeError: The array is no photograph.
        """
        view = view_of(photo)
        rows = unit_rows(np.concatenate([eye.look(view) for eye in self.eyes], axis=1))
        mean, spread = region_colours(view.lab, view.labels)
        return Described(
            labels=view.labels,
            shares=region_shares(view.labels),
            whole=rows[-1],
            regions=rows[:-1],
            lab_mean=mean,
            lab_spread=spread,
        )
