import json
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import pyarrow as pa
import pytest
from catalog_rows import any_row, plain_row
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.columns import (
    Column,
    arrow_schema,
    column_types,
    find_problems,
    row_from_dict,
    row_to_dict,
    to_table,
)
from catalogs.errors import BadRowsError
from catalogs.schema import ROW_CLASSES, SCHEMAS, AssetRow, DamageRow, EventRow, TreatmentRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """A photographic print.

    More about it.
    """

    name: Annotated[str, Column("What it is called.")]
    width_mm: Annotated[float | None, Column("Width of the paper.", "mm")]
    process: Annotated[Literal["albumen", "gelatin"] | None, Column("How it was made.")]
    copies: Annotated[int, Column("How many there are.", arrow=pa.int8())] = 1
    keeper: Annotated[str | None, Column("Who keeps it.", required=True)] = None


PRINT = arrow_schema(Print, "3.1")


def test_a_row_class_becomes_a_schema_with_types_nullability_descriptions_and_units() -> None:
    assert [(field.name, str(field.type), field.nullable) for field in PRINT] == [
        ("name", "string", False),
        ("width_mm", "double", True),
        ("process", "string", True),
        ("copies", "int8", False),
        ("keeper", "string", False),
    ]
    assert PRINT.field("width_mm").metadata == {b"description": b"Width of the paper.", b"unit": b"mm"}
    assert PRINT.field("name").metadata == {b"description": b"What it is called."}
    assert PRINT.metadata == {b"schema_version": b"3.1", b"description": b"A photographic print."}


def test_a_field_without_a_description_is_refused() -> None:
    @dataclass
    class Bare:
        name: str

    with pytest.raises(TypeError, match=r"Bare\.name needs Annotated"):
        column_types(Bare)


def test_a_field_of_a_type_that_arrow_lacks_is_refused() -> None:
    @dataclass
    class Odd:
        name: Annotated[complex, Column("Not for Parquet.")]

    with pytest.raises(TypeError, match=r"Odd\.name: no Arrow type for .*complex"):
        column_types(Odd)


def test_of_several_possible_types_none_is_guessed() -> None:
    @dataclass
    class Either:
        name: Annotated[int | str | None, Column("Either.")]

    with pytest.raises(TypeError, match=r"no Arrow type for int \| str|no Arrow type for typing.Union"):
        column_types(Either)


def test_every_misfit_is_found_with_its_place() -> None:
    good = Print(name="portrait", width_mm=None, process="albumen", keeper="city")
    bad: Any = Print(name=None, width_mm="wide", process="oil")  # type: ignore[arg-type]
    problems = list(find_problems("prints", [good, bad], PRINT))
    assert [str(problem) for problem in problems] == [
        "prints[1].name: expected a value, found null",
        "prints[1].width_mm: expected a number, found 'wide'",
        "prints[1].process: expected albumen | gelatin, found 'oil'",
        "prints[1].keeper: expected a value, found null",
    ]


@pytest.mark.parametrize("value", ["applied ", "APPLIED", 1, ("applied",)])
def test_a_value_outside_the_closed_set_is_a_misfit_whatever_its_type(value: Any) -> None:
    row = replace(plain_row(TreatmentRow), verdict=value)
    (problem,) = find_problems("treatments", [row], SCHEMAS["treatments"])
    assert problem.column == "verdict"
    assert problem.expected == "applied | blended | rejected | skipped"


def test_a_row_of_another_table_is_a_misfit() -> None:
    (problem,) = find_problems("assets", [plain_row(DamageRow)], SCHEMAS["assets"])
    assert str(problem) == "assets[0].*: expected a row with the columns of assets, found DamageRow"


def test_types_that_only_arrow_can_judge_are_named_by_column() -> None:
    row = Print(name="portrait", width_mm=None, process=None, copies=1000, keeper="city")
    assert not list(find_problems("prints", [row], PRINT))
    with pytest.raises(BadRowsError, match=r"prints\[0\]\.copies: expected values of type int8"):
        to_table("prints", [row], PRINT)


@pytest.mark.parametrize("table", ROW_CLASSES)
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_any_row_survives_json_and_arrow(table: str, data: st.DataObject) -> None:
    row_class: Any = ROW_CLASSES[table]
    rows = data.draw(st.lists(any_row(row_class), max_size=3))
    assert not list(find_problems(table, rows, SCHEMAS[table]))
    arrow = to_table(table, rows, SCHEMAS[table])
    assert arrow.schema.equals(SCHEMAS[table], check_metadata=True)
    arrow.validate(full=True)
    assert [row_from_dict(row_class, values) for values in arrow.to_pylist()] == rows
    assert [row_from_dict(row_class, json.loads(json.dumps(row_to_dict(row)))) for row in rows] == rows


def test_a_row_read_back_has_python_times_in_utc_tuples_and_dictionaries() -> None:
    row = plain_row(DamageRow, plan=("denoise",), measures={"b": 1.0, "a": 2.0})
    (values,) = to_table("damage", [row], SCHEMAS["damage"]).to_pylist()
    back = row_from_dict(DamageRow, values)
    assert (back.plan, back.measures) == (("denoise",), {"a": 2.0, "b": 1.0})
    event = row_from_dict(EventRow, row_to_dict(plain_row(EventRow)) | {"happened_at": "2026-11-20T01:00:00+01:00"})
    assert event.happened_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert event.happened_at.tzinfo is UTC


def test_measures_are_stored_in_order_of_name_whatever_order_they_came_in() -> None:
    rows = [plain_row(DamageRow, measures=measures) for measures in ({"b": 1.0, "a": 2.0}, {"a": 2.0, "b": 1.0})]
    tables = [to_table("damage", [row], SCHEMAS["damage"]) for row in rows]
    assert tables[0].column("measures").to_pylist() == [[("a", 2.0), ("b", 1.0)]]
    assert tables[0].equals(tables[1])


def test_a_dictionary_does_not_share_its_values_with_the_row() -> None:
    row = plain_row(DamageRow, measures={"a": 1.0})
    row_to_dict(row)["measures"]["a"] = 2.0
    assert row.measures == {"a": 1.0}


def test_columns_that_the_row_class_does_not_know_are_left_out() -> None:
    row = plain_row(AssetRow)
    assert row_from_dict(AssetRow, row_to_dict(row) | {"invented_later": 1}) == row


def test_columns_with_a_default_may_be_missing_and_others_not() -> None:
    values = row_to_dict(plain_row(AssetRow))
    kept = {field.name for field in fields(AssetRow)} - {"dpi"}
    assert row_from_dict(AssetRow, {name: values[name] for name in kept}).dpi is None
    with pytest.raises(TypeError, match="etag"):
        row_from_dict(AssetRow, {name: values[name] for name in kept - {"etag"}})
