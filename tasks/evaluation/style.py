"""Evaluate modernizing by references: run what is not yet known, write figures and pages."""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from oldphoto_core.evaluation.intervals import COVERAGE
from oldphoto_core.evaluation.style_cases import PLAN
from oldphoto_core.evaluation.style_figures import StyleFigure, style_figures
from oldphoto_core.evaluation.style_method import StyleMethod
from oldphoto_core.evaluation.style_methods import OWN_NAMES, style_methods
from tasks.evaluation.data import CleanPicture, NoPicturesError, clean_pictures, data_digest
from tasks.evaluation.evaluate import Watch, unwatched
from tasks.evaluation.page import Page, markdown, web_page
from tasks.evaluation.style_pictures import labels_path
from tasks.evaluation.style_reading import STYLE_READING
from tasks.evaluation.style_real_run import RealRun
from tasks.evaluation.style_real_tables import RealFigure, real_figures
from tasks.evaluation.style_run import StyleEvaluationSettings, StyleRun
from tasks.evaluation.style_tables import style_tables
from tasks.evaluation.table import Table
from tasks.version import code_version, library_versions

REAL_OLD = Path("dev_test") / "real_old"
USUAL = (
    "input",
    "reinhard",
    "reinhard-first",
    "histogram",
    "histogram-first",
    "monge-kantorovich",
    "monge-kantorovich-first",
    "classical",
    *OWN_NAMES,
)
"""What is compared if nobody says."""


@dataclass(frozen=True, slots=True)
class StyleEvaluation:
    """What an evaluation of modernizing came to."""

    tables: tuple[Table, ...]
    """The tables."""

    scores: int
    """Number of scores they rest on."""

    made: int
    """How many of them were made now; the others were known."""

    files: tuple[Path, ...]
    """What was written."""


def style_methods_named(names: Sequence[str], weights: Path | None = None) -> tuple[StyleMethod, ...]:
    """Return the methods of these names, each once.

    Args:
        names: As ``STYLE_METHODS`` has them.
        weights: Where the weights of our own network lie; None takes those that are shipped.

    Raises:
        UnknownStyleMethodError: One does not exist.
        ModelError: Weights are not there.
        CheckpointError: Weights cannot be read.
    """
    if not set(names) & set(OWN_NAMES):
        return style_methods(names)
    from tasks.evaluation.style_own import as_in_a_night, own_restyler  # noqa: PLC0415 - torch costs a second

    own, settings = own_restyler(weights)
    return style_methods(names, own, as_in_a_night(own), own_settings=settings)


def evaluate_style(
    data: Path,
    out: Path,
    methods: Sequence[StyleMethod],
    settings: StyleEvaluationSettings | None = None,
    *,
    watch: Watch = unwatched,
) -> StyleEvaluation:
    """Run the methods on made cases and on real old photographs; write ``style.json``, ``style.md``, ``style.html``.

    Scores are kept one by one; a second run on the same terms, code version included, makes only those that are
    missing.

    Args:
        data: The data folder; only read. ``dev_test/clean`` is what cases are made of, with ``dev_test/clean_labels``
            where there are labels; ``dev_test/real_old`` holds real old photographs and may be missing.
        out: Where results go; made if it is not there.
        methods: The columns of the tables.
        settings: What a person chose.
        watch: Shows how far it is.

    Raises:
        NoPicturesError: There are too few clean pictures.
        ScanError: One of them cannot be read.
    """
    settings = settings or StyleEvaluationSettings()
    run = StyleRun(settings, methods, out, clean_pictures(data))
    with watch("modernizing made cases", len(run.chosen) * len(PLAN)) as told:
        for picture in run.chosen:
            run.carry_out(picture)
            told(len(PLAN))
    real = RealRun(settings, methods, run.ledger, run.strip_folder, run.pictures)
    old: list[CleanPicture] = []
    with suppress(NoPicturesError):
        old = clean_pictures(data, within=REAL_OLD)
    with watch("modernizing real old photographs", len(old)) as told:
        for picture in old:
            real.carry_out(picture)
            told(1)
    names = [method.name for method in methods]
    found = style_figures(run.scores, names, seed=settings.seed, resamples=settings.resamples)
    found_real = real_figures(real.scores, names, seed=settings.seed, resamples=settings.resamples)
    tables = tuple(style_tables(found, found_real, names))
    files = _write(out, run, real, tables, found, found_real)
    return StyleEvaluation(tables, len(run.scores) + len(real.scores), run.ledger.made, files)


def _write(
    out: Path,
    run: StyleRun,
    real: RealRun,
    tables: tuple[Table, ...],
    found: Sequence[StyleFigure],
    found_real: Sequence[RealFigure],
) -> tuple[Path, ...]:
    """Write the results, as numbers and as pages."""
    page = Page(
        facts=_facts(run, real),
        methods=tuple((one.name, one.about, one.settings) for one in run.methods),
        tables=tables,
        strips=(*run.strips(), *real.strips()),
        reading=STYLE_READING,
    )
    document = {
        "facts": dict(page.facts),
        "methods": [{"name": name, "about": about, "settings": settings} for name, about, settings in page.methods],
        "pictures": [
            {"file": one.name, "sha256": one.sha256, "licence": one.licence, "licence_class": one.licence_class}
            for one in run.chosen
        ],
        "figures": [asdict(one) for one in found],
        "real": [asdict(one) for one in found_real],
        "real_scores": [asdict(one) for one in real.scores],
    }
    contents = {
        "style.json": json.dumps(document, indent=1, allow_nan=False) + "\n",
        "style.md": markdown(page),
        "style.html": web_page(page),
    }
    for name, content in contents.items():
        (out / name).write_text(content, encoding="utf-8")
    return tuple(out / name for name in contents)


def _facts(run: StyleRun, real: RealRun) -> tuple[tuple[str, str], ...]:
    """Return what a reader must know to repeat the run."""
    classes = Counter(picture.licence_class for picture in run.chosen)
    labelled = sum(labels_path(picture.path) is not None for picture in run.chosen)
    settings = run.settings
    return (
        ("pictures", f"{len(run.chosen)} ({', '.join(f'{count} {name}' for name, count in sorted(classes.items()))})"),
        ("of these labelled", f"{labelled}; the others are divided by segments"),
        ("without colours", f"{len(run.without_colour)}, left out"),
        ("cases", f"{len(PLAN)} of each picture, squares of {settings.square_px} px"),
        ("real old photographs in colour", f"{real.tried}, {settings.real_px} px"),
        ("seed", str(settings.seed)),
        ("intervals", f"{COVERAGE:.0%}, percentile bootstrap over pictures, {settings.resamples} draws"),
        ("code", code_version()),
        ("libraries", library_versions()),
        ("data", f"SHA-256 {data_digest(run.pictures.pictures)}"),
    )
