"""Modernizing real old photographs in colour, with the clean pictures that serve each best as references."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from oldphoto_core.diagnosis.toning import is_one_tone
from oldphoto_core.evaluation.style_alike import most_alike, sought_by
from oldphoto_core.evaluation.style_method import StyleMethod
from oldphoto_core.evaluation.style_real import RealScore, real_score
from oldphoto_core.image import Photo
from tasks.evaluation.data import CleanPicture, data_digest
from tasks.evaluation.ledger import digest_of
from tasks.evaluation.page import Strip
from tasks.evaluation.style_ledger import StyleLedger
from tasks.evaluation.style_pictures import StylePictures
from tasks.evaluation.style_run import StyleEvaluationSettings
from tasks.evaluation.style_strips import StripFolder
from tasks.version import code_version, library_versions


class RealRun:
    """An evaluation on real old photographs under way."""

    def __init__(
        self,
        settings: StyleEvaluationSettings,
        methods: Sequence[StyleMethod],
        ledger: StyleLedger,
        strips: StripFolder,
        references: StylePictures,
    ) -> None:
        self.settings, self.methods, self.ledger, self.strip_folder = settings, methods, ledger, strips
        self.references = references
        self.terms = {"data": data_digest(references.pictures), "code": code_version(), "libraries": library_versions()}
        self.scores: list[RealScore] = []
        self.tried = 0
        self.shown: list[tuple[CleanPicture, tuple[CleanPicture, ...]]] = []

    def carry_out(self, picture: CleanPicture) -> None:
        """Score every method on a photograph, unless it has no colours or there are as many as wanted."""
        if self.settings.pictures is not None and self.tried >= self.settings.pictures:
            return
        photo = picture.read(self.settings.real_px)
        if is_one_tone(photo):
            return
        self.tried += 1
        chosen = self._references(picture, photo)
        missing = [method for method in self.methods if self._is_missing(picture, method)]
        if missing:
            self._answer(picture, photo, [one.read(self.settings.real_px) for one in chosen], missing)
        known = (self.ledger.get(self._terms(picture, method)) for method in self.methods)
        self.scores += [RealScore(**one) for one in known if one is not None]
        if picture.may_be_shown:
            self.shown.append((picture, chosen))

    def strips(self) -> Iterator[Strip]:
        """Give every photograph that may be shown: as it is, its references, what each method made of it."""
        methods = [one.name for one in self.methods if one.name != "input"]
        for picture, chosen in self.shown:
            references = [f"reference-{k + 1}" for k in range(len(chosen))]
            may = all(one.may_be_shown for one in chosen)
            names = ["input", *(references if may else ()), *methods]
            shown = [picture, *(chosen if may else ())]
            yield self.strip_folder.strip(
                self._strip(picture), f"real old photograph, {picture.path.stem}", shown, names
            )

    def _is_missing(self, picture: CleanPicture, method: StyleMethod) -> bool:
        """Return whether a score, or small picture that may be shown, is not there yet."""
        if self.ledger.get(self._terms(picture, method)) is None:
            return True
        return picture.may_be_shown and not self.strip_folder.has(self._strip(picture), method.name)

    def _answer(
        self, picture: CleanPicture, photo: Photo, references: Sequence[Photo], methods: Sequence[StyleMethod]
    ) -> None:
        """Score methods on a photograph: small pictures first, scores last."""
        for method in methods:
            answer = method.answer(photo, references).photo
            if picture.may_be_shown:
                given = {f"reference-{k + 1}": one for k, one in enumerate(references)}
                self.strip_folder.keep(self._strip(picture), {"input": photo, method.name: answer} | given)
            score = real_score(picture.sha256, method.name, photo, answer, references)
            self.ledger.put(self._terms(picture, method), asdict(score))

    def _references(self, picture: CleanPicture, photo: Photo) -> tuple[CleanPicture, ...]:
        """Return the references of a photograph; for one that may be shown, from pictures that may be shown too."""
        pool = [one for one in self.references.pictures if one.may_be_shown or not picture.may_be_shown]
        pool = pool or self.references.pictures
        names = set(most_alike(sought_by(photo), [self.references.style(one) for one in pool]))
        return tuple(one for one in pool if one.sha256 in names)

    def _terms(self, picture: CleanPicture, method: StyleMethod) -> dict[str, Any]:
        own = {"real": picture.sha256, "method": method.name, "settings": method.settings}
        return self.terms | own | {"side_px": self.settings.real_px}

    def _strip(self, picture: CleanPicture) -> str:
        weights = [one.settings for one in self.methods]
        key = digest_of(self.terms | {"real": picture.sha256, "side": self.settings.real_px, "settings": weights})
        return f"real-{key}"
