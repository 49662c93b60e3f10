"""A progress bar with the time left, on a terminal only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress


@contextmanager
def bar(what: str, total: int, console: Console) -> Iterator[Callable[[int], None]]:
    """Give a function to call with how many more are done; silent where the console is no terminal."""
    if not console.is_terminal:
        yield lambda _: None
        return
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.advance(task, done)
