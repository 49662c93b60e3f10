"""``docs/audit.md``: every query runs on a real archive, says what pandas says, and shows what came out.

With ``OLDPHOTO_REWRITE_PAGES`` set, what is shown is written anew.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from audited_archive import REPLACED, RESTORED, AuditedArchive

from tasks.auditing import views_of

PAGE = Path(__file__).parents[2] / "docs" / "audit.md"
BLOCK = re.compile(r"```sql\n(?P<sql>.*?)```\n\n```text\n(?P<shown>.*?)```", re.DOTALL)
VARYING = (
    (r"file://\S*", "<uri>"),
    (r"\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b", "<digest>"),
    (r"derivatives/\S+/", "derivatives/<digest>/"),
    (r"\b\d+\.\d+\b", "<number>"),
    (r"\b\d+ bytes", "<number> bytes"),
    (r"(condition judged: ).*", r"\1<kinds>"),
    (r"(?m)^.*damage\.png.*\n", ""),
)
"""What depends on the clock, the machine, the versions of libraries, or the weights of the day."""


@dataclass(frozen=True)
class Query:
    """One query of the page."""

    title: str
    sql: str
    shown: str


def queries() -> list[Query]:
    text = PAGE.read_text("utf-8")
    found = []
    for block in BLOCK.finditer(text):
        title = re.findall(r"^### (.+)$", text[: block.start()], re.MULTILINE)[-1]
        found.append(Query(title if block["sql"].find("map_entries") < 0 else "by stage", block["sql"], block["shown"]))
    return found


@pytest.fixture(scope="module")
def variables(audited: AuditedArchive) -> dict[str, str]:
    weights = {
        row["weights_sha256"]
        for row in table(audited, "treatments").to_dict("records")
        if row["stage"] == "restore" and row["step"] == "colour" and row["engine"] == "own"
    }
    return {"weights": weights.pop(), "print": "loose/scan-0003.jpg", "photograph": audited.asset_id(RESTORED)}


@pytest.fixture
def con(audited: AuditedArchive) -> Iterator[duckdb.DuckDBPyConnection]:
    with chdir(audited.output), duckdb.connect() as con:
        con.execute(views_of("."))
        con.execute("SET TimeZone = 'UTC'")
        yield con


def filled(sql: str, variables: dict[str, str]) -> str:
    """Return the query with the values of this archive in the place of those on the page."""
    for name, value in variables.items():
        sql = re.sub(rf"(SET VARIABLE {name} = )'[^']*';", rf"\g<1>'{value}';", sql)
    return sql


def answer(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    con.execute(sql)
    return [column[0] for column in con.description or ()], con.fetchall()


def text_of(columns: list[str], rows: list[tuple[Any, ...]]) -> str:
    cells = [columns, *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    return "-" if value is None or value == "" else str(value)


def steady(text: str) -> list[list[str]]:
    """Return the cells of each line, what varies left out; lines in an order that does not vary."""
    for pattern, word in VARYING:
        text = re.sub(pattern, word, text)
    head, *lines = ([cell.strip() for cell in re.split(r"\s{2,}", line)] for line in text.splitlines())
    return [head, *sorted(lines)]


@pytest.mark.parametrize("query", queries(), ids=lambda query: query.title)
def test_what_the_page_shows_is_what_comes_out(
    query: Query, con: duckdb.DuckDBPyConnection, variables: dict[str, str]
) -> None:
    columns, rows = answer(con, filled(query.sql, variables))
    assert rows, "a question without an answer shows nothing"
    if "OLDPHOTO_REWRITE_PAGES" in os.environ:
        rewrite(query, filled(query.sql, variables), text_of(columns, [tuple(map(_elsewhere, row)) for row in rows]))
        return
    assert steady(query.shown) == steady(text_of(columns, rows))


def _elsewhere(value: Any) -> Any:
    """Return the value as it would be in a museum, not in a folder of this test."""
    return re.sub(r"file://\S*", "file:///museum/scans", value) if isinstance(value, str) else value


def rewrite(query: Query, sql: str, shown: str) -> None:
    text = PAGE.read_text("utf-8")
    before = f"```sql\n{query.sql}```\n\n```text\n{query.shown}```"
    assert before in text
    PAGE.write_text(text.replace(before, f"```sql\n{sql}```\n\n```text\n{shown}```"), "utf-8")


@pytest.mark.parametrize("query", queries(), ids=lambda query: query.title)
def test_a_query_says_what_pandas_says(
    query: Query, con: duckdb.DuckDBPyConnection, variables: dict[str, str], audited: AuditedArchive
) -> None:
    _, rows = answer(con, filled(query.sql, variables))
    expected = ORACLES[query.title](audited, variables)
    assert sorted(map(repr, map(_plain, rows))) == sorted(map(repr, map(_plain, expected)))


def test_every_question_has_a_second_opinion() -> None:
    assert {query.title for query in queries()} == ORACLES.keys()


def test_the_list_of_files_is_true(con: duckdb.DuckDBPyConnection, audited: AuditedArchive) -> None:
    (query,) = (query for query in queries() if "sha256sum" in query.title)
    lines = [row[0] for row in answer(con, query.sql)[1]]
    for line in lines:
        digest, path = line.split("  ", 1)
        assert hashlib.sha256((audited.output / path).read_bytes()).hexdigest() == digest
    assert len(lines) == sum(path.is_file() for path in (audited.output / "derivatives").rglob("*"))


# ------------------------------------------------------------------ the same answers, slowly


def _plain(row: Any) -> tuple[Any, ...]:
    return tuple(None if value is None or value == "" or value is pd.NA or value != value else  # noqa: PLR0124 - NaN
                 round(value, 1) if isinstance(value, float) else value for value in row)  # fmt: skip


def table(audited: AuditedArchive, name: str) -> pd.DataFrame:
    files = sorted((audited.output / "catalogs" / name).rglob("*.parquet"))
    rows = [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]
    return pd.DataFrame(rows).astype(object).where(lambda frame: frame.notna(), None)


def newest(frame: pd.DataFrame, *by: str) -> pd.DataFrame:
    """Return, for each group, the rows of its newest run."""
    latest: dict[Any, str] = {}
    for row in frame.to_dict("records"):
        name = tuple(row[column] for column in by)
        latest[name] = max(latest.get(name, ""), row["run_id"])
    keep = [latest[tuple(row[column] for column in by)] == row["run_id"] for row in frame.to_dict("records")]
    return frame[keep]


def standing(audited: AuditedArchive) -> list[dict[str, Any]]:
    files = table(audited, "treatments")
    return [row for row in newest(files[files.output_path.notna()], "output_path").to_dict("records")
            if row["output_sha256"] is not None]  # fmt: skip


def keys_of(audited: AuditedArchive) -> dict[str, str]:
    keys: dict[str, str] = {}
    for row in table(audited, "assets").sort_values("key", ascending=False).to_dict("records"):
        keys[row["asset_id"]] = row["key"]
    return keys


def treated(audited: AuditedArchive) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the outcomes with files, by run and asset_id."""
    rows = table(audited, "assets").to_dict("records")
    return {(row["run_id"], row["asset_id"]): row for row in rows if row["status"] in {"published", "untouched"}}


