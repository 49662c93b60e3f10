"""What a person sees: tables, error lines, progress; and JSON for machines."""

import json
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn the errors a person can act on into one line and exit code 1, or 2 if the arguments are at fault."""
    from tasks.trouble import EXPECTED, WRONG_ARGUMENTS

    try:
        yield
    except WRONG_ARGUMENTS as error:
        fail(str(error), code=2)
    except EXPECTED as error:
        fail(str(error), code=1)


def leave_expected_errors_to_us() -> None:
    """Keep Prefect from printing a traceback of the errors that ``plain_errors`` words; call it once Prefect is loaded.

    The flow run's state holds them all the same.
    """
    from tasks.trouble import EXPECTED, WRONG_ARGUMENTS

    def is_news(record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], (*EXPECTED, *WRONG_ARGUMENTS)))

    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).addFilter(is_news)


def fail(message: str, *, code: int) -> None:
    """Print an error line and leave with the code.

    Raises:
        typer.Exit: Always.
    """
    err.print(f"[bold red]error:[/] {escape(plain(message))}")
    raise typer.Exit(code)


def plain(text: str) -> str:
    r"""Return text that is safe on a terminal: what does not print, such as an escape in a name, is spelled out.

    Examples:
        >>> print(plain("box 1/\x1b[2Jprint.tif"))
        box 1/\x1b[2Jprint.tif
    """
    return "".join(
        sign if sign.isprintable() or sign == "\n" else sign.encode("unicode_escape").decode() for sign in text
    )


def print_json(document: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print one JSON document to standard output, in ASCII so that any terminal and any name will do."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; numbers stand right."""
    rows = [list(row) for row in rows]
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
    for position, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[position], int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(plain(str(value))) for value in row))
    out.print(table)


def print_set_aside(refused: Sequence[Mapping[str, str]]) -> None:
    """Print what could not be worked on, to standard error."""
    for one in refused:
        path, detail, reason = (escape(plain(one[name])) for name in ("path", "detail", "reason"))
        err.print(f"[yellow]set aside:[/] {path}: {detail} ({reason})")
