"""Evaluate methods on pictures aged by our own synthesis: run what is not yet known, write figures and pages."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from oldphoto_core.errors import OldPhotoError
from oldphoto_core.evaluation.cases import CASE_KINDS, SEVERITIES, SHAPE_KINDS, CaseKind, cases_of
from oldphoto_core.evaluation.figures import Figure, figures
from oldphoto_core.evaluation.intervals import COVERAGE
from oldphoto_core.evaluation.method import Method
from oldphoto_core.evaluation.methods import METHODS, MethodOptions, UnknownMethodError, method_named
from oldphoto_core.evaluation.own_methods import OWN_METHODS
from oldphoto_core.image import Photo
from tasks.evaluation.data import clean_pictures, data_digest
from tasks.evaluation.page import Page, markdown, web_page
from tasks.evaluation.reading import READING
from tasks.evaluation.run import EvaluationRun, EvaluationSettings
from tasks.evaluation.shapes import held_out_bank
from tasks.evaluation.tables import tables
from tasks.version import code_version, library_versions

METHOD_NAMES = (*METHODS, *OWN_METHODS, "own-direct")
"""Every method that can be named."""


class UnknownKindError(OldPhotoError, ValueError):
    """A kind of case was named that does not exist."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation came to."""

    figures: tuple[Figure, ...]
    """Every figure."""

    scores: int
    """Number of scores it rests on."""

    made: int
    """How many of them were made now; the others were known."""

    files: tuple[Path, ...]
    """What was written."""


Watch = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Given what is done and how many times, a block with a function to call with how many more are done."""


@contextmanager
def unwatched(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Give a function that tells nobody."""
    del what, total
    yield lambda _: None


def methods_named(
    names: Sequence[str],
    *,
    weights: Path | None = None,
    dip_steps: int | None = None,
    dip_pictures: int | None = None,
) -> tuple[Method, ...]:
    """Return the methods of these names, each once.

    Args:
        names: As ``METHODS`` and ``OWN_METHODS`` have them, and ``own-direct``.
        weights: Where the weights of our own methods lie; None takes those that are shipped.
        dip_steps: Steps of the Deep Image Prior; None takes the default.
        dip_pictures: Pictures it is tried on; None takes the default.

    Raises:
        UnknownMethodError: One does not exist.
        MissingBm3dError: ``bm3d-telea`` is named and its package is not installed.
        ModelError: Weights are not there.
        CheckpointError: Weights cannot be read.
    """
    options = MethodOptions()
    options = replace(
        options, dip_steps=dip_steps or options.dip_steps, dip_pictures=dip_pictures or options.dip_pictures
    )
    unknown = [name for name in names if name not in METHOD_NAMES]
    if unknown:
        raise UnknownMethodError(f"expected methods among {', '.join(METHOD_NAMES)}, found {', '.join(unknown)}")
    learned = [name for name in names if name not in METHODS]
    made = {}
    if learned:
        from tasks.evaluation.learned_methods import learned_methods  # noqa: PLC0415 - torch costs a second

        made = learned_methods(learned, weights, options.see)
    return tuple(made.get(name) or method_named(name, options) for name in dict.fromkeys(names))


def kinds_named(names: Sequence[str] | None = None) -> tuple[CaseKind, ...]:
    """Return the kinds of cases of these names, in the order of the tables; all for None.

    Raises:
        UnknownKindError: One does not exist, or none was named.
    """
    if names is None:
        return CASE_KINDS
    unknown = [name for name in names if name not in CASE_KINDS]
    if unknown or not names:
        raise UnknownKindError(f"expected kinds among {', '.join(CASE_KINDS)}, found {', '.join(unknown) or 'none'}")
    return tuple(kind for kind in CASE_KINDS if kind in names)


