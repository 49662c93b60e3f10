"""Progress bars with the time left, on a terminal only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as TimeLeftColumn


@contextmanager
def bar(what: str, total: int, console: Console) -> Iterator[Callable[[int], None]]:
    """Give a function to call with how many more are done; silent where the console is no terminal."""
    if not console.is_terminal:
        yield lambda _: None
        return
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.advance(task, done)


class Stages:
    """One bar for each thing done one after the other; silent where the console is no terminal."""

    def __init__(self, console: Console) -> None:
        """Lay out the columns; nothing is drawn yet."""
        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeLeftColumn())
        text = TextColumn("{task.description}")
        self._bars = Progress(text, *columns, console=console, transient=True, disable=not console.is_terminal)
        self._task: TaskID | None = None

    @contextmanager
    def shown(self) -> Iterator["Stages"]:
        """Draw for the length of the block."""
        with self._bars:
            yield self

    def start(self, what: str, total: int) -> None:
        """Begin something of so many pieces; 0 if that is not known."""
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(what, total=total or None)

    def advance(self, done: int) -> None:
        """Count pieces done."""
        if self._task is not None:
            self._bars.advance(self._task, done)
