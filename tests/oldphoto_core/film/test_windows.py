"""Windows cover a shot, and keep within the memory."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.film.windows import WindowCosts, WindowPlan, plan_windows, published_spans, spans


@given(st.integers(1, 300), st.integers(1, 40))
@settings(deadline=None)
def test_windows_hold_each_frame_once(count: int, window: int) -> None:
    found = [number for span in spans(count, window) for number in range(span.start, span.stop)]
    assert found == list(range(count))


@given(st.integers(1, 200), st.integers(1, 30), st.data())
@settings(deadline=None)
def test_the_published_windows_give_each_frame_once(count: int, length: int, data: st.DataObject) -> None:
    stride = data.draw(st.integers(1, length))
    found = published_spans(count, length=length, stride=stride)
    assert [n for span in found for n in range(span.emit, span.stop)] == list(range(count))
    assert all(span.start % stride == 0 and span.stop - span.start <= length for span in found)


def test_the_example_of_the_published_procedure() -> None:
    found = [(s.start, s.stop, s.emit) for s in published_spans(47)]
    assert found == [(0, 20, 0), (10, 30, 20), (20, 40, 30), (30, 47, 40)]
    with pytest.raises(ValueError, match="stride"):
        published_spans(10, length=4, stride=5)


@given(st.integers(1, 5000), st.integers(1, 40), st.integers(0, 20), st.integers(4, 200))
@settings(deadline=None)
def test_no_plan_takes_more_than_its_share(count: int, window: int, look_ahead: int, states: int) -> None:
    costs = WindowCosts(frame=150, state=100, available=states * 100)
    plan = plan_windows(count, window=window, look_ahead=look_ahead, costs=costs)
    if plan.look_ahead is None:
        assert plan.window * 150 + -(-count // plan.window) * 100 <= 60 * states
    else:
        assert plan.window >= 1
        assert plan.window + plan.look_ahead <= max(2, 60 * states // 150)


def test_with_enough_memory_the_plan_is_exact() -> None:
    def plan(window: int, available: int) -> WindowPlan:
        return plan_windows(1000, window=window, look_ahead=8, costs=WindowCosts(frame=1, state=1, available=available))

    assert plan(20, 1000) == WindowPlan(20)
    assert plan(4, 200) == WindowPlan(31)
    assert plan(20, 60) == WindowPlan(20, 8)
    assert plan(20, 10) == WindowPlan(3, 3)
