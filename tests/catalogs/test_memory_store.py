from pathlib import Path

import pytest
from memory_store import MemoryStore, PowerCutError


def test_the_first_conditional_put_wins_and_a_plain_one_replaces() -> None:
    store = MemoryStore()
    store.put("a/b", b"first", if_absent=True)
    with pytest.raises(FileExistsError):
        store.put("a/b", b"second", if_absent=True)
    assert store.read("a/b") == b"first"
    store.put("a/b", b"third")
    assert store.read("a/b") == b"".join(store.chunks("a/b")) == b"third"


def test_what_is_not_there_cannot_be_read_and_may_be_deleted() -> None:
    store = MemoryStore()
    store.delete("a")
    with pytest.raises(FileNotFoundError):
        store.read("a")
    with pytest.raises(FileNotFoundError):
        next(store.chunks("a"))


def test_a_listing_is_by_prefix_and_in_order() -> None:
    store = MemoryStore({"b": b"", "a/2": b"22", "a/1": b"1"})
    assert [(item.key, item.size) for item in store.list("a/")] == [("a/1", 1), ("a/2", 2)]


def test_after_so_many_writes_the_writer_dies_and_changes_nothing() -> None:
    store = MemoryStore({"old": b"old"}, writes_left=1)
    store.put("new", b"new")
    with pytest.raises(PowerCutError):
        store.put("newer", b"newer")
    with pytest.raises(PowerCutError):
        store.delete("old")
    assert store.copy().objects == {"old": b"old", "new": b"new"}
    assert store.copy().writes_left is None


def test_a_lost_answer_leaves_the_object_and_says_that_it_came_second() -> None:
    store = MemoryStore(lost_answers={"a"})
    with pytest.raises(FileExistsError):
        store.put("a", b"1", if_absent=True)
    assert store.read("a") == b"1"


def test_the_objects_can_be_laid_out_in_a_folder(tmp_path: Path) -> None:
    MemoryStore({"a/b": b"1"}).to_folder(tmp_path)
    assert (tmp_path / "a" / "b").read_bytes() == b"1"
