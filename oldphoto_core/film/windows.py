"""How a shot is cut into windows: as memory allows, or as the published procedure does it."""

from dataclasses import dataclass
from math import isqrt

_STATES_SHARE = 0.6
"""Share of the memory that states of the recurrence may take; the rest is for frames, motion and layers."""


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """How long windows are, and what a window knows of the frames after it."""

    window: int
    """Frames restored together."""

    look_ahead: int | None = None
    """Frames after a window from which its backward sweep begins anew; None: it knows all frames to the end."""

    @property
    def exact(self) -> bool:
        """Whether the result is that of one pass over the whole shot."""
        return self.look_ahead is None


@dataclass(frozen=True, slots=True)
class Span:
    """Frames of a shot, and which of them count."""

    start: int
    """First frame."""

    stop: int
    """The frame after the last."""

    emit: int
    """First frame that is given; those before it are there for warming up."""


def spans(count: int, window: int) -> list[Span]:
    """Return windows that follow each other and share no frame.

    Examples:
        >>> [(s.start, s.stop) for s in spans(10, 4)]
        [(0, 4), (4, 8), (8, 10)]
    """
    return [Span(start, min(count, start + window), start) for start in range(0, count, window)]


def published_spans(count: int, *, length: int = 20, stride: int = 10) -> list[Span]:
    """Return the windows of the published procedure: each begins with no knowledge of the one before.

    Windows start every ``stride`` frames until one reaches the end of the shot. The first gives all of its frames, the
    others those behind their first ``length - stride``.

    Raises:
        ValueError: The stride is not within 1 and the length.

    Examples:
        >>> [(s.start, s.stop, s.emit) for s in published_spans(47)]
        [(0, 20, 0), (10, 30, 20), (20, 40, 30), (30, 47, 40)]
    """
    if not 1 <= stride <= length:
        raise ValueError(f"need 1 <= stride <= length, found stride {stride} and length {length}")
    found = []
    for start in range(0, max(count, 1), stride):
        stop = min(count, start + length)
        if stop > start:
            found.append(Span(start, stop, start + length - stride if start else 0))
        if start + length >= count:
            break
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCosts:
    """What windows take of memory, and what there is of it; all in bytes."""

    frame: int
    """Each frame of a window."""

    state: int
    """What is known at a window's end."""

    available: int
    """Memory that may be used."""


def plan_windows(count: int, *, window: int, look_ahead: int, costs: WindowCosts) -> WindowPlan:
    """Return windows with which a shot is restored as in one pass, or as nearly as memory allows.

    As in one pass, what is known at the end of every window is held, and all of one window's frames. Where that is too
    much, each window's backward sweep begins some frames behind it; what it made of them is discarded. One frame, and
    one behind it, are taken in any case.

    Args:
        count: Frames of the shot.
        window: Frames restored together, as asked for.
        look_ahead: Frames behind a window that are looked at, where not all can be.
        costs: Memory.
    """
    budget = int(_STATES_SHARE * costs.available)
    least = max(1, isqrt(count * costs.state // max(1, costs.frame)))  # the length that takes least memory in all
    for length in (min(window, count), min(least, count)):
        if length * costs.frame + -(-count // length) * costs.state <= budget:
            return WindowPlan(length)
    held = max(2, budget // max(1, costs.frame))
    beyond = min(look_ahead, held // 2)
    return WindowPlan(min(window, held - beyond), beyond)
