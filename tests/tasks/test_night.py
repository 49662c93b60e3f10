"""Memory for photographs at work is shared out, and never more than there is."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.night import MemoryGate, Workshop


def test_those_at_work_together_never_exceed_the_budget() -> None:
    gate, lock, at_work, most = MemoryGate(100), threading.Lock(), [0], [0]

    def work(cost: int) -> None:
        with gate.room_for(cost):
            with lock:
                at_work[0] += cost
                most[0] = max(most[0], at_work[0])
            threading.Event().wait(0.001)
            with lock:
                at_work[0] -= cost

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [30, 50, 20, 70, 40] * 12))
    assert 0 < most[0] <= 100


def test_one_too_large_for_the_budget_goes_alone_rather_than_never() -> None:
    gate = MemoryGate(10)
    with gate.room_for(1000):
        pass
    with gate.room_for(5):
        pass


def test_room_is_given_back_when_the_work_fails() -> None:
    gate = MemoryGate(10)

    def failing() -> None:
        with gate.room_for(10):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    with gate.room_for(10):
        pass


def test_sweeping_keeps_the_small_copies_and_closing_keeps_nothing(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "work")
    workshop.keep_proxy("ab12", lambda path: path.write_bytes(b"small") and None)
    workshop.master("cd34").write_bytes(b"master")
    (workshop.bench("ab12") / "restored.tif").write_bytes(b"half")
    workshop.sweep()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["ab12.png"]
    workshop.close()
    assert list(tmp_path.iterdir()) == []
