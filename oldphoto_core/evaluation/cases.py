"""The cases of an evaluation: which damage at which strength on which picture, each made again from its seed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from oldphoto_core.damage import DAMAGE_KINDS, STRUCTURED_KINDS, DamageKind
from oldphoto_core.errors import OldPhotoError
from oldphoto_core.evaluation.shape_cases import pasted_scratches
from oldphoto_core.image import Mask, Photo
from oldphoto_core.synthesis.drawn import drawn
from oldphoto_core.synthesis.mixture import Mixture, training_mixture
from oldphoto_core.synthesis.published_bopbtl import PublishedBopbtl
from oldphoto_core.synthesis.recipe import Recipe, age
from oldphoto_core.synthesis.shapes import ShapeBank
from oldphoto_core.synthesis.toning import TONES, Process, Toned

CaseKind = DamageKind | Literal["mixed", "published", "clean", "clean-toned", "scratch-shapes"]
"""One damage alone, several together, the degradation of the paper (Wan et al. 2020), none, none on a black-and-white
or toned print, or scratches of shapes that were drawn by no procedure and that nothing was trained on."""

Level = Literal["mild", "medium", "strong", "random", "none"]

SEVERITIES: Mapping[Level, float] = MappingProxyType({"mild": 0.25, "medium": 0.5, "strong": 0.75})
"""Severity asked for at each level. Structured kinds meet it on average only; tables show what it came to."""

SOUND_KINDS: tuple[CaseKind, ...] = ("clean", "clean-toned")
CASE_KINDS: tuple[CaseKind, ...] = (*DAMAGE_KINDS, "mixed", "published", *SOUND_KINDS, "scratch-shapes")
"""Every kind of case. New kinds come last: a kind's place here is part of its seed."""

SHAPE_KINDS: frozenset[CaseKind] = frozenset({"scratch-shapes"})
"""Kinds of cases that are drawn from given shapes."""

MARKED_KINDS: frozenset[CaseKind] = frozenset({*STRUCTURED_KINDS, "mixed", "scratch-shapes"})
"""Kinds of cases with damage that lies on some pixels and not on others."""

_PROCESSES: tuple[Process, ...] = tuple(TONES)
_SPREAD = 0.1  # severities of a mixture lie this far around that of its level
_PLAN, _PLACES = range(2)


class NoShapesError(OldPhotoError, ValueError):
    """A case asks for damage shapes and there are none."""


@dataclass(frozen=True, slots=True)
class Case:
    """One aged picture, not yet made."""

    picture: str
    """SHA-256 of the clean picture's file, in hexadecimal."""

    kind: CaseKind
    """What is done to it."""

    level: Level
    """How strongly; ``random`` where the kind draws it, ``none`` for the kinds without damage."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of an aged picture."""

    sound: Photo
    """The print as it was made, in [0, 1]: what a restorer should find again."""

    mask: Mask
    """Pixels on which structured damage can be seen."""

    severities: Mapping[DamageKind, float]
    """Severity of each of the twelve kinds, in [0, 1]."""

    seed: int
    """For methods that draw from chance."""


def kind_laid_on(kind: CaseKind) -> DamageKind | None:
    """Return the one kind of damage that a kind of case is; None if it is several, or none.

    Examples:
        >>> kind_laid_on("scratch-shapes"), kind_laid_on("mixed")
        ('scratch', None)
    """
    return "scratch" if kind == "scratch-shapes" else next((one for one in DAMAGE_KINDS if one == kind), None)


def levels_of(kind: CaseKind) -> tuple[Level, ...]:
    """Return the levels at which a kind of case is tried.

    Examples:
        >>> levels_of("noise"), levels_of("clean")
        (('mild', 'medium', 'strong'), ('none',))
    """
    if kind in SOUND_KINDS:
        return ("none",)
    return ("random",) if kind == "published" else tuple(SEVERITIES)


def cases_of(pictures: Sequence[str], kinds: Sequence[CaseKind] = CASE_KINDS) -> Iterator[Case]:
    """Give every case, picture after picture.

    Examples:
        >>> len(list(cases_of(["ab" * 32])))
        45
    """
    for picture in pictures:
        for kind in kinds:
            for level in levels_of(kind):
                yield Case(picture, kind, level)


def aged_case(photo: Photo, case: Case, *, seed: int, shapes: ShapeBank | None = None) -> tuple[Photo, Truth]:
    """Return the aged picture of a case and the truth about it.

    Args:
        photo: The clean picture; it is not changed.
        case: What to do to it.
        seed: Seed of the evaluation; with the case it decides everything, whichever other cases there are.
        shapes: Where ``scratch-shapes`` come from; the other kinds are drawn by procedure alone.

    Raises:
        NoShapesError: The case asks for shapes and there are none.
        PhotoShapeError: The picture is not float32 (H, W, 3), or holds NaN.
    """
    key = [seed, int(case.picture[:15], 16), CASE_KINDS.index(case.kind), int(100 * SEVERITIES.get(case.level, 0.0))]
    recipe = _recipe(case, np.random.default_rng([*key, _PLAN]), shapes or ShapeBank())
    aged = age(photo, recipe, np.random.default_rng([*key, _PLACES]))
    truth = Truth(
        sound=aged.sound,
        mask=aged.union_of_masks(),
        severities=aged.severity_of_every_kind(),
        seed=int(np.random.default_rng(key).integers(2**31)),
    )
    return aged.photo, truth


def _recipe(case: Case, rng: np.random.Generator, shapes: ShapeBank) -> Recipe:
    """Return what happens to the picture of a case."""
    if case.kind == "clean":
        return Recipe("clean", ())
    if case.kind == "clean-toned":
        process = _PROCESSES[int(rng.integers(len(_PROCESSES)))]
        return Recipe("clean-toned", (), (Toned(process=process, amount=float(rng.uniform(0.3, 0.9))),))
    if case.kind == "published":
        return Recipe("published", (PublishedBopbtl(grey_chance=0.0),))
    severity = SEVERITIES[case.level]
    if case.kind == "scratch-shapes":
        if not shapes.scratches:
            raise NoShapesError("scratch-shapes need shapes of scratches to draw from, found none")
        return Recipe("scratch-shapes", (pasted_scratches(shapes.scratches, severity, rng),))
    if case.kind == "mixed":
        # As in training, some of these prints are black and white, toned or vignetted from the start.
        mixture = Mixture(
            clean_share=0.0,
            single_share=0.0,
            published_share=0.0,
            severity=(severity - _SPREAD, severity + _SPREAD),
        )
        return training_mixture(int(rng.integers(2**31)), mixture)
    return Recipe(case.kind, (drawn(case.kind, severity, rng),))
