"""The log keeps what happened, survives a cut, and is drawn by unit."""

from pathlib import Path

from oldphoto_core.training.curve import HEIGHT_PX
from tasks.training.log import TrainingLog


def test_going_on_forgets_the_steps_that_are_done_again(tmp_path: Path) -> None:
    log = TrainingLog(tmp_path / "log.jsonl")
    log.begin(after_step=0)
    for step in (5, 10, 15):
        log.add("learned", step, {"loss": 1.0 / step})
    log.begin(after_step=10)
    assert [line["step"] for line in log.lines()] == [5, 10]
    log.begin(after_step=0)
    assert log.lines() == []


def test_a_line_cut_short_is_passed_over(tmp_path: Path) -> None:
    log = TrainingLog(tmp_path / "log.jsonl")
    assert log.lines() == []
    log.add("judged", 1, {"scores": {"auc": 0.5}})
    with log.path.open("a", encoding="utf-8") as file:
        file.write('{"event": "judged", "st')
    assert log.judgements() == [(1, {"auc": 0.5})]


def test_each_unit_has_a_panel(tmp_path: Path) -> None:
    log = TrainingLog(tmp_path / "log.jsonl")
    log.add("learned", 1, {"loss": 1.0})
    log.add("judged", 1, {"scores": {"gain_db": 1.0, "gain_blur_db": 2.0, "clean_change": 9.0}})
    assert log.drawn().size[1] == 3 * HEIGHT_PX
