"""Figures of modernizing laid out as tables for people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from oldphoto_core.evaluation.intervals import Estimate
from oldphoto_core.evaluation.style_figures import INPUT, OWN, ROWS, SEVERAL, Row, StyleFigure
from tasks.evaluation.style_bars import style_bars
from tasks.evaluation.style_real_tables import RealFigure, real_table
from tasks.evaluation.table import Table, shown

_PAIRED = "Differences on the same cases, means and intervals; an interval that holds 0 shows no difference."


@dataclass(frozen=True, slots=True)
class _Measure:
    """A measure as its table words it."""

    name: str
    title: str
    note: str
    digits: int


_SHOWN = (
    _Measure("psnr_db", "PSNR to the clean picture, dB", "More is better.", 2),
    _Measure(
        "region_delta_e", "Colour difference, CIEDE2000, mean over regions", "Less is better; 1 can just be seen.", 2
    ),
    _Measure("ssim", "Structural similarity to the clean picture", "More is better; 1 is equal.", 3),
    _Measure(
        "edge_ssim", "Edges kept: similarity of gradients with the old photograph", "1 is every edge as it was.", 3
    ),
    _Measure(
        "merge_accuracy",
        "Merge accuracy: pixels that took most from the reference that shows them",
        "Share of the pixels that a reference shows. Methods that do not choose are not in it.",
        3,
    ),
    _Measure(
        "kept_accuracy",
        "Reject accuracy: pixels that no reference shows and that kept most of their own",
        "Share of the pixels that no reference shows. Methods that do not choose are not in it.",
        3,
    ),
)
_GAINED = (
    _Measure("gain_db", "What is gained over the old photograph, PSNR in dB", _PAIRED, 2),
    _Measure(
        "gain_delta_e", "What is gained over the old photograph, CIEDE2000 taken away, mean over regions", _PAIRED, 2
    ),
)
_LED = (
    _Measure("gain_db", "How far ours is ahead of each other method, PSNR in dB", _PAIRED, 2),
    _Measure("gain_delta_e", "How far ours is ahead of each other method, CIEDE2000, mean over regions", _PAIRED, 2),
)

Key = tuple[Row, str, str, str]


def style_tables(figures: Sequence[StyleFigure], real: Sequence[RealFigure], methods: Sequence[str]) -> Iterator[Table]:
    """Give every table that has rows.

    Args:
        figures: Figures of made cases.
        real: Figures of real old photographs.
        methods: The methods, in the order of the columns.
    """
    book = {(one.row, one.method, one.measure, one.against): one.estimate for one in figures}
    gaining = [name for name in methods if name != INPUT]
    laid = [style_bars(book, real, methods)]
    laid += [_table(book, measure, gaining, against=INPUT) for measure in _GAINED]
    laid += [_leads(book, measure, [name for name in gaining if name != OWN]) for measure in _LED]
    laid += [_table(book, measure, methods) for measure in _SHOWN]
    laid.append(real_table(real, methods))
    yield from (table for table in laid if table.rows)


def _table(book: Mapping[Key, Estimate], measure: _Measure, methods: Sequence[str], *, against: str = "") -> Table:
    """Return a measure, a row for each sort of case; methods that never have it are left out."""
    measured = [name for name in methods if any((row, name, measure.name, against) in book for row in ROWS)]
    rows = []
    for row in ROWS:
        found = [book.get((row, name, measure.name, against)) for name in measured]
        known = [one for one in found if one is not None]
        if known:
            cells = (shown(one, measure.digits) for one in found)
            rows.append((*row_in_words(row), str(known[0].pictures), *cells))
    columns = ("old photographs", "references", "that are", "pictures", *measured)
    return Table(measure.name, measure.title, measure.note, columns, tuple(rows))


def _leads(book: Mapping[Key, Estimate], measure: _Measure, rivals: Sequence[str]) -> Table:
    """Return by how much ours is ahead of each other method."""
    turned = {
        (row, against, of, ""): estimate for (row, method, of, against), estimate in book.items() if method == OWN
    }
    led = _table({key: one for key, one in turned.items() if key[2] == measure.name}, measure, rivals)
    return replace(led, name=f"lead_{measure.name}")


def row_in_words(row: Row) -> tuple[str, str, str]:
    """Return kind, number of references and condition of a row.

    Examples:
        >>> row_in_words(("all", 0, "right")), row_in_words(("whole", 3, "unrelated"))
        (('all', 'any', 'right'), ('whole', '3', 'unrelated'))
    """
    kind, references, condition = row
    if row == SEVERAL:
        return kind, "several", condition
    return kind, str(references) if references else "any", condition
