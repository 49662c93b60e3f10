"""What stands side by side in the tables: a method, what it is told, what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from jaxtyping import Float32
from numpy import ndarray

from oldphoto_core.damage import DamageKind, DamageReport
from oldphoto_core.evaluation.cases import Truth
from oldphoto_core.image import Mask, Photo

Likelihood = Float32[ndarray, "_ _"]
"""How sure a method is that a pixel is damaged, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method makes of one picture; what it does not do is None."""

    photo: Photo | None = None
    """The restored picture, in [0, 1], of the same size."""

    damaged: Likelihood | None = None
    """Where it sees structured damage."""

    maps: Mapping[DamageKind, Likelihood] = field(default_factory=dict)
    """Where it sees each kind, for those that it draws a map of its own of."""

    marked: Mask | None = None
    """The pixels it would fill; None takes those of a likelihood of 0.5 or more."""

    report: DamageReport | None = None
    """What it says is wrong."""


Role = Literal["whole", "part", "fill"]
"""``whole``: a method to compare with others; ``part``: the whole of ours with one part left out or put in another's
place; ``fill``: only the filling of the mask that was drawn without knowing the truth."""


@dataclass(frozen=True, slots=True)
class Method:
    """One column of the tables."""

    name: str
    """How it is named on the command line and in the tables."""

    about: str
    """One sentence for the reader of the tables: what it is, and what of the truth it is told."""

    answer: Callable[[Photo, Truth], Answer] = field(repr=False)
    """From an aged picture to the answer. The truth is handed in for methods that are told of it and say so."""

    settings: str = ""
    """Everything that decides its answers, in words: settings, digests of weights. Answers are kept under it."""

    most_pictures: int | None = None
    """A slow method answers for so many of the pictures only, the first ones; None is all."""

    role: Role = "whole"
    """In which tables it stands."""


def restorer(
    name: str, about: str, restore: Callable[[Photo, Truth], Photo], *, settings: str = "", most: int | None = None
) -> Method:
    """Return the method that only restores.

    Args:
        name: How it is named.
        about: One sentence for the reader.
        restore: From an aged picture, and the truth for those that are told of it, to the restored picture.
        settings: Everything that decides its answers.
        most: It answers for so many pictures only.
    """
    return Method(name, about, lambda photo, truth: Answer(photo=restore(photo, truth)), settings, most)
