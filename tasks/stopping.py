"""Ending long work in good order: the first Ctrl-C or SIGTERM asks for it, the second does what it always does."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """Give an event that the first SIGINT or SIGTERM sets; away from the main thread no signal is caught."""
    stopping = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopping
        return
    usual = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}

    def stop(number: int, _frame: FrameType | None) -> None:
        stopping.set()
        signal.signal(number, usual[signal.Signals(number)])

    for one in usual:
        signal.signal(one, stop)
    try:
        yield stopping
    finally:
        for one, handler in usual.items():
            signal.signal(one, handler)
