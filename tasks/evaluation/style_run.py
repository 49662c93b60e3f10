"""An evaluation of modernizing on made cases under way: what is known, what is missing, which cases are shown."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from oldphoto_core.evaluation.intervals import RESAMPLES
from oldphoto_core.evaluation.style_cases import PLAN, StyleCase, StyleTruth, made_style_case, style_cases_of
from oldphoto_core.evaluation.style_method import StyleAnswer, StyleMethod
from oldphoto_core.evaluation.style_scores import StyleScore, style_score
from oldphoto_core.image import Photo, is_monochrome
from tasks.evaluation.data import CleanPicture, data_digest
from tasks.evaluation.ledger import digest_of
from tasks.evaluation.page import Strip
from tasks.evaluation.style_ledger import StyleLedger
from tasks.evaluation.style_pictures import StylePictures
from tasks.evaluation.style_strips import STRIPS, StripFolder
from tasks.version import code_version, library_versions

TRUTH = "truth"


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleEvaluationSettings:
    """What a person may choose about an evaluation of modernizing."""

    pictures: int | None = None
    """So many clean pictures have cases, and so many real old ones are tried; None is all."""

    square_px: int = 256
    """Side of the pictures of cases, as in the published pairs."""

    real_px: int = 512
    """Longer side of real old photographs and their references."""

    seed: int = 0
    """Decides ageing, references and intervals."""

    resamples: int = RESAMPLES
    """Draws for each interval."""

    def __post_init__(self) -> None:
        """Refuse pictures too small to measure."""
        if min(self.square_px, self.real_px) < 32 or (self.pictures is not None and self.pictures < 1) or self.seed < 0:
            raise ValueError(f"expected sides of 32 px or more, a picture or more, a seed from 0 on, found {self}")


class StyleRun:
    """An evaluation on made cases under way."""

    def __init__(
        self,
        settings: StyleEvaluationSettings,
        methods: Sequence[StyleMethod],
        out: Path,
        pictures: Sequence[CleanPicture],
    ) -> None:
        self.settings, self.methods = settings, methods
        self.pictures = StylePictures(pictures, settings.square_px, settings.seed)
        self.chosen = list(pictures[: settings.pictures])
        self.ledger, self.strip_folder = StyleLedger(out), StripFolder(out / STRIPS)
        self.data = data_digest(pictures)
        self.shown = _shown(self.chosen)
        self.scores: list[StyleScore] = []
        self.without_colour: list[CleanPicture] = []

    def carry_out(self, picture: CleanPicture) -> None:
        """Make what is missing of a picture's cases and gather their scores; a picture without colours has none."""
        subject = self.pictures.subject(picture)
        if is_monochrome(subject.photo):
            self.without_colour.append(picture)
            return
        for case in style_cases_of(picture.sha256):
            if self._missing(case):
                others = self.pictures.made(self.pictures.others(picture))
                self._answer(case, made_style_case(case, subject, others, seed=self.settings.seed))
            known = (self.ledger.get(self._terms(case, method)) for method in self.methods)
            self.scores += [StyleScore(**one) for one in known if one is not None]

    def strips(self) -> list[Strip]:
        """Return the cases to show: the old photograph, what each method made of it, the truth, the references."""
        names = ["input", *(one.name for one in self.methods if one.name != "input"), TRUTH]
        return [self._strip_of(case, picture, names) for case, picture in self.shown.items()]

    def _strip_of(self, case: StyleCase, picture: CleanPicture, names: Sequence[str]) -> Strip:
        """Return the strip of a case; its references only where the terms of all that is in them allow it."""
        others = self.pictures.others(picture).all()
        may = all(one.may_be_shown for one in others)
        references = [f"reference-{k + 1}" for k in range(case.references)]
        title = f"{case.kind}, {case.references} references, {case.condition}"
        seen, asked = ([picture, *others], [*names, *references]) if may else ([picture], [*names])
        return self.strip_folder.strip(self._strip(case), title, seen, asked)

    def _missing(self, case: StyleCase) -> list[StyleMethod]:
        """Return the methods whose score on a case, or small picture of it, is not there yet."""
        return [
            one
            for one in self.methods
            if self.ledger.get(self._terms(case, one)) is None
            or (case in self.shown and not self.strip_folder.has(self._strip(case), one.name))
        ]

    def _answer(self, case: StyleCase, truth: StyleTruth) -> None:
        """Make what is missing of a case: small pictures first, scores last."""
        for method in self._missing(case):
            answer: StyleAnswer = method.answer(truth.aged, truth.references)
            if case in self.shown:
                given: dict[str, Photo] = {"input": truth.aged, TRUTH: truth.clean, method.name: answer.photo}
                given |= {f"reference-{k + 1}": one for k, one in enumerate(truth.references)}
                self.strip_folder.keep(self._strip(case), given)
            self.ledger.put(self._terms(case, method), asdict(style_score(case, method.name, truth, answer)))

    def _terms(self, case: StyleCase, method: StyleMethod) -> dict[str, Any]:
        """Return everything that decides a score; other pictures of the set are among its references."""
        return self._terms_of_case(case) | {"method": method.name, "settings": method.settings}

    def _terms_of_case(self, case: StyleCase) -> dict[str, Any]:
        return {
            "case": asdict(case),
            "code": code_version(),
            "libraries": library_versions(),
            "data": self.data,
            "seed": self.settings.seed,
            "square_px": self.settings.square_px,
        }

    def _strip(self, case: StyleCase) -> str:
        """Return the folder of a strip; everything that decides it but the methods is in its name."""
        weights = [one.settings for one in self.methods]
        terms = self._terms_of_case(case) | {"settings": weights}
        return f"{case.kind}-{case.references}-{case.condition}-{digest_of(terms)}"


def _shown(pictures: Sequence[CleanPicture]) -> dict[StyleCase, CleanPicture]:
    """Return the cases to show, one of each kind, the pictures in turn; only those whose terms allow it."""
    free = [one for one in pictures if one.may_be_shown]
    if not free:
        return {}
    in_turn = [free[number % len(free)] for number in range(len(PLAN))]
    return {StyleCase(one.sha256, *row): one for one, row in zip(in_turn, PLAN, strict=True)}
