"""What stands side by side in the tables of modernizing: a method, and what it answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Photo

Weights = Float32[np.ndarray, "_ _ _"]
"""Share of each reference, and last of keeping its own style, at each place of the photograph at any working size."""


References = Sequence[Float32[np.ndarray, "_ _ 3"]]
"""Pictures in [0, 1], each of its own size."""


@dataclass(frozen=True, slots=True)
class StyleAnswer:
    """What a method makes of one photograph."""

    photo: Photo
    """The restyled photograph, in [0, 1], of the same size."""

    weights: Weights | None = None
    """Which reference served which place; None for methods that do not choose."""


@dataclass(frozen=True, slots=True)
class StyleMethod:
    """One column of the tables."""

    name: str
    """How it is named on the command line and in the tables."""

    about: str
    """One sentence for the reader of the tables."""

    answer: Callable[[Photo, References], StyleAnswer] = field(repr=False)
    """From an old photograph and its references to the answer."""

    settings: str = ""
    """Everything that decides its answers: settings, digests of weights. Answers are kept under it."""


@runtime_checkable
class Restyled(Protocol):
    """What a restyler gives back."""

    @property
    def photo(self) -> Photo:
        """The restyled photograph."""
        ...

    @property
    def weights(self) -> Float32[np.ndarray, "_ _ _"]:
        """Shares of the references, and last of keeping its own style; they add up to 1."""
        ...


@runtime_checkable
class Restyler(Protocol):
    """A learned engine that restyles a photograph by several references."""

    def apply(self, photo: Photo, references: References, *, strength: float = 1.0) -> Restyled:
        """Return the photograph in the style of its references."""
        ...
