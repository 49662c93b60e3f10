"""What people see who open a table's folder with their own tool and none of our code."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pytest
from catalog_rows import Archive

from catalogs.read import open_catalog

TABLES = ("runs", "assets", "duplicates", "damage", "treatments", "style_regions", "references", "events")


def read_with_pandas(folder: Path) -> list[dict[str, Any]]:
    frame = pd.read_parquet(folder, dtype_backend="pyarrow")
    return [dict(row) for row in frame.astype(object).where(frame.notna(), None).to_dict("records")]


def read_with_polars(folder: Path) -> list[dict[str, Any]]:
    return pl.scan_parquet(folder / "**/*.parquet", hive_partitioning=True).collect().to_dicts()


def read_with_arrow(folder: Path) -> list[dict[str, Any]]:
    return ds.dataset(folder, partitioning="hive").to_table().to_pylist()


READERS = [read_with_pandas, read_with_polars, read_with_arrow]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("table", TABLES)
def test_each_reader_sees_the_committed_rows_and_the_day_of_their_run(
    archive: Archive, folder: Path, table: str, read: Callable[[Path], list[dict[str, Any]]]
) -> None:
    committed = open_catalog(archive.store).table(table).to_pylist()
    found = read(folder / "catalogs" / table)
    days = {manifest.run_id: manifest.run_date for manifest in archive.manifests}
    assert all(str(row["run_date"]) == days[row["run_id"]] for row in found)
    assert Counter(map(comparable, found)) == Counter(map(comparable, committed))


def comparable(row: dict[str, Any]) -> tuple[tuple[str, object], ...]:
    """Return the row in one form for all readers: they show times, lists and maps each in their own way."""
    return tuple(sorted((name, one_form(value)) for name, value in row.items() if name != "run_date"))


def one_form(value: Any) -> object:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, dict):
        return tuple(value.values())
    return value if value is None or isinstance(value, str | float | int | bool) else tuple(map(one_form, value))
