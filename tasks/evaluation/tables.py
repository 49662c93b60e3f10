"""Figures of an evaluation laid out as tables for people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from oldphoto_core.evaluation.figures import Figure, Subject
from oldphoto_core.evaluation.intervals import Estimate


@dataclass(frozen=True, slots=True)
class Table:
    """One table, its cells as text."""

    name: str
    """A short name."""

    title: str
    """What it shows."""

    note: str
    """What a reader must know to read it rightly."""

    columns: tuple[str, ...]
    """Heads of the columns."""

    rows: tuple[tuple[str, ...], ...]
    """The rows."""


_Key = tuple[str, str, str, str, str, str]

_RESTORATION = (
    ("psnr_db", "PSNR to the sound print, dB", "More is better.", 2),
    ("ssim", "Structural similarity", "More is better; 1 is equal.", 3),
    ("delta_e", "Colour difference, CIEDE2000", "Less is better; 1 can just be seen.", 2),
    ("ms_gmsd", "MS-GMSD", "Less is better; changes of gradients only, no learned perception, no colour.", 4),
)
_DETECTION = (("auc", "ROC-AUC"), ("iou", "IoU"), ("precision", "precision"), ("recall", "recall"), ("f1", "F1"))
_REPORT = (
    ("average_precision", "AP"),
    ("prevalence", "AP by chance"),
    ("severity_mae", "severity MAE"),
    ("calibration_error", "calibration error"),
)
_CLEAN = (("change_255", "mean change, 1/255", 3), ("share_untouched", "share kept within 0.5/255", 2))


def tables(figures: Sequence[Figure], methods: Sequence[str]) -> Iterator[Table]:
    """Give every table that has rows: restoration, gains, clean pictures, masks, reports.

    Args:
        figures: The figures.
        methods: The methods, in the order of the columns.
    """
    book = _Book(figures)
    laid = [book.restoration(*measure, methods) for measure in _RESTORATION]
    laid[1:1] = [
        book.gains("gain_db", "input", methods),
        book.gains("gain_db", "classical", methods),
        book.gains("share_better", "input", methods),
    ]
    laid += [book.clean(methods), book.detection(methods), book.reports(methods)]
    yield from (table for table in laid if table.rows)


def shown(estimate: Estimate | None, digits: int) -> str:
    """Return a figure as text, with its interval if it has one.

    Examples:
        >>> shown(Estimate(0.5, 0.41, 0.613, 12), 2), shown(Estimate(0.5, None, None, 1), 1), shown(None, 2)
        ('0.50 [0.41, 0.61]', '0.5', '-')
    """
    if estimate is None:
        return "-"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.{digits}f}"
    return f"{estimate.value:.{digits}f} [{estimate.low:.{digits}f}, {estimate.high:.{digits}f}]"


class _Book:
    """Figures by what they are of."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self.estimates: dict[_Key, Estimate] = {
            (one.subject, one.kind, one.level, one.method, one.measure, one.against): one.estimate for one in figures
        }
        self.order = list(dict.fromkeys((one.subject, one.kind, one.level) for one in figures))

    def _rows_of(self, subject: Subject) -> list[tuple[str, str]]:
        """Return kind and level of the rows of a subject."""
        return [(kind, level) for own, kind, level in self.order if own == subject]

    def _cells(
        self, key: tuple[Subject, str, str], methods: Sequence[str], measure: str, digits: int, against: str = ""
    ) -> tuple[str, ...]:
        found = (self.estimates.get((*key, method, measure, against)) for method in methods)
        return tuple(shown(estimate, digits) for estimate in found)

    def _count(self, key: tuple[Subject, str, str]) -> str:
        """Return the number of pictures of a row; from least to most where methods saw different ones."""
        counts = {estimate.pictures for own, estimate in self.estimates.items() if own[:3] == key and own[3] != ""}
        return "-".join(str(count) for count in sorted({min(counts), max(counts)})) if counts else "0"

    def restoration(self, measure: str, title: str, note: str, digits: int, methods: Sequence[str]) -> Table:
        """Return one measure of restored pictures, methods side by side."""
        rows = []
        for kind, level in self._rows_of("restoration"):
            key: tuple[Subject, str, str] = ("restoration", kind, level)
            severity = shown(self.estimates.get((*key, "", "severity", "")), 2).split(" ")[0]
            rows.append((kind, level, self._count(key), severity, *self._cells(key, methods, measure, digits)))
        return Table(measure, title, note, ("damage", "level", "pictures", "true severity", *methods), tuple(rows))

    def gains(self, measure: str, against: str, methods: Sequence[str]) -> Table:
        """Return what each method gains over another on the same pictures."""
        compared = [method for method in methods if method != against]
        rows = []
        for kind, level in self._rows_of("paired"):
            key: tuple[Subject, str, str] = ("paired", kind, level)
            cells = self._cells(key, compared, measure, 2, against)
            if set(cells) != {"-"}:
                rows.append((kind, level, self._count(key), *cells))
        title = "PSNR gained" if measure == "gain_db" else "Share of pictures that gained PSNR"
        unit = ", dB" if measure == "gain_db" else ""
        return Table(
            f"{measure} over {against}",
            f"{title} over {against}{unit}",
            "Paired: differences on the same pictures. An interval that holds 0 shows no difference."
            if measure == "gain_db"
            else "",
            ("damage", "level", "pictures", *compared),
            tuple(rows),
        )

    def clean(self, methods: Sequence[str]) -> Table:
        """Return what was done to pictures without damage."""
        rows = []
        for kind, level in self._rows_of("clean"):
            key: tuple[Subject, str, str] = ("clean", kind, level)
            rows += [
                (kind, name, self._count(key), *self._cells(key, methods, measure, digits))
                for measure, name, digits in (*_CLEAN, ("marked_share", "share of pixels marked as damage", 4))
            ]
        note = "Undamaged pictures, also black and white and toned: the mean change should be at most 0.5/255."
        return Table("clean", "Clean in, clean out", note, ("picture", "measure", "pictures", *methods), tuple(rows))

    def detection(self, methods: Sequence[str]) -> Table:
        """Return how masks agree with the truth."""
        rows = []
        for kind, level in self._rows_of("detection"):
            key: tuple[Subject, str, str] = ("detection", kind, level)
            for method in methods:
                cells = tuple(self._cells(key, [method], measure, 3)[0] for measure, _ in _DETECTION)
                if set(cells) != {"-"}:
                    rows.append((kind, level, self._count(key), method, *cells))
        note = (
            "Against all structured damage that can be seen; means over pictures of the areas and shares of each. "
            "Precision, recall and F1 with a tolerance of 2 px, IoU without. By chance the area is 0.5. A mask of yes "
            "or no has one point of the curve only."
        )
        columns = ("damage", "level", "pictures", "method", *(name for _, name in _DETECTION))
        return Table("detection", "Masks of structured damage", note, columns, tuple(rows))

    def reports(self, methods: Sequence[str]) -> Table:
        """Return how damage reports agree with the truth."""
        rows = []
        for kind, level in dict.fromkeys(self._rows_of("report")):
            key: tuple[Subject, str, str] = ("report", kind, level)
            for method in methods:
                cells = tuple(self._cells(key, [method], measure, 3)[0] for measure, _ in _REPORT)
                if set(cells) != {"-"}:
                    rows.append((kind, self._count(key), method, *cells))
        rows.sort(key=lambda row: row[0] == "all")
        note = (
            "Over all cases, damaged and clean. Present is a true severity of 0.1 or more; what is fainter, but not "
            "nothing, counts neither way. The severity error is over the cases where the damage is present. The row "
            "`all` holds the means over the kinds: its AP is the mAP."
        )
        columns = ("damage", "pictures", "method", *(name for _, name in _REPORT))
        return Table("report", "Damage reports", note, columns, tuple(rows))
