"""Photographs through their stages, batch by batch: all of one night with its settings, redos with their own."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from tasks.classify import classify
from tasks.models.errors import ModelError
from tasks.modernize import modernize
from tasks.night import Night
from tasks.photograph import Photograph
from tasks.pictures import store_pictures, treated_before, work_identity
from tasks.progress import NightProgress
from tasks.redo import Redo, refused
from tasks.references.offered import ReferenceSet
from tasks.restore import restore
from tasks.review.wishes import COLOURS

T = TypeVar("T")


class Call(Protocol):
    """Runs a task, under Prefect or as the plain function it wraps."""

    def __call__(self, task: Any, *args: Any) -> Any:  # noqa: ANN401 - any task, its arguments, its result
        """Return the task's result."""


def under_prefect(task: Any, *args: Any) -> Any:  # noqa: ANN401 - see Call
    """Run a task as Prefect's: recorded, retried where that helps."""
    return task(*args)


def plainly(task: Any, *args: Any) -> Any:  # noqa: ANN401 - see Call
    """Run the function a task wraps: nothing is recorded anywhere but in our own catalog."""
    return task.fn(*args)


@dataclass
class Clock:
    """Wall time by stage."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Seconds so far."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of the block to a stage."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += time.perf_counter() - began


@dataclass(frozen=True)
class TreatmentLine:
    """Takes photographs batch by batch through classify, restore, modernize and the storing of pictures."""

    night: Night
    references: ReferenceSet
    call: Call
    progress: NightProgress
    clock: Clock

    def treat(self, photographs: Sequence[Photograph], finished: Mapping[str, Photograph]) -> list[Photograph]:
        """Return all photographs after their last stage; those finished by an interrupted run are taken as they are."""
        todo = [one for one in photographs if one.asset_id not in finished]
        treated = [finished[one.asset_id] for one in photographs if one.asset_id in finished]
        self.progress.start("treat", len(todo))
        for batch in batches(todo, self.night.settings.batch_size):
            treated += self.treat_batch(batch)
            self.progress.advance("treat", len(batch))
        return treated

    def treat_batch(self, batch: Sequence[Photograph]) -> list[Photograph]:
        """Return one batch after its last stage."""
        stages: tuple[tuple[str, Any, tuple[Any, ...]], ...] = (
            ("classify", classify, ()),
            ("restore", restore, ()),
            ("modernize", modernize, (self.references,)),
            ("publish", store_pictures, (work_identity(self.night, self.references),)),
        )
        photographs = list(batch)
        for name, stage, extra in stages:
            with self.clock.stage(name):
                photographs = self.call(stage, self.night, photographs, *extra)
        return photographs


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield the items in runs of at most this size.

    Examples:
        >>> [list(batch) for batch in batches([1, 2, 3], 2)]
        [[1, 2], [3]]
    """
    for start in range(0, len(items), size):
        yield items[start : start + size]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Photographs that are treated by the same settings."""

    line: TreatmentLine
    """What treats them."""

    photographs: tuple[Photograph, ...] = ()
    """Those to be treated again; empty for what is on its way for the first time."""

    work_hash: str = ""
    """Identity of everything that decides their results; empty if they cannot be treated."""

    obstacle: str = ""
    """Why they cannot be treated."""

    def treat(self, finished: Mapping[str, Photograph]) -> list[Photograph]:
        """Return the photographs after their last stage."""
        return (
            refused(self.photographs, self.obstacle) if self.obstacle else self.line.treat(self.photographs, finished)
        )


def redo_lines(line: TreatmentLine, redo: Redo) -> list[Share]:
    """Return the line of the night itself, and one for each kind of redo that was asked for."""
    shares = [Share(line=line, work_hash=work_identity(line.night, line.references))]
    for wish, night, photographs in redo.by_wish(line.night):
        references = ReferenceSet(styles=(), new_rows=()) if COLOURS in wish.without else line.references
        own = replace(line, night=night, references=references)
        try:
            work_hash = work_identity(night, references)
        except ModelError as error:  # the engine asked for is not installed here: the night itself is not to blame
            shares.append(Share(line=own, photographs=tuple(photographs), obstacle=str(error)))
        else:
            shares.append(Share(line=own, photographs=tuple(photographs), work_hash=work_hash))
    return shares


def finished_before(shares: Sequence[Share], photographs: Sequence[Photograph]) -> dict[str, Photograph]:
    """Return what an interrupted attempt at this run has finished of the photographs with the settings of tonight."""
    first, *others = shares
    hashes = {one.asset_id: first.work_hash for one in photographs}
    hashes |= {one.asset_id: share.work_hash for share in others for one in share.photographs}
    return treated_before(first.line.night, photographs, hashes)
