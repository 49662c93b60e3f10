"""Measure methods for film on made clips of held-out photographs, and show them on real film."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from oldphoto_core.evaluation.film_cases import KINDS, FilmCases, FilmKind
from oldphoto_core.evaluation.film_methods import FilmMethod
from oldphoto_core.evaluation.film_scores import FilmScore, measured
from oldphoto_core.evaluation.intervals import COVERAGE, RESAMPLES
from oldphoto_core.synthesis.reel import Reel
from tasks.evaluation.data import CleanPicture, clean_pictures, data_digest
from tasks.evaluation.evaluate import Watch, unwatched
from tasks.evaluation.film_ledger import FilmLedger
from tasks.evaluation.film_real import RealClip, RealScore, measured_on, real_clips
from tasks.evaluation.film_strips import strip_of
from tasks.evaluation.film_tables import film_tables
from tasks.evaluation.page import Page, Strip, markdown, web_page
from tasks.evaluation.table import Table
from tasks.version import code_version, library_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmEvaluationSettings:
    """What a person chose."""

    clips: int = 6
    """Clips of each kind, each of a ground of its own."""

    real_frames: int = 12
    """Frames of each real clip, from its first on."""

    side_px: int = 512
    """Longer side of the photographs that clips are made of."""

    cases: FilmCases = field(default_factory=FilmCases)
    """How clips are made."""


def film_settings(clips: int | None, seed: int) -> FilmEvaluationSettings:
    """Return the usual settings with so many clips of each kind, unless None, and a seed."""
    usual = FilmEvaluationSettings(cases=FilmCases(seed=seed))
    return usual if clips is None else replace(usual, clips=clips)


@dataclass(frozen=True, slots=True)
class FilmEvaluation:
    """What an evaluation of film came to."""

    scores: tuple[FilmScore, ...]
    """On made clips."""

    real: tuple[RealScore, ...]
    """On real film."""

    tables: tuple[Table, ...]
    """As people read them."""

    files: tuple[Path, ...]
    """What was written."""


def evaluate_films(
    data: Path,
    out: Path,
    methods: Sequence[FilmMethod],
    settings: FilmEvaluationSettings | None = None,
    *,
    watch: Watch = unwatched,
) -> FilmEvaluation:
    """Run the methods on made and on real clips, and write ``films.json``, ``films.md`` and ``films.html``.

    Scores on made clips are kept one by one; a second run on the same terms, code version included, makes only those
    that are missing.

    Args:
        data: Holds ``dev_test/clean``, and ``dev_test/film`` with a folder of frames for each real clip; only read.
        out: Where results go; made if it is not there.
        methods: The rows of the tables.
        settings: What a person chose.
        watch: Shows how far it is.

    Raises:
        NoPicturesError: There are no pictures.
        ScanError: One of them cannot be read.
    """
    settings = settings or FilmEvaluationSettings()
    pictures = clean_pictures(data, settings.clips)
    clips = real_clips(data, settings.real_frames)
    scores: list[FilmScore] = []
    real: list[RealScore] = []
    strips: list[Strip] = []
    ledger = FilmLedger(out)
    shown = next((number for number, picture in enumerate(pictures) if picture.may_be_shown), None)
    with watch("evaluating films", len(pictures) * len(KINDS) + len(clips)) as told:
        for number, picture in enumerate(pictures):
            stills = [picture.read(settings.side_px), pictures[(number + 1) % len(pictures)].read(settings.side_px)]
            for kind in KINDS:
                made = _Made(settings.cases.clip(stills, kind, number), picture, kind, number)
                scores += [_scored(made, method, settings, ledger) for method in _asked(methods, number)]
                if number == shown:
                    strips.append(_strip(made, _asked(methods, number)))
                told(1)
        for clip in clips:
            some, strip = measured_on(clip, methods)
            real += some
            strips.append(strip)
            told(1)
    tables = film_tables(scores, real, [one.name for one in methods], seed=settings.cases.seed)
    facts = _facts(pictures, clips, settings)
    page = Page(facts, tuple((one.name, one.about, one.settings) for one in methods), tables, tuple(strips), _READING)
    return FilmEvaluation(tuple(scores), tuple(real), tables, _write(out, page, scores, real))


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """A made clip and where it comes from."""

    reel: Reel
    picture: CleanPicture
    kind: FilmKind
    number: int


def _asked(methods: Sequence[FilmMethod], number: int) -> list[FilmMethod]:
    """Return the methods that answer for the clips of this number."""
    return [one for one in methods if one.most_clips is None or number < one.most_clips]


def _scored(made: _Made, method: FilmMethod, settings: FilmEvaluationSettings, ledger: FilmLedger) -> FilmScore:
    """Return the score of a method on a clip, known or made now."""
    terms = {
        "picture": made.picture.sha256,
        "number": made.number,
        "kind": made.kind,
        "cases": asdict(settings.cases),
        "side_px": settings.side_px,
        "method": method.name,
        "settings": method.settings,
        "code": code_version(),
        "libraries": library_versions(),
    }
    known = ledger.get(terms)
    if known is not None:
        return known
    began = time.process_time()
    found = method.restore(made.reel.old)
    seconds = (time.process_time() - began) / len(found)
    score = FilmScore(made.kind, made.picture.sha256, method.name, measured(found, made.reel), seconds)
    ledger.put(terms, score)
    return score


def _strip(made: _Made, methods: Sequence[FilmMethod]) -> Strip:
    """Return what each method makes of a clip, to look at."""
    shown = {method.name: method.restore(made.reel.old) for method in methods} | {"truth": made.reel.clean}
    credit = f"{made.picture.name} ({made.picture.licence}); three frames in a row, the first above"
    return strip_of(f"{made.kind}: {KINDS[made.kind]}", credit, shown)


def _facts(
    pictures: Sequence[CleanPicture], clips: Sequence[RealClip], settings: FilmEvaluationSettings
) -> tuple[tuple[str, str], ...]:
    cases = settings.cases
    return (
        ("made clips", f"{len(pictures)} of each of {len(KINDS)} kinds, {cases.frames} frames of {cases.size[::-1]}"),
        *((kind, about) for kind, about in KINDS.items()),
        ("real clips", ", ".join(f"{one.name} ({len(one.frames)} frames)" for one in clips) or "none"),
        ("seed", str(cases.seed)),
        ("intervals", f"{COVERAGE:.0%}, percentile bootstrap over pictures, {RESAMPLES} draws"),
        ("code", code_version()),
        ("libraries", library_versions()),
        ("data", f"SHA-256 {data_digest(pictures)}"),
    )


def _write(out: Path, page: Page, scores: Sequence[FilmScore], real: Sequence[RealScore]) -> tuple[Path, ...]:
    document = {
        "facts": dict(page.facts),
        "methods": [{"name": name, "about": about, "settings": told} for name, about, told in page.methods],
        "scores": [asdict(one) for one in scores],
        "real": [asdict(one) for one in real],
    }
    contents = {
        "films.json": json.dumps(document, indent=1, allow_nan=False) + "\n",
        "films.md": markdown(page),
        "films.html": web_page(page),
    }
    for name, content in contents.items():
        (out / name).write_text(content, encoding="utf-8")
    return tuple(out / name for name in contents)


_MADE = (
    "Clips were made of still photographs that nothing learned from: a ground that pans, grows and turns, a piece of "
    "another photograph moving before it, an unsteady gate; then damage as film has it. Clean frames and true motion "
    "are known. Figures in brackets are an interval in which the mean would lie, nineteen times out of twenty, had "
    "other photographs been drawn."
)
_REACH = (
    "What moves here moves as flat pictures do: nothing bends, turns away or walks. A film that stands still has the "
    "least warping error of all: read it beside PSNR. How bright a clip was as a whole cannot be known from a clip "
    "that flickers, so PSNR falls for all methods alike where its mean light is off."
)
_READING = (_MADE, _REACH)
