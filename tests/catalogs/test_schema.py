import pyarrow as pa
import pytest

from catalogs.schema import ROW_CLASSES, SCHEMA_VERSION, SCHEMAS
from oldphoto_core.damage import DAMAGE_KINDS

QUANTITIES = ("_px", "_bytes", "_at", "_probability", "_severity", "share", "seconds", "depth", "dpi", "rate")
"""What the name of a column ends with whose values mean nothing without a unit."""


def test_the_ten_tables_are_there() -> None:
    assert set(SCHEMAS) == set(ROW_CLASSES) == {
        "runs", "assets", "duplicates", "damage", "treatments",
        "style_regions", "references", "films", "events", "reviews",
    }  # fmt: skip


@pytest.mark.parametrize("table", SCHEMAS)
def test_a_schema_says_its_version_and_what_a_row_is(table: str) -> None:
    about = SCHEMAS[table].metadata
    assert about[b"schema_version"].decode() == SCHEMA_VERSION
    assert about[b"description"].startswith(b"One row for each ")


@pytest.mark.parametrize("table", SCHEMAS)
def test_every_column_is_described_in_a_sentence(table: str) -> None:
    texts = {field.name: field.metadata.get(b"description", b"").decode() for field in SCHEMAS[table]}
    assert not [name for name, text in texts.items() if len(text) < 5 or text.strip() != text or text[-1] != "."]


@pytest.mark.parametrize("table", SCHEMAS)
def test_every_quantity_has_a_unit(table: str) -> None:
    quantities = [
        field
        for field in SCHEMAS[table]
        if pa.types.is_floating(field.type) or pa.types.is_timestamp(field.type) or field.name.endswith(QUANTITIES)
    ]
    assert not [field.name for field in quantities if not field.metadata.get(b"unit")]


@pytest.mark.parametrize("table", SCHEMAS)
def test_every_row_says_which_run_wrote_it(table: str) -> None:
    field = SCHEMAS[table].field(0)
    assert (field.name, field.type, field.nullable) == ("run_id", pa.string(), False)


@pytest.mark.parametrize("table", SCHEMAS)
def test_no_column_is_named_like_the_partition(table: str) -> None:
    assert "run_date" not in SCHEMAS[table].names


def test_each_kind_of_damage_has_a_probability_and_a_severity() -> None:
    named = [name for name in SCHEMAS["damage"].names if name.endswith(("_probability", "_severity"))]
    kinds = [kind.replace("-", "_") for kind in DAMAGE_KINDS]
    assert named == [f"{kind}_{what}" for kind in kinds for what in ("probability", "severity")]


def test_an_asset_may_lack_a_status_while_the_run_goes_on_and_not_when_it_is_committed() -> None:
    assert ROW_CLASSES["assets"].__dataclass_fields__["status"].default is None
    assert not SCHEMAS["assets"].field("status").nullable