def evaluate(
    data: Path,
    out: Path,
    methods: Sequence[Method],
    settings: EvaluationSettings | None = None,
    *,
    shapes: Path | None = None,
    watch: Watch = unwatched,
) -> Evaluation:
    """Run the methods on every case, and write ``results.json``, ``results.md`` and ``results.html``.

    Scores go to ``scores.jsonl`` one by one; a second run on the same terms, code version included, makes only those
    that are missing.

    Args:
        data: The data folder; only read.
        out: Where results go; made if it is not there.
        methods: The columns of the tables.
        settings: What a person chose.
        shapes: Folder of damage shapes that nothing was trained on; None looks for them in the data folder, and leaves
            their cases out if there are none.
        watch: Shows how far it is.

    Raises:
        NoPicturesError: There are no pictures.
        ShapesFolderError: The folder that was given holds no such shapes.
        UnknownKindError: Only cases of such shapes are asked for, and there are none.
        ScanError: One of them cannot be read.
    """
    settings = settings or EvaluationSettings()
    pictures = clean_pictures(data, settings.pictures)
    bank = held_out_bank(data, shapes)
    if not bank.scratches:
        settings = replace(settings, kinds=tuple(kind for kind in settings.kinds if kind not in SHAPE_KINDS))
    if not settings.kinds:
        raise UnknownKindError(f"expected other kinds than {', '.join(SHAPE_KINDS)} where there are no shapes for them")
    run = EvaluationRun(settings, methods, out, pictures, bank)
    total = sum(1 for _ in cases_of([one.sha256 for one in pictures], settings.kinds))
    with watch("evaluating", total) as told:
        for number, picture in enumerate(pictures):
            photo: Photo | None = None
            asked = run.asked(number)
            for case in cases_of([picture.sha256], settings.kinds):
                if run.missing(case, asked):
                    photo = picture.read(settings.side_px) if photo is None else photo
                    run.carry_out(case, photo, asked)
                run.gather(case, asked)
                told(1)
    names = [method.name for method in methods]
    found = figures(run.scores, names, seed=settings.seed, resamples=settings.resamples)
    return Evaluation(found, len(run.scores), run.made, _write(out, run, found))


def _write(out: Path, run: EvaluationRun, found: tuple[Figure, ...]) -> tuple[Path, ...]:
    """Write the results, as numbers and as pages."""
    page = Page(
        facts=_facts(run),
        methods=tuple(_methods_in_words(run.methods)),
        tables=tuple(tables(found, run.methods)),
        strips=tuple(run.strips()),
        reading=READING,
    )
    document = {
        "facts": dict(page.facts),
        "methods": [{"name": one.name, "about": one.about, "settings": one.settings} for one in run.methods],
        "pictures": [
            {"file": one.name, "sha256": one.sha256, "licence": one.licence, "licence_class": one.licence_class}
            for one in run.pictures
        ],
        "figures": [asdict(one) for one in found],
    }
    contents = {
        "results.json": json.dumps(document, indent=1, allow_nan=False) + "\n",
        "results.md": markdown(page),
        "results.html": web_page(page),
    }
    for name, content in contents.items():
        (out / name).write_text(content, encoding="utf-8")
    return tuple(out / name for name in contents)


def _methods_in_words(methods: Sequence[Method]) -> Iterator[tuple[str, str, str]]:
    """Give name, sentence and settings of each method; settings that another one has are not said twice."""
    first: dict[str, str] = {}
    for one in methods:
        told = first.setdefault(one.settings, one.name)
        yield one.name, one.about, one.settings if told == one.name else f"as {told}" if one.settings else ""


def _shapes_in_words(run: EvaluationRun) -> str:
    """Return which shapes were never trained on."""
    count = len(run.shapes.scratches)
    if not count:
        return "all damage is drawn by procedure, from seeds that training does not use; no shapes were held out"
    return (
        f"scratch-shapes are laid from {count} outlines of cracks whose terms keep them out of training (SHA-256 "
        f"{run.shapes_digest[:16]}); all other damage is drawn by procedure, from seeds that training does not use"
    )


def _facts(run: EvaluationRun) -> tuple[tuple[str, str], ...]:
    """Return what a reader must know to repeat the run."""
    classes = Counter(picture.licence_class for picture in run.pictures)
    return (
        (
            "pictures",
            f"{len(run.pictures)} ({', '.join(f'{count} {name}' for name, count in sorted(classes.items()))})",
        ),
        ("longer side", f"{run.settings.side_px} px at most"),
        ("kinds", ", ".join(run.settings.kinds)),
        ("severity asked for", ", ".join(f"{level} {severity}" for level, severity in SEVERITIES.items())),
        ("damage shapes", _shapes_in_words(run)),
        ("seed", str(run.settings.seed)),
        ("intervals", f"{COVERAGE:.0%}, percentile bootstrap over pictures, {run.settings.resamples} draws"),
        ("code", code_version()),
        ("libraries", library_versions()),
        ("data", f"SHA-256 {data_digest(run.pictures)}"),
    )
