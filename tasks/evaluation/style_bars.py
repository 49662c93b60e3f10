"""What the project asks of modernizing by references, beside what was found."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from oldphoto_core.evaluation.intervals import Estimate
from oldphoto_core.evaluation.style_figures import INPUT, OWN, SEVERAL, Row
from tasks.evaluation.style_real_tables import RealFigure
from tasks.evaluation.table import Table, shown

RIGHT: Row = ("all", 0, "right")
UNRELATED: Row = ("all", 0, "unrelated")
PARTS = MappingProxyType({"own-first": "the first alone", "own-plain": "a plain average"})
LEAST_EDGE_SSIM = 0.95

_Asked = tuple[str, str, float, Estimate | None]


def style_bars(
    book: Mapping[tuple[Row, str, str, str], Estimate], real: Sequence[RealFigure], methods: Sequence[str]
) -> Table:
    """Return what is asked, what was found, and by how much it is met; what was not measured has no row.

    Args:
        book: Figures of made cases by row, method, measure and what is subtracted.
        real: Figures of real old photographs.
        methods: The methods of the run.
    """
    rows = tuple(
        (what, f"{word} {bar:g}", shown(found, 3), f"{found.value - bar:+.3f}")
        for what, word, bar, found in _asked(book, real, methods)
        if found is not None
    )
    note = (
        "The method is `own`. The margin is by how much the bar is met; below 0 it is missed. With unrelated "
        "references it is enough that nothing is lost."
    )
    columns = ("what", "asked", "found", "margin")
    return Table("bars", "What the project asks of modernizing by references", note, columns, rows)


def _asked(
    book: Mapping[tuple[Row, str, str, str], Estimate], real: Sequence[RealFigure], methods: Sequence[str]
) -> Iterator[_Asked]:
    for rival in (name for name in methods if name not in {OWN, *PARTS}):
        yield f"right references: PSNR ahead of {rival}, dB", "above", 0.0, book.get((RIGHT, OWN, "gain_db", rival))
        yield f"right references: CIEDE2000 below {rival}", "above", 0.0, book.get((RIGHT, OWN, "gain_delta_e", rival))
    unrelated = ("unrelated references: PSNR gained, dB", "gain_db"), ("the same: CIEDE2000 taken away", "gain_delta_e")
    for what, measure in unrelated:
        yield what, "at least", 0.0, book.get((UNRELATED, OWN, measure, INPUT))
    for part, what in PARTS.items():
        yield f"several references: PSNR ahead of {what}, dB", "above", 0.0, book.get((SEVERAL, OWN, "gain_db", part))
    for one in real:
        if (one.method, one.measure) == (OWN, "edge_ssim"):
            what = "real old photographs: similarity of edges before and after"
            yield what, "at least", LEAST_EDGE_SSIM, one.estimate
