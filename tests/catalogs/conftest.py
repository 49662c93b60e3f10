"""Archives and readers that several tests of the catalogs share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from catalog_rows import Archive, small_archive
from memory_store import MemoryStore


@pytest.fixture(scope="session")
def archive() -> Archive:
    """Two true nights; copy the store before changing it."""
    return small_archive()


@pytest.fixture
def store(archive: Archive) -> MemoryStore:
    """The true archive, to be broken."""
    return archive.store.copy()


@pytest.fixture(scope="session")
def folder(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive as files, with a half-written file in the staging area."""
    root = archive.store.to_folder(tmp_path_factory.mktemp("archive"))
    staging = root / "_staging" / "run-000003"
    staging.mkdir(parents=True)
    (staging / "assets.parquet").write_bytes(b"PAR1 half a file")
    return root


@pytest.fixture
def duck(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], duckdb.DuckDBPyConnection]]:
    """Give a function that opens DuckDB in a folder, as a person would."""
    opened = []

    def connect(folder: Path) -> duckdb.DuckDBPyConnection:
        monkeypatch.chdir(folder)
        opened.append(duckdb.connect())
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()
