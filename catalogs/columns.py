"""Row classes into Arrow schemas: one definition of a column serves types, schema, description and unit.

A row class is a frozen dataclass whose fields are ``Annotated[python_type, Column("description", unit="px")]``. From it
follow the Arrow field, whether it may be null (``X | None``), and the closed set of values (``Literal``).
"""

import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, fields
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, TypeVar

import pyarrow as pa

from catalogs.errors import BadRowsError, RowProblem
from catalogs.values import FITTING

if typing.TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")


@dataclass(frozen=True, slots=True)
class Column:
    """What a reader of the catalog must know about one column."""

    description: str
    """One sentence."""

    unit: str | None = None
    """Unit of the value; None for text, codes and plain counts."""

    arrow: pa.DataType | None = None
    """Arrow type where the Python type does not decide it."""

    required: bool = False
    """Whether a committed row must have a value although the Python type allows None while the run goes on."""


ARROW_TYPES: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    datetime: pa.timestamp("us", tz="UTC"),
    tuple[str, ...]: pa.list_(pa.string()),
    dict[str, float]: pa.map_(pa.string(), pa.float64()),
}


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A column as the row class declares it."""

    name: str
    """Name, the same in Python and in Parquet."""

    column: Column
    """Description and unit."""

    arrow: pa.DataType
    """Type in Parquet."""

    nullable: bool
    """Whether null may stand here."""

    allowed: tuple[str, ...]
    """The closed set of values; empty if any will do."""

    @property
    def expected(self) -> str:
        """What may stand here, in words."""
        return " | ".join(self.allowed) if self.allowed else FITTING[self.arrow][0]

    def test(self) -> Callable[[Any], bool]:
        """Return what tells whether a value that is not null may stand here; Arrow judges types without a test."""
        if self.allowed:
            return frozenset(self.allowed).__contains__
        return FITTING[self.arrow][1] if self.arrow in FITTING else lambda _: True

    def field(self) -> pa.Field:
        """Return the Arrow field, description and unit in its metadata."""
        metadata = {"description": self.column.description}
        if self.column.unit is not None:
            metadata["unit"] = self.column.unit
        return pa.field(self.name, self.arrow, nullable=self.nullable, metadata=metadata)


@cache
def column_types(row_class: type["DataclassInstance"]) -> tuple[ColumnType, ...]:
    """Return the columns of a row class in order.

    Raises:
        TypeError: A field is not annotated with a ``Column`` or has a type without an Arrow counterpart.
    """
    hints = typing.get_type_hints(row_class, include_extras=True)
    return tuple(_column_type(row_class, field, hints[field.name]) for field in fields(row_class))


def _column_type(row_class: type, field: "Field[Any]", hint: Any) -> ColumnType:  # noqa: ANN401 - a type hint is any object
    metadata: tuple[Any, ...] = getattr(hint, "__metadata__", ())
    column = next((item for item in metadata if isinstance(item, Column)), None)
    if column is None:
        raise TypeError(f"{row_class.__name__}.{field.name} needs Annotated[type, Column(description)]")
    plain, nullable = _without_none(typing.get_args(hint)[0])
    allowed = tuple(str(value) for value in typing.get_args(plain)) if typing.get_origin(plain) is Literal else ()
    arrow = column.arrow or (pa.string() if allowed else ARROW_TYPES.get(plain))
    if arrow is None:
        raise TypeError(f"{row_class.__name__}.{field.name}: no Arrow type for {plain}; give one in Column(arrow=...)")
    return ColumnType(field.name, column, arrow, nullable and not column.required, allowed)


def _without_none(hint: Any) -> tuple[Any, bool]:  # noqa: ANN401 - a type hint is any object
    if typing.get_origin(hint) not in {typing.Union, types.UnionType}:
        return hint, False
    rest = [item for item in typing.get_args(hint) if item is not type(None)]
    return (rest[0] if len(rest) == 1 else typing.Union[tuple(rest)]), True  # noqa: UP007 - built from a tuple


def arrow_schema(row_class: type["DataclassInstance"], version: str) -> pa.Schema:
    """Return the Arrow schema of a row class; the schema version and the table's meaning are in its metadata."""
    about = (row_class.__doc__ or "").strip().split("\n")[0]
    fields_ = [column.field() for column in column_types(row_class)]
    return pa.schema(fields_, metadata={"schema_version": version, "description": about})


def find_problems(table: str, rows: Sequence["DataclassInstance"], schema: pa.Schema) -> Iterator[RowProblem]:
    """Yield every value that may not stand where it does, and every row that is not of this table's class."""
    for position, row in enumerate(rows):
        columns = _tests(type(row))
        if list(columns) != schema.names:
            yield RowProblem(table, position, "*", type(row).__name__, f"a row with the columns of {table}")
            continue
        for name, (column, fits) in columns.items():
            value = getattr(row, name)
            if value is None:
                if not column.nullable:
                    yield RowProblem(table, position, name, "null", "a value")
            elif not fits(value):
                yield RowProblem(table, position, name, repr(value), column.expected)


@cache
def _tests(row_class: type["DataclassInstance"]) -> dict[str, tuple[ColumnType, Callable[[Any], bool]]]:
    return {column.name: (column, column.test()) for column in column_types(row_class)}


def to_table(name: str, rows: Sequence["DataclassInstance"], schema: pa.Schema) -> pa.Table:
    """Return the rows, in which ``find_problems`` finds none, as an Arrow table of exactly this schema.

    Raises:
        BadRowsError: A value does not fit a type that only Arrow can judge.
    """
    return pa.Table.from_arrays([_array(name, field, rows) for field in schema], schema=schema)


def _array(table: str, field: pa.Field, rows: Sequence["DataclassInstance"]) -> pa.Array:
    values = [getattr(row, field.name) for row in rows]
    if pa.types.is_map(field.type):
        values = [None if value is None else sorted(value.items()) for value in values]
    try:
        return pa.array(values, type=field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise BadRowsError([RowProblem(table, 0, field.name, str(error), f"values of type {field.type}")]) from error


def row_to_dict(row: "DataclassInstance") -> dict[str, Any]:
    """Return the row as JSON values: times as ISO 8601 text, tuples as lists, everything else as it is."""
    return {column.name: _json(getattr(row, column.name)) for column in column_types(type(row))}


def _json(value: Any) -> Any:  # noqa: ANN401 - any column's value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, dict) else value


def row_from_dict(row_class: type[R], values: Mapping[str, Any]) -> R:
    """Return the row that ``row_to_dict`` or Arrow's ``to_pylist`` described; columns it does not know are left out.

    Raises:
        TypeError: A column without a default is missing.
    """
    names, readers = _known(row_class)
    found = {name: value for name, value in values.items() if name in names}
    for name, read in readers.items():
        if found.get(name) is not None:
            found[name] = read(found[name])
    return row_class(**found)


@cache
def _known(row_class: type["DataclassInstance"]) -> tuple[frozenset[str], dict[str, Callable[[Any], Any]]]:
    """Return the names of the columns, and what turns stored values into the row's where they differ."""
    columns = column_types(row_class)
    readers = {column.name: _reader(column.arrow) for column in columns}
    return frozenset(readers), {name: read for name, read in readers.items() if read is not None}


def _reader(arrow: pa.DataType) -> Callable[[Any], Any] | None:
    if pa.types.is_timestamp(arrow):
        return _moment
    if pa.types.is_map(arrow):
        return dict
    return tuple if pa.types.is_list(arrow) else None


def _moment(value: str | datetime) -> datetime:
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)
