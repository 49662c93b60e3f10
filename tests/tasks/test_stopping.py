"""The first signal asks, the second ends."""

import os
import signal
import threading

import pytest

from tasks.stopping import stop_on_signals

pytestmark = pytest.mark.usefixtures("usual_interrupt")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_only_asks(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stop_on_signals() as stopping:
        assert not stopping.is_set()
        os.kill(os.getpid(), number)
        assert stopping.wait(10.0)
    assert signal.getsignal(number) is before


def test_the_second_does_what_it_always_does() -> None:
    with stop_on_signals() as stopping:
        signal.raise_signal(signal.SIGINT)
        assert stopping.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_away_from_the_main_thread_nothing_is_caught() -> None:
    found: list[bool] = []

    def look() -> None:
        with stop_on_signals() as stopping:
            found.extend([stopping.is_set(), signal.getsignal(signal.SIGINT) is signal.default_int_handler])

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [False, True]
