"""Figures of an evaluation laid out as tables for people."""

from collections.abc import Iterator, Sequence

from oldphoto_core.evaluation.figures import Figure, Subject
from oldphoto_core.evaluation.method import Method
from tasks.evaluation.bars import bars, by_key
from tasks.evaluation.table import Table, shown

_TOGETHER = ("all", "random")  # levels that stand for a kind as a whole
_PAIRED = "Differences on the same pictures, means and intervals; an interval that holds 0 shows no difference."
_GAINS = {
    "gains": (
        "What is gained over the damaged picture, by kind of damage, PSNR in dB",
        f"All levels together. Above 0 the picture came closer to the sound print. {_PAIRED}",
    ),
    "gains-classical": ("What is gained over the classical engine, by kind of damage, PSNR in dB", _PAIRED),
    "parts": (
        "What each part of ours is worth: ours without it, minus ours, PSNR in dB",
        f"Below 0 the part helps. {_PAIRED}",
    ),
    "filling": (
        "Filling alone, under the mask that the method draws itself: gained over the damaged picture, PSNR in dB",
        f"No other step runs. {_PAIRED}",
    ),
    "gains-by-level": ("What is gained over the damaged picture, by level, PSNR in dB", _PAIRED),
    "gains-classical-by-level": ("What is gained over the classical engine, by level, PSNR in dB", _PAIRED),
    "share-better": ("Share of pictures that came closer to the sound print", "By PSNR, by however little."),
}

_RESTORATION = (
    (
        "psnr_db",
        "PSNR to the sound print, dB",
        "From the mean squared difference of the pixels. More is better; 3 dB more is half the squared difference.",
        2,
    ),
    (
        "ssim",
        "Structural similarity",
        "Of brightness, contrast and structure near each pixel. More is better; 1 is equal.",
        3,
    ),
    ("delta_e", "Colour difference, CIEDE2000", "Mean over pixels. Less is better; 1 can just be seen, 5 is plain.", 2),
    (
        "ms_gmsd",
        "Perceptual distance, MS-GMSD",
        "How unevenly edges were kept, at four sizes. Less is better; no learned perception, no colour.",
        4,
    ),
)
_DETECTION = (
    ("auc", "ROC-AUC"),
    ("kind_auc", "of its kind"),
    ("iou", "IoU"),
    ("precision", "precision"),
    ("recall", "recall"),
    ("f1", "F1"),
)
_REPORT = (
    ("average_precision", "AP"),
    ("prevalence", "AP by chance"),
    ("severity_mae", "severity MAE"),
    ("calibration_error", "calibration error"),
)
_CLEAN = (
    ("change_255", "mean change, 1/255", 3),
    ("share_changed", "share of pictures that were touched", 2),
    ("share_untouched", "share kept within 0.5/255", 2),
    ("marked_share", "share of pixels marked as damage", 4),
)


def tables(figures: Sequence[Figure], methods: Sequence[Method]) -> Iterator[Table]:
    """Give every table that has rows: what is asked of ours, a row for each kind, then a row for each level.

    Args:
        figures: The figures.
        methods: The methods, in the order of the columns.
    """
    book = _Book(figures)
    every = [method.name for method in methods]
    whole, parts, fills = ([one.name for one in methods if one.role == role] for role in ("whole", "part", "fill"))
    laid = [
        bars(book.estimates),
        book.gains("gain_db", "input", whole, name="gains", all_levels=True),
        book.gains("gain_db", "classical", whole, name="gains-classical", all_levels=True),
        book.gains("gain_db", "own", parts, name="parts", all_levels=True),
        book.clean([*whole, *parts]),
        book.detection(every),
        book.gains("gain_db", "input", fills, name="filling"),
        book.reports(every),
        book.restoration(*_RESTORATION[0], whole),
        book.gains("gain_db", "input", whole, name="gains-by-level"),
        book.gains("gain_db", "classical", whole, name="gains-classical-by-level"),
        book.gains("share_better", "input", whole, name="share-better"),
        *(book.restoration(*measure, whole) for measure in _RESTORATION[1:]),
    ]
    yield from (table for table in laid if table.rows)


class _Book:
    """Figures by what they are of, laid out in rows."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self.estimates = by_key(figures)
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

    def gains(
        self, measure: str, against: str, methods: Sequence[str], *, name: str, all_levels: bool = False
    ) -> Table:
        """Return what each method gains over another on the same pictures, a row for each level or one for all."""
        compared = [method for method in methods if method not in {against, "input"}]
        rows = []
        for kind, level in self._rows_of("paired"):
            if all_levels and level not in _TOGETHER:
                continue
            key: tuple[Subject, str, str] = ("paired", kind, level)
            cells = self._cells(key, compared, measure, 2, against)
            if not set(cells) <= {"-"}:
                rows.append((kind, *(() if all_levels else (level,)), self._count(key), *cells))
        title, note = _GAINS[name]
        heads = ("damage", "pictures") if all_levels else ("damage", "level", "pictures")
        return Table(name, title, note, (*heads, *compared), tuple(rows))

    def clean(self, methods: Sequence[str]) -> Table:
        """Return what was done to pictures without damage."""
        rows = []
        for kind, level in self._rows_of("clean"):
            key: tuple[Subject, str, str] = ("clean", kind, level)
            rows += [
                (kind, name, self._count(key), *self._cells(key, methods, measure, digits))
                for measure, name, digits in _CLEAN
            ]
        note = (
            "Undamaged pictures as they are (clean) and as black-and-white or toned prints (clean-toned). A picture is "
            "touched if any number of it changed. The mean absolute change should be at most 0.5/255."
        )
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
            "How well the pixels that a method marks are those under damage: scratches, creases, stains, tears, dust, "
            "whichever of them can be seen; means over pictures of the areas and shares of each. ROC-AUC is that of "
            "all kinds together, each believed as far as the report believes in it; of its kind, that of the map "
            "of the one kind that was laid on. Precision, recall and F1 with a tolerance of 2 px, IoU without. By "
            "chance the area is 0.5. A mask of yes or no has one point of the curve only."
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
