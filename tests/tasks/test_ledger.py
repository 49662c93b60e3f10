"""Finished pieces outlive a crash, and only those that today's code would have made are taken over."""

from pathlib import Path

import pytest
from catalog_rows import plain_row

from catalogs.schema import ROW_CLASSES
from tasks.ledger import Ledger, rows_from_json, rows_to_json
from tasks.storage import ObjectStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return open_store(str(tmp_path))


def test_pieces_come_back_by_stage(store: ObjectStore) -> None:
    ledger = Ledger(store, "run-000001", "code")
    ledger.save("ingest", ["a", "b"], [{"n": 1}, {"n": 2}])
    ledger.save("treated", ["a"], [{"n": 3}])
    assert sorted(piece["n"] for piece in ledger.load("ingest")) == [1, 2]
    assert [piece["n"] for piece in ledger.load("treated")] == [3]


def test_the_same_batch_replaces_its_piece(store: ObjectStore) -> None:
    ledger = Ledger(store, "run-000001", "code")
    ledger.save("ingest", ["a"], [{"n": 1}])
    ledger.save("ingest", ["a"], [{"n": 2}])
    assert [piece["n"] for piece in ledger.load("ingest")] == [2]


def test_pieces_of_other_code_or_another_run_are_passed_over(store: ObjectStore) -> None:
    Ledger(store, "run-000001", "old code").save("ingest", ["a"], [{"n": 1}])
    assert list(Ledger(store, "run-000001", "code").load("ingest")) == []
    assert list(Ledger(store, "run-000002", "old code").load("ingest")) == []
    assert [piece["n"] for piece in Ledger(store, "run-000001", "code").load("ingest", of_any_code=True)] == [1]


def test_clearing_leaves_nothing(store: ObjectStore) -> None:
    Ledger(store, "run-000001", "code").save("ingest", ["a"], [{}])
    ledger = Ledger(store, "run-000002", "code")
    ledger.save("ingest", ["a"], [{}])
    assert ledger.clear() == 2
    assert list(store.list()) == []


def test_rows_survive_json() -> None:
    rows = {name: [plain_row(row_class)] for name, row_class in ROW_CLASSES.items()}
    assert rows_from_json(rows_to_json(rows)) == rows
