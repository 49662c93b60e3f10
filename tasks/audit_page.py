"""The report of an audit: as JSON values, as Markdown, and as one HTML page that needs nothing beside it."""

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from catalogs.audit_report import AuditReport

HEAD = ("question", "looked at", "problems", "not checked")

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}"
    "table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #ccc;padding:.3rem .6rem;text-align:left}"
    "td:not(:first-child),th:not(:first-child){text-align:right}li{overflow-wrap:anywhere}"
    ".holds{color:#0a5c2b}.fails{color:#a30f0f}"
)


class UnknownFormError(ValueError):
    """The name of the file to write does not say in which form."""


def document(report: AuditReport) -> dict[str, Any]:
    """Return a report as JSON values."""
    return {
        "holds": report.holds,
        "facts": dict(report.facts),
        "checks": [
            {
                "question": check.question,
                "looked_at": check.looked_at,
                "problems": list(check.problems),
                "not_checked": list(check.not_checked),
            }
            for check in report.checks
        ],
        "beyond": list(report.beyond),
    }


def write_page(report: AuditReport, path: Path) -> None:
    """Write a report, as Markdown or HTML by the name of the file.

    Raises:
        UnknownFormError: The name ends in neither .md nor .html.
        OSError: The file cannot be written.
    """
    check_form(path)
    path.write_text(markdown(report) if path.suffix.lower() == ".md" else html(report), "utf-8")


def check_form(path: Path) -> None:
    """Refuse a file whose form its name does not tell; better before the audit than after it.

    Raises:
        UnknownFormError: The name ends in neither .md nor .html.
    """
    if path.suffix.lower() not in {".md", ".html"}:
        raise UnknownFormError(f"expected a file ending in .md or .html, found {path}")


def verdict(report: AuditReport) -> str:
    """Return in a sentence what the audit came to."""
    count = len(report.problems)
    found = "Everything looked at holds." if report.holds else f"{count} problem{'s' * (count != 1)} found."
    left = len(report.not_checked)
    return f"{found} {left} {'note' if left == 1 else 'notes'} on what was not checked."


def markdown(report: AuditReport) -> str:
    """Return a report as Markdown."""
    lines = ["# Audit", "", f"**{verdict(report)}**", ""]
    lines += [f"* {name}: {_plain(value)}" for name, value in report.facts]
    lines += ["", f"| {' | '.join(HEAD)} |", "| --- | ---: | ---: | ---: |"]
    lines += [f"| {' | '.join(map(str, row))} |" for row in rows(report)]
    for title, sentences in sections(report):
        lines += ["", f"## {title}", "", *(f"* {_plain(sentence)}" for sentence in sentences)]
    return "\n".join(lines) + "\n"


def html(report: AuditReport) -> str:
    """Return a report as a page: no script, no address of anything outside it."""
    facts = "".join(f"<li>{escape(name)}: <code>{escape(value)}</code></li>" for name, value in report.facts)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows(report))
    lists = "".join(
        f"<h2>{escape(title)}</h2><ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in sentences)}</ul>"
        for title, sentences in sections(report)
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Audit</title>'
        f"<style>{STYLE}</style></head><body><h1>Audit</h1>"
        f'<p class="{"holds" if report.holds else "fails"}"><strong>{escape(verdict(report))}</strong></p>'
        f"<ul>{facts}</ul><table><thead><tr>{''.join(f'<th>{name}</th>' for name in HEAD)}</tr></thead>"
        f"<tbody>{body}</tbody></table>{lists}</body></html>\n"
    )


def rows(report: AuditReport) -> Iterator[tuple[str, int, int, int]]:
    """Yield a row of numbers for each question."""
    for check in report.checks:
        yield check.question, check.looked_at, len(check.problems), len(check.not_checked)


def sections(report: AuditReport) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the lists below the table, without the empty ones."""
    titled = (
        ("Problems", report.problems),
        ("Not checked, and why", report.not_checked),
        ("Not asked by any audit", report.beyond),
    )
    yield from ((title, sentences) for title, sentences in titled if sentences)


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is: names of files may hold anything."""
    shown = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|" else sign for sign in shown)
