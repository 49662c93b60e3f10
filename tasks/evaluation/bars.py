"""What the project asks of its own engine, beside what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oldphoto_core.evaluation.figures import Figure, Subject
from oldphoto_core.evaluation.intervals import Estimate
from tasks.evaluation.table import Table, shown

Key = tuple[str, str, str, str, str, str]
"""Subject, kind, level, method, measure, against."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing that is asked."""

    what: str
    """In words."""

    key: tuple[Subject, str, str, str, str, str]
    """The figure."""

    bar: float
    """The number it should reach."""

    most: bool = False
    """Whether it should be no more than that, and not no less."""

    digits: int = 2
    """Digits after the point."""


BARS: tuple[Bar, ...] = (
    Bar("mixed damage: PSNR gained over the input, dB", ("paired", "mixed", "all", "own", "gain_db", "input"), 2.5),
    Bar("mixed damage: PSNR gained over classical, dB", ("paired", "mixed", "all", "own", "gain_db", "classical"), 1.0),
    Bar("clean: mean change, 1/255", ("clean", "clean", "none", "own", "change_255", ""), 0.5, most=True, digits=3),
    Bar(
        "clean-toned: mean change, 1/255",
        ("clean", "clean-toned", "none", "own", "change_255", ""),
        0.5,
        most=True,
        digits=3,
    ),
    Bar(
        "scratches: ROC-AUC of the map of scratches",
        ("detection", "scratch", "all", "own", "kind_auc", ""),
        0.95,
        digits=3,
    ),
    Bar("scratches: ROC-AUC of all maps together", ("detection", "scratch", "all", "own", "auc", ""), 0.95, digits=3),
    Bar(
        "scratches of shapes never trained on: ROC-AUC of the map of scratches",
        ("detection", "scratch-shapes", "all", "own", "kind_auc", ""),
        0.95,
        digits=3,
    ),
    Bar(
        "scratches of shapes never trained on: ROC-AUC of all maps together",
        ("detection", "scratch-shapes", "all", "own", "auc", ""),
        0.95,
        digits=3,
    ),
    Bar(
        "scratches: PSNR gained by filling under our own mask, dB",
        ("paired", "scratch", "all", "own-inpaint", "gain_db", "input"),
        2.0,
    ),
    Bar(
        "scratches of shapes never trained on: the same, dB",
        ("paired", "scratch-shapes", "all", "own-inpaint", "gain_db", "input"),
        2.0,
    ),
    Bar("damage reports: mAP", ("report", "all", "all", "own", "average_precision", ""), 0.75, digits=3),
    Bar(
        "damage reports: mean error of severity",
        ("report", "all", "all", "own", "severity_mae", ""),
        0.12,
        most=True,
        digits=3,
    ),
)
"""What is asked before our engine may be the default."""


def by_key(figures: Sequence[Figure]) -> dict[Key, Estimate]:
    """Return the figures by what they are of."""
    return {(one.subject, one.kind, one.level, one.method, one.measure, one.against): one.estimate for one in figures}


def bars(estimates: Mapping[Key, Estimate]) -> Table:
    """Return what is asked, what was found, and by how much it is met.

    Args:
        estimates: Every figure; what was not measured has no row.
    """
    rows = tuple(
        (
            one.what,
            f"{'at most' if one.most else 'at least'} {one.bar:g}",
            shown(found, one.digits),
            f"{(one.bar - found.value) if one.most else (found.value - one.bar):+.{one.digits}f}",
        )
        for one in BARS
        if (found := estimates.get(one.key)) is not None
    )
    note = "The margin is by how much the bar is met; below 0 it is missed. The method is `own`, as a night runs it."
    return Table("bars", "What the project asks of its own engine", note, ("what", "asked", "found", "margin"), rows)
