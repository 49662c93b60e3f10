"""An evaluation under way: what is known, what is missing, which pictures are shown."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from oldphoto_core.evaluation.cases import CASE_KINDS, SHAPE_KINDS, Case, CaseKind, Level, aged_case, levels_of
from oldphoto_core.evaluation.intervals import RESAMPLES
from oldphoto_core.evaluation.method import Method, restorer
from oldphoto_core.evaluation.scores import Score, score
from oldphoto_core.image import Photo
from oldphoto_core.scan.pictures import SmallPhoto, write_access_jpeg
from oldphoto_core.synthesis.shapes import ShapeBank
from tasks.evaluation.data import CleanPicture
from tasks.evaluation.ledger import ScoreLedger, digest_of
from tasks.evaluation.page import Strip
from tasks.evaluation.shapes import shapes_digest
from tasks.version import code_version, library_versions

STRIPS = "strips"
STRIP_SIDE_PX = 240
STRIP_QUALITY = 82
SHOWN_LEVEL: Level = "medium"
FINE_KINDS: frozenset[CaseKind] = frozenset({"blur", "noise", "jpeg-blocks", "low-resolution", "dust", "published"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSettings:
    """What a person may choose about an evaluation."""

    pictures: int | None = None
    """So many clean pictures; None is all."""

    kinds: tuple[CaseKind, ...] = CASE_KINDS
    """Kinds of cases, in the order of the tables."""

    side_px: int = 512
    """Longer side of the pictures."""

    seed: int = 0
    """Decides damage, methods that draw from chance, and intervals."""

    resamples: int = RESAMPLES
    """Draws for each interval."""

    def __post_init__(self) -> None:
        """Refuse pictures too small to measure."""
        if self.side_px < 64 or (self.pictures is not None and self.pictures < 1) or self.seed < 0:
            raise ValueError(f"expected a side of 64 px or more, a picture or more, a seed from 0 on, found {self}")


class EvaluationRun:
    """An evaluation under way."""

    def __init__(
        self,
        settings: EvaluationSettings,
        methods: Sequence[Method],
        out: Path,
        pictures: Sequence[CleanPicture],
        shapes: ShapeBank,
    ) -> None:
        self.settings, self.methods, self.pictures, self.shapes = settings, methods, pictures, shapes
        self.shapes_digest = shapes_digest(shapes)
        self.ledger, self.folder = ScoreLedger(out), out / STRIPS
        self.shown = _shown(pictures, settings.kinds)
        self.scores: list[Score] = []
        self.made = 0

    def asked(self, number: int) -> list[Method]:
        """Return the methods that answer for the picture of this number."""
        return [one for one in self.methods if one.most_pictures is None or number < one.most_pictures]

    def missing(self, case: Case, methods: Sequence[Method]) -> list[Method]:
        """Return the methods whose score on a case, or small picture of it, is not there yet."""
        return [
            method
            for method in methods
            if self.ledger.get(self._terms(case, method)) is None
            or (self._is_shown(case, method) and not self._strip(case, method).exists())
        ]

    def carry_out(self, case: Case, photo: Photo, methods: Sequence[Method]) -> None:
        """Make what is missing of a case: small pictures first, scores last."""
        aged, truth = aged_case(photo, case, seed=self.settings.seed, shapes=self.shapes)
        for method in self.missing(case, methods):
            answer = method.answer(aged, truth)
            if self._is_shown(case, method):
                for which, picture in ((_AGED, aged), (_SOUND, truth.sound), (method, answer.photo)):
                    if picture is not None:
                        self._keep(_seen(picture, case), self._strip(case, which))
            self.ledger.put(self._terms(case, method), score(case, method.name, aged, truth, answer))
            self.made += 1

    def gather(self, case: Case, methods: Sequence[Method]) -> None:
        """Take the scores of a case from the ledger, in the order of the methods."""
        found = (self.ledger.get(self._terms(case, method)) for method in methods)
        self.scores += [one for one in found if one is not None]

    def strips(self) -> list[Strip]:
        """Return the pictures to show: the aged one, what each method made of it, the truth."""
        columns = [_AGED, *(one for one in self.methods if one.role == "whole" and one.name != _AGED.name), _SOUND]
        return [
            Strip(
                title=case.kind if case.level == "none" else f"{case.kind}, {case.level}",
                credit=f"{picture.name} ({picture.licence})",
                pictures=tuple(
                    (one.name, self._strip(case, one).read_bytes())
                    for one in columns
                    if self._strip(case, one).exists()
                ),
            )
            for case, picture in self.shown.items()
        ]

    def _is_shown(self, case: Case, method: Method) -> bool:
        """Return whether a small picture of what a method makes of a case stands on the page."""
        return case in self.shown and method.role == "whole"

    def _terms(self, case: Case, method: Method) -> dict[str, Any]:
        """Return everything that decides a score."""
        terms: dict[str, Any] = {} if case.kind not in SHAPE_KINDS else {"shapes": self.shapes_digest}
        return terms | {
            "case": asdict(case),
            "code": code_version(),
            "libraries": library_versions(),
            "method": method.name,
            "settings": method.settings,
            "seed": self.settings.seed,
            "side_px": self.settings.side_px,
        }

    def _strip(self, case: Case, method: Method) -> Path:
        """Return where a small picture lies; everything that decides it is in its name."""
        return self.folder / f"{case.kind}-{method.name}-{digest_of(self._terms(case, method))}.jpg"

    def _keep(self, picture: Photo, path: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_access_jpeg(picture, path, max_side_px=STRIP_SIDE_PX, quality=STRIP_QUALITY)


_AGED = restorer("input", "The aged picture as it is.", lambda photo, _: photo)
_SOUND = restorer("truth", "The sound picture.", lambda _, truth: truth.sound)


def _seen(photo: Photo, case: Case) -> SmallPhoto:
    """Return what is shown of a picture: its middle at full size for fine damage, which a small copy would hide."""
    if case.kind not in FINE_KINDS:
        return photo
    top, left = (max(0, (side - STRIP_SIDE_PX) // 2) for side in photo.shape[:2])
    return np.ascontiguousarray(photo[top : top + STRIP_SIDE_PX, left : left + STRIP_SIDE_PX])


def _shown(pictures: Sequence[CleanPicture], kinds: Sequence[CaseKind]) -> dict[Case, CleanPicture]:
    """Return the cases to show, one a kind, the pictures in turn; only those whose terms allow it."""
    free = [picture for picture in pictures if picture.may_be_shown]
    if not free:
        return {}
    in_turn = {kind: free[CASE_KINDS.index(kind) % len(free)] for kind in kinds}
    return {
        Case(picture.sha256, kind, SHOWN_LEVEL if SHOWN_LEVEL in levels_of(kind) else levels_of(kind)[0]): picture
        for kind, picture in in_turn.items()
    }