def changed(audited: AuditedArchive, _: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    for row in table(audited, "assets").to_dict("records"):
        yield row["run_id"], "outcome", row["key"], ": ".join(filter(None, (row["status"], row["reason"])))
    for row in table(audited, "reviews").to_dict("records"):
        name = keys_of(audited)[row["asset_id"]]
        yield row["run_id"], "decision", name, f"{row['decision']} by {row['reviewer']}"
    seen = set()
    for row in table(audited, "treatments").sort_values("run_id", kind="stable").to_dict("records"):
        if row["output_path"] in seen:
            how = ": ".join(filter(None, (row["step"], row["reason"])))
            yield row["run_id"], "file again", keys_of(audited)[row["asset_id"]], how
        seen.add(row["output_path"] or object())


def made_with(audited: AuditedArchive, variables: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    for name in ("treatments", "damage"):
        for row in table(audited, name).to_dict("records"):
            if row["weights_sha256"] == variables["weights"]:
                asset = treated(audited)[row["run_id"], row["asset_id"]]
                step = [row.get("stage", "classify"), row.get("step", "report"), row.get("verdict", "applied")]
                yield asset["key"], asset["page"], *step, row["run_id"]


def copies(audited: AuditedArchive, variables: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    current = newest(table(audited, "assets"), "source_uri", "key").to_dict("records")
    rows = {row["key"]: row for row in newest(table(audited, "duplicates"), "key").to_dict("records")}
    group = {row["asset_id"] for row in current if row["key"] == variables["print"]}
    while True:
        pairs = [{row["asset_id"], row["primary_asset_id"]} for row in rows.values()]
        wider = group.union(*(pair for pair in pairs if pair & group))
        if wider == group:
            break
        group = wider
    for row in current:
        if row["asset_id"] in group:
            copy = rows.get(row["key"], {})
            about = [copy.get(name) for name in ("relation", "transform", "primary_key")]
            yield row["key"], row["page"], row["status"], *about


def replaced(audited: AuditedArchive, _: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    current = newest(table(audited, "assets"), "source_uri", "key").to_dict("records")
    now = {row["key"]: row for row in current}
    for (run_id, asset_id), row in treated(audited).items():
        found = now[row["key"]]
        if found["sha256"] != row["sha256"]:
            assert row["key"] == REPLACED
            for file in standing(audited):
                if file["asset_id"] == asset_id and file["step"] == "result":
                    name = Path(file["output_path"]).name
                    yield row["key"], run_id, row["sha256"][:12], found["run_id"], found["sha256"][:12], name


def rejected(audited: AuditedArchive, _: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    for row in table(audited, "treatments").to_dict("records"):
        if row["verdict"] in {"rejected", "blended"} and row["output_path"] is None:
            asset = treated(audited)[row["run_id"], row["asset_id"]]
            about = [row[name] for name in ("stage", "step", "because", "verdict", "reason")]
            yield asset["key"], asset["page"], *about


def cost(audited: AuditedArchive, _: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    totals: dict[tuple[str, str], list[float]] = {}
    read = table(audited, "assets").drop_duplicates(["run_id", "key"])
    for run in table(audited, "runs").to_dict("records"):
        seconds = (run["finished_at"] - run["started_at"]).total_seconds()
        folders = [key.rpartition("/")[0] for key in read[read.run_id == run["run_id"]].key]
        for folder in folders or ["(no new objects)"]:
            one = totals.setdefault((run["source_uri"], folder), [0, 0.0])
            one[0] += bool(folders)
            one[1] += seconds / (len(folders) or 1)
    for (uri, folder), (count, seconds) in totals.items():
        yield uri, folder, count, round(seconds, 1), round(seconds / 3600 * 0.9, 4)


def by_stage(audited: AuditedArchive, _: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    totals: dict[tuple[str, str], float] = {}
    for run in table(audited, "runs").to_dict("records"):
        for stage, seconds in dict(run["stage_seconds"]).items():
            totals[run["source_uri"], stage] = totals.get((run["source_uri"], stage), 0.0) + seconds
    yield from ((uri, stage, round(seconds, 1)) for (uri, stage), seconds in totals.items())


def reviewed(audited: AuditedArchive, _: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    digests = {row["output_sha256"] for row in standing(audited)}
    for row in table(audited, "reviews").to_dict("records"):
        key, stands = keys_of(audited)[row["asset_id"]], row["output_sha256"] in digests
        yield row["reviewer"], row["decision"], key, row["note"], row["run_id"], stands


def by_networks(audited: AuditedArchive, _: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    rows = table(audited, "treatments").to_dict("records")
    for file in standing(audited):
        steps = [
            row
            for row in rows
            if (row["run_id"], row["asset_id"], row["stage"]) == (file["run_id"], file["asset_id"], file["stage"])
            and row["weights_sha256"] is not None
            and row["step"] != "result"
            and row["verdict"] in {"applied", "blended"}
        ]
        if file["step"] == "result" and steps:
            asset = treated(audited)[file["run_id"], file["asset_id"]]
            names = ", ".join(row["step"] for row in sorted(steps, key=lambda row: row["position"]))
            name = Path(file["output_path"]).name
            yield asset["key"], asset["page"], names, file["digital_source_type"], name


def life(audited: AuditedArchive, variables: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    for row in table(audited, "events").to_dict("records"):
        if row["asset_id"] == variables["photograph"]:
            name = Path(row["object_path"]).name if row["object_path"] else "master"
            about = [row[column] for column in ("outcome", "agent")]
            yield row["run_id"], row["key"], row["event_type"], name, *about, row["detail"][:60]


def fixity(audited: AuditedArchive, _: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    yield from ((f"{row['output_sha256']}  {row['output_path']}",) for row in standing(audited))


ORACLES = {
    "What changed last week?": changed,
    "Everything made with weights X": made_with,
    "All copies of print Y": copies,
    "Results whose master changed": replaced,
    "Rejected by do-no-harm, and why": rejected,
    "Time and cost by collection": cost,
    "by stage": by_stage,
    "Who reviewed what?": reviewed,
    "Everything that a trained network altered": by_networks,
    "The life of one photograph, in order": life,
    "Every file that should stand, for `sha256sum --check`": fixity,
}
