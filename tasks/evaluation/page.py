"""The results of an evaluation as one Markdown file and one HTML file that needs no other."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from tasks.evaluation.table import Table


@dataclass(frozen=True, slots=True)
class Strip:
    """Small pictures of one case in a row."""

    title: str
    """The case."""

    credit: str
    """Whose picture it is, and on what terms."""

    pictures: tuple[tuple[str, bytes], ...]
    """Name and JPEG of each, the aged one first, the truth last."""

    def addresses(self) -> list[tuple[str, str]]:
        """Return name and data address of each picture."""
        return [(name, f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}") for name, jpeg in self.pictures]


@dataclass(frozen=True, slots=True)
class Page:
    """What the pages say."""

    facts: tuple[tuple[str, str], ...]
    """What a reader must know to repeat the run."""

    methods: tuple[tuple[str, str, str], ...]
    """Name, sentence and settings of each method."""

    tables: tuple[Table, ...]
    """The tables."""

    strips: tuple[Strip, ...]
    """The pictures."""

    reading: tuple[str, ...] = ()
    """How to read the tables, and what is not in them; a paragraph each."""


def markdown(page: Page) -> str:
    """Return the results as Markdown, without pictures."""
    lines = ["# Evaluation", ""]
    lines += [line for paragraph in page.reading for line in (paragraph, "")]
    lines += [f"* {name}: {value}" for name, value in page.facts]
    lines += ["", "## Methods", ""]
    lines += [
        f"* `{name}`: {about}{f' Settings: {settings}.' if settings else ''}" for name, about, settings in page.methods
    ]
    for table in page.tables:
        lines += ["", f"## {table.title}", ""]
        lines += [table.note, ""] if table.note else []
        lines += [_line(table.columns), _line(["---"] * len(table.columns)), *(_line(row) for row in table.rows)]
    return "\n".join(lines) + "\n"


def web_page(page: Page) -> str:
    """Return the results as HTML, pictures within."""
    environment = Environment(loader=PackageLoader("tasks"), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("evaluation.html").render(page=page) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
