"""Tables hold the figures they say they hold, with the margins of what is asked."""

from dataclasses import replace

import pytest

from oldphoto_core.evaluation.figures import Figure, Subject
from oldphoto_core.evaluation.intervals import Estimate
from oldphoto_core.evaluation.method import Method, restorer
from tasks.evaluation.bars import BARS, bars, by_key
from tasks.evaluation.table import Table
from tasks.evaluation.tables import tables


def method(name: str) -> Method:
    return restorer(name, f"{name}.", lambda photo, _: photo)


METHODS = [
    method("input"),
    method("classical"),
    method("own"),
    replace(method("own-without-colour"), role="part"),
    replace(method("own-inpaint"), role="fill"),
]


def figure(
    subject: Subject, kind: str, level: str, name: str, measure: str, value: float, *, against: str = ""
) -> Figure:
    estimate = Estimate(value, value - 0.5, value + 0.5, 12)
    return Figure(
        subject=subject,
        kind=kind,
        level=level,
        method=name,
        measure=measure,
        estimate=estimate,
        against=against,  # type: ignore[arg-type]
    )


FIGURES = [
    figure("paired", kind, level, name, "gain_db", value, against=against)
    for kind in ("noise", "mixed")
    for level in ("mild", "all")
    for name, value, against in (
        ("classical", 1.0, "input"),
        ("own", 3.0, "input"),
        ("input", -1.0, "classical"),
        ("own", 2.0, "classical"),
        ("own-without-colour", -1.5, "own"),
        ("own-inpaint", 0.25, "input"),
    )
] + [figure("clean", "clean", "none", "own", "change_255", 0.75)]


def laid() -> dict[str, Table]:
    return {table.name: table for table in tables(FIGURES, METHODS)}


def test_by_kind_there_is_one_row_a_kind_and_by_level_one_a_level() -> None:
    found = laid()
    assert found["gains"].columns == ("damage", "pictures", "classical", "own")
    assert found["gains"].rows[0] == ("noise", "12", "1.00 [0.50, 1.50]", "3.00 [2.50, 3.50]")
    assert [row[0] for row in found["gains"].rows] == ["noise", "mixed"]
    assert [row[:2] for row in found["gains-by-level"].rows] == [
        ("noise", "mild"),
        ("noise", "all"),
        ("mixed", "mild"),
        ("mixed", "all"),
    ]


def test_parts_and_fillings_stand_in_their_own_tables_and_nowhere_else() -> None:
    found = laid()
    assert found["parts"].columns == ("damage", "pictures", "own-without-colour")
    assert found["parts"].rows[0][2] == "-1.50 [-2.00, -1.00]"
    assert found["filling"].columns == ("damage", "level", "pictures", "own-inpaint")
    for name in ("gains", "gains-classical", "gains-by-level"):
        assert not {"own-without-colour", "own-inpaint", "input"} & set(found[name].columns), name


def test_margins_are_above_zero_where_a_bar_is_met_and_below_where_it_is_missed() -> None:
    rows = {row[0]: row[1:] for row in laid()["bars"].rows}
    assert rows["mixed damage: PSNR gained over the input, dB"] == ("at least 2.5", "3.00 [2.50, 3.50]", "+0.50")
    assert rows["clean: mean change, 1/255"] == ("at most 0.5", "0.750 [0.250, 1.250]", "-0.250")
    assert len(rows) == 3  # what was not measured is not spoken of


@pytest.mark.parametrize("bar", BARS, ids=lambda bar: bar.what)
def test_every_bar_reads_the_figure_of_its_key(bar: object) -> None:
    key = bar.key  # type: ignore[attr-defined]
    table = bars(by_key([figure(*key[:5], 0.4, against=key[5])]))
    assert len(table.rows) == 1


def test_without_our_engine_nothing_is_asked_of_it() -> None:
    found = {table.name for table in tables([one for one in FIGURES if one.method == "classical"], METHODS[:2])}
    assert "bars" not in found
    assert "parts" not in found
