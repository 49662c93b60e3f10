"""The pictures that modernizing is evaluated on: clean ones with their regions, and real old ones in colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from oldphoto_core.classical.references import ReferenceStyle, describe_reference
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.evaluation.style_alike import Sought, least_alike, sought_by
from oldphoto_core.evaluation.style_cases import MOST_REFERENCES, StyleOthers, StyleSubject
from oldphoto_core.evaluation.style_framing import framed
from oldphoto_core.evaluation.style_labels import RegionLabels, found_regions, tidy_labels
from oldphoto_core.image import Photo
from tasks.evaluation.data import CleanPicture, NoPicturesError

LABELS = "clean_labels"
LABEL_ENDINGS = ("__label.png", "__regions.png")
READ_PX = 1024
"""Longer side at which clean pictures are read."""

FEWEST = 2 + MOST_REFERENCES
"""A picture, another whose references it is given, and fillers."""

_CANDIDATES = 12
_KEPT = 48


@dataclass(frozen=True, slots=True)
class OtherPictures:
    """Which other pictures the cases of a picture use."""

    stranger: CleanPicture
    """Its references are given to the picture when they are shuffled."""

    fillers: tuple[CleanPicture, ...]
    """They surround the regions in references."""

    unrelated: tuple[CleanPicture, ...]
    """They have nothing in common with it."""

    def all(self) -> tuple[CleanPicture, ...]:
        """Return every one of them."""
        return (self.stranger, *self.fillers, *self.unrelated)


class StylePictures:
    """The clean pictures of a data folder as subjects of cases; the last ones read are kept."""

    def __init__(self, pictures: Sequence[CleanPicture], square_px: int, seed: int) -> None:
        """Keep the pictures.

        Args:
            pictures: All of the set, also those that no case is made of.
            square_px: Side of the pictures of cases.
            seed: Decides which other pictures are tried as unrelated ones.

        Raises:
            NoPicturesError: There are too few to make references of.
        """
        if len(pictures) < FEWEST:
            raise NoPicturesError(
                f"expected {FEWEST} clean pictures or more, to make references of, found {len(pictures)}"
            )
        self.pictures, self.square_px, self.seed = list(pictures), square_px, seed
        self.subject, self.others = lru_cache(_KEPT)(self._subject), lru_cache(_KEPT)(self._others)
        self._styles: dict[str, ReferenceStyle] = {}

    def _others(self, picture: CleanPicture) -> OtherPictures:
        """Return the other pictures of a picture's cases: those that follow it, and of twelve the three least alike.

        A picture that may be shown takes only such pictures, as far as there are enough, so that its strip may be too.
        """
        pool = [one for one in self.pictures if one.may_be_shown or not picture.may_be_shown]
        pool = pool if len(pool) >= 2 * FEWEST else self.pictures
        place = next(number for number, one in enumerate(pool) if one.sha256 == picture.sha256)
        following = [one for one in (*pool[place + 1 :], *pool[:place]) if one.sha256 != picture.sha256]
        stranger, fillers, rest = following[0], following[1 : 1 + MOST_REFERENCES], following[1 + MOST_REFERENCES :]
        rng = np.random.default_rng([self.seed, int(picture.sha256[:15], 16)])
        candidates = [rest[number] for number in rng.permutation(len(rest))[:_CANDIDATES]]
        candidates = candidates if len(candidates) >= MOST_REFERENCES else following
        sought: Sought = sought_by(self.subject(picture).photo)
        names = least_alike(sought, [self.style(one) for one in candidates], MOST_REFERENCES)
        by_name = {one.sha256: one for one in candidates}
        return OtherPictures(stranger, tuple(fillers), tuple(by_name[name] for name in names))

    def made(self, others: OtherPictures) -> StyleOthers:
        """Return other pictures as a case takes them."""
        return StyleOthers(
            stranger=self.subject(others.stranger),
            fillers=tuple(self.subject(one).beyond for one in others.fillers),
            unrelated=tuple(self.subject(one).photo for one in others.unrelated),
        )

    def style(self, picture: CleanPicture) -> ReferenceStyle:
        """Return what a picture is found by, and its style; described once."""
        if picture.sha256 not in self._styles:
            self._styles[picture.sha256] = describe_reference(picture.read(READ_PX), picture.sha256, StyleSettings())
        return self._styles[picture.sha256]

    def _subject(self, picture: CleanPicture) -> StyleSubject:
        photo = picture.read(READ_PX)
        return framed(photo, regions_of(picture, photo), self.square_px)


def regions_of(picture: CleanPicture, photo: Photo) -> RegionLabels:
    """Return the regions of a clean picture: as labelled beside it, else its segments."""
    path = labels_path(picture.path)
    if path is None:
        return found_regions(photo)
    raw = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return found_regions(photo) if raw is None else tidy_labels(np.asarray(raw), (photo.shape[0], photo.shape[1]))


def labels_path(picture: Path) -> Path | None:
    """Return where the labels of a clean picture lie: ``clean_labels`` beside ``clean``; None if there are none."""
    group = picture.parent.parent
    folder = group.parent / LABELS / picture.parent.name
    return next((path for end in LABEL_ENDINGS if (path := folder / f"{picture.stem}{end}").is_file()), None)
