"""Cases for modernizing whose truth is known: old photographs, their references, and which reference shows what.

Each starts from a clean square picture with regions. The old photograph is that picture after colours were changed; the
truth is the clean picture; references show its regions elsewhere (``style_shown``), or show other pictures. The old
photograph of a picture and kind is the same under every condition and number of references, so that these compare.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Int32

from oldphoto_core.errors import OldPhotoError
from oldphoto_core.evaluation.style_ageing import StyleKind, aged
from oldphoto_core.evaluation.style_labels import RegionLabels
from oldphoto_core.evaluation.style_shown import shown_elsewhere
from oldphoto_core.image import Photo

Condition = Literal["right", "missing", "shuffled", "unrelated"]
"""``right``: together the references show the whole photograph. ``missing``: one group of regions is shown by none.
``shuffled``: references made likewise of another photograph. ``unrelated``: whole other pictures, as unlike as any."""

CONDITIONS: tuple[Condition, ...] = ("right", "missing", "shuffled", "unrelated")

Owners = Int32[np.ndarray, "H W"]
"""Number of the reference that shows each pixel; -1 where none does."""

NOBODY = -1
MOST_REFERENCES = 3


class TooFewOthersError(OldPhotoError, ValueError):
    """A case needs more other pictures than it was given."""


@dataclass(frozen=True, slots=True)
class StyleCase:
    """One case, not yet made."""

    picture: str
    """SHA-256 of the clean picture's file, in hexadecimal."""

    kind: StyleKind
    """How its colours were changed."""

    references: int
    """Number of references, 1 to 3."""

    condition: Condition
    """What they show."""


@dataclass(frozen=True, slots=True)
class StyleSubject:
    """A clean picture, framed for a case."""

    photo: Photo
    """A square part of it: the truth."""

    labels: RegionLabels
    """The regions of that part."""

    beyond: Photo
    """Another square part of the same size, from the other end of the picture."""


@dataclass(frozen=True, slots=True)
class StyleOthers:
    """Other pictures of the set, of the same size."""

    stranger: StyleSubject
    """Whose references are given to the photograph when they are shuffled."""

    fillers: Sequence[Photo]
    """What surrounds the regions in references; three."""

    unrelated: Sequence[Photo]
    """Pictures that have nothing in common with the photograph; three."""


@dataclass(frozen=True, slots=True)
class StyleTruth:
    """An old photograph with its references, and what is true of them."""

    aged: Photo
    """The old photograph, in [0, 1]."""

    references: tuple[Photo, ...]
    """What it is given, in [0, 1], of its size."""

    clean: Photo
    """The photograph as it should look, in [0, 1]."""

    labels: RegionLabels
    """Its regions."""

    owners: Owners
    """Which reference shows each pixel."""


PLAN: tuple[tuple[StyleKind, int, Condition], ...] = (
    ("regions", 2, "right"),
    ("regions", 2, "shuffled"),
    ("regions", 2, "unrelated"),
    ("prints", 1, "right"),
    ("prints", 2, "right"),
    ("prints", 3, "right"),
    ("prints", 2, "missing"),
    ("prints", 2, "shuffled"),
    ("prints", 2, "unrelated"),
    ("whole", 1, "right"),
    ("whole", 3, "right"),
    ("whole", 3, "shuffled"),
    ("whole", 3, "unrelated"),
)
"""Kind, number of references and condition of the cases of each picture, in the order of the tables."""

_AGEING, _REFERENCES = range(2)


def style_cases_of(picture: str) -> tuple[StyleCase, ...]:
    """Return the cases of a picture.

    Examples:
        >>> len(style_cases_of("ab" * 32))
        13
    """
    return tuple(StyleCase(picture, kind, references, condition) for kind, references, condition in PLAN)


def made_style_case(case: StyleCase, subject: StyleSubject, others: StyleOthers, *, seed: int) -> StyleTruth:
    """Return the old photograph of a case, its references, and the truth.

    Args:
        case: Which case.
        subject: The clean picture; it is not changed.
        others: Other pictures, of the same size.
        seed: Seed of the evaluation; with the case it decides everything.

    Raises:
        TooFewOthersError: There are fewer than three fillers or unrelated pictures.
    """
    if min(len(others.fillers), len(others.unrelated)) < MOST_REFERENCES:
        found = f"{len(others.fillers)} and {len(others.unrelated)}"
        raise TooFewOthersError(f"expected {MOST_REFERENCES} fillers and unrelated pictures, found {found}")
    number = int(case.picture[:15], 16)
    old = aged(case.kind, subject.photo, subject.labels, np.random.default_rng([seed, number, _AGEING]))
    rng = np.random.default_rng([seed, number, _REFERENCES, case.references])
    references, owners = _references(case, subject, others, rng)
    return StyleTruth(old, references, subject.photo, subject.labels, owners)


def _references(
    case: StyleCase, subject: StyleSubject, others: StyleOthers, rng: np.random.Generator
) -> tuple[tuple[Photo, ...], Owners]:
    """Return the references of a case and who shows what."""
    nobody = np.full(subject.labels.shape, NOBODY, dtype=np.int32)
    if case.condition == "unrelated":
        return tuple(others.unrelated[: case.references]), nobody
    source = others.stranger if case.condition == "shuffled" else subject
    if case.kind == "whole":
        references, owners = _whole_references(source, others.fillers, case.references, rng)
    else:
        owners = _owners(source.labels, case.references, rng, missing=case.condition == "missing")
        references = _region_references(source.photo, owners, others.fillers, case.references, rng)
    return references, nobody if case.condition == "shuffled" else owners


def _owners(labels: RegionLabels, references: int, rng: np.random.Generator, *, missing: bool) -> Owners:
    """Return which reference shows each pixel: the regions, in drawn order, are dealt in runs of equal number.

    With fewer regions than references, some references show none. A group that is missing is one of the runs.
    """
    names = rng.permutation(int(labels.max()) + 1)
    groups = np.array_split(names, references + missing)
    owner_of = np.full(names.size, NOBODY, dtype=np.int32)
    for number, group in enumerate(groups[:references]):
        owner_of[group] = number
    return owner_of[labels]


def _region_references(
    photo: Photo, owners: Owners, fillers: Sequence[Photo], count: int, rng: np.random.Generator
) -> tuple[Photo, ...]:
    turns = int(rng.integers(4))
    return tuple(
        shown_elsewhere(photo, owners == number, fillers[number], rng, quarter_turns=turns) for number in range(count)
    )


def _whole_references(
    source: StyleSubject, fillers: Sequence[Photo], count: int, rng: np.random.Generator
) -> tuple[tuple[Photo, ...], Owners]:
    """Return another part of the same picture, at a drawn place among fillers: all is owed to that one."""
    place = int(rng.integers(count))
    beyond = np.ascontiguousarray(source.beyond[:, ::-1]) if rng.random() < 0.5 else source.beyond
    references = tuple(beyond if number == place else fillers[number] for number in range(count))
    return references, np.full(source.labels.shape, place, dtype=np.int32)
