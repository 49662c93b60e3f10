"""The figures of a report, against the rows they come from."""

import json
from collections import Counter
from pathlib import Path

import pytest
from catalog_rows import plain_row
from report_archive import REFERENCE, ReportArchive, sha

from catalogs.read import open_catalog
from catalogs.schema import DamageRow, RunRow
from tasks.report import figures
from tasks.report.site import Site


def run(**values: object) -> RunRow:
    row: RunRow = plain_row(RunRow, stage_seconds={}, **values)
    return row


def test_bars_are_shares_of_the_longest() -> None:
    amounts = figures.outcomes(run(published=8, untouched=2))
    assert [(one.name, one.value, one.share) for one in amounts] == [
        ("published", 8, 1.0),
        ("untouched", 2, 0.25),
        ("duplicate", 0, 0.0),
        ("quarantined", 0, 0.0),
    ]


def test_stages_keep_their_order_and_none_is_left_out() -> None:
    row = plain_row(RunRow, stage_seconds={"restore": 2.0, "frobnicate": 1.0, "ingest": 4.0})
    assert [one.name for one in figures.stage_times(row)] == ["ingest", "restore", "frobnicate"]


def test_columns_of_nights_stand_on_the_line_and_the_tallest_fills_the_chart() -> None:
    bars = figures.night_bars([run(published=3, quarantined=1), run(), run(untouched=2)])
    assert [bar.total for bar in bars] == [4, 0, 2]
    assert [bar.x for bar in bars] == [1, 11, 21]
    first, nothing, last = (bar.pieces for bar in bars)
    assert [(piece.name, piece.top, piece.height) for piece in first] == [
        ("published", 25.0, 75.0),
        ("quarantined", 0.0, 25.0),
    ]
    assert nothing == ()
    assert [(piece.top, piece.height) for piece in last] == [(50.0, 50.0)]


def test_histograms_hold_every_finding_once(second_site: Site) -> None:
    photographs = tuple(second_site.photographs.values())
    found = [bar for photo in photographs for bar in photo.found]
    histograms = {one.kind: one for one in figures.histograms(photographs)}
    assert len(histograms) == 12
    assert {kind: one.total for kind, one in histograms.items() if one.total} == Counter(bar.kind for bar in found)
    assert histograms["tear"].counts == (0, 0, 0, 0, 0, 4, 0, 0, 0, 0)  # severity 0.55
    assert histograms["dust"].counts[-1] == 4  # severity 1.0 belongs to the last column


def test_the_summary_agrees_with_the_catalog(report: Path, reported: ReportArchive) -> None:
    summary = json.loads((report / "summary.json").read_text("utf-8"))
    catalog = open_catalog(reported.store)
    statuses = Counter(row.status for row in catalog.assets if row.run_id == "run-000002")
    assert summary["outcomes"] == statuses
    assert summary["format"] == "oldphoto-report/1"
    assert summary["run"]["config"] == {"restore": {"engine": "<own>"}}
    damage = [row for row in catalog.rows("damage") if isinstance(row, DamageRow)]
    assert summary["damage_found"]["tear"] == sum(row.tear_probability >= 0.5 for row in damage)
    assert summary["damage_found"]["blur"] == 0
    assert summary["verdicts"] == {"inpaint": {"rejected": 4}, "restore": {"applied": 4}}
    assert summary["quarantine_reasons"] == {"truncated": 1}
    assert summary["references"] == {"accepted": 1, "refused": 1, "regions_by_reference": {sha(REFERENCE): 1}}
    assert [night["run_id"] for night in summary["nights"]] == ["run-000001", "run-000002"]
    assert summary["groups_of_copies"] == 2


@pytest.mark.parametrize("count", [0, 1, 4, 9])
def test_pages_hold_every_item_once(count: int) -> None:
    from tasks.report.paging import paged  # noqa: PLC0415 - only here

    pages = paged(range(count), 4)
    assert [item for page in pages for item in page.items] == list(range(count))
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    assert {page.count for page in pages} == {len(pages)}
    assert len(pages) == max(1, -(-count // 4))
    assert all(page.last - page.first + 1 == len(page.items) for page in pages)
