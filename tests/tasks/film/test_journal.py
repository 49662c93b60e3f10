"""What is finished of a reel: kept whole or not at all, by one process at a time."""

from fractions import Fraction
from pathlib import Path

import pytest

from oldphoto_core.film.reel import FilmStep, Shot
from tasks.film.facts import Stamp, Timeline
from tasks.film.journal import Journal, JournalBusyError, work_folder


def test_what_was_kept_is_found_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    stamps = (Stamp(pts=3, duration=2, name="a1.png"), Stamp(pts=5, repair="repeated"))
    timeline = Timeline(stamps=stamps, rate=Fraction(24000, 1001), notes=("odd",))
    steps = [FilmStep(name="restore", verdict="applied", measures={"changed_share": 0.25})]
    journal.keep_survey(timeline, [Shot(0, 2)])
    journal.keep_steps(Shot(0, 2), steps)
    draft = journal.draft()
    draft.write_bytes(b"frames")
    chunk = journal.keep_chunk(0, draft, ["d0", "d1"], [0.5, 0.0])
    journal.leave()
    again = Journal(tmp_path / "j")
    assert again.survey() == (timeline, [Shot(0, 2)])
    assert again.steps(Shot(0, 2)) == steps
    assert again.chunk(0) == chunk
    assert again.chunk(2) is None
    again.chunk_path(0).write_bytes(b"framez")
    assert again.chunk(0) is None


def test_a_half_written_record_counts_for_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    (journal.folder / "survey.json").write_text('{"stamps": [[0,')
    assert journal.survey() is None


def test_a_second_worker_is_refused_until_the_first_leaves(tmp_path: Path) -> None:
    first = Journal(tmp_path / "j")
    with pytest.raises(JournalBusyError, match="another process"):
        Journal(tmp_path / "j")
    first.leave()
    assert not (tmp_path / "j").exists()
    Journal(tmp_path / "j").close()
    assert not (tmp_path / "j").exists()


def test_the_folder_is_named_by_everything_that_decides_the_frames(tmp_path: Path) -> None:
    identity = {"reel": "ab", "settings": "cd", "weights": {"restore": "ef"}}
    same = work_folder(tmp_path, dict(reversed(identity.items())))
    assert work_folder(tmp_path, identity) == same
    assert len({work_folder(tmp_path, {**identity, name: "other"}) for name in identity} | {same}) == 4
