from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from catalog_rows import STRATEGIES
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.values import FITTING

INT32, INT64 = pa.int32(), pa.int64()
TIME = pa.timestamp("us", tz="UTC")
LIST, WORDS, MAP = pa.list_(pa.string()), pa.list_(pa.uint64()), pa.map_(pa.string(), pa.float64())
NOON = datetime(2026, 11, 20, 12)  # noqa: DTZ001 - the zones are added below

FIT = [
    (pa.string(), "caf\u00e9 \U0001f4f7"),
    (pa.string(), ""),
    (INT32, -(2**31)),
    (INT64, 2**63 - 1),
    (INT64, np.int32(7)),
    (pa.float64(), 1),
    (pa.float64(), np.float32(0.5)),
    (pa.float64(), float("nan")),
    (pa.bool_(), False),
    (TIME, NOON.replace(tzinfo=UTC)),
    (TIME, NOON.replace(tzinfo=ZoneInfo("UTC"))),
    (TIME, NOON.replace(tzinfo=timezone(timedelta(0), "Z"))),
    (LIST, ("a", "b")),
    (WORDS, (0, 2**64 - 1)),
    (MAP, {"psnr_db": 31}),
]

MISFIT = [
    (pa.string(), 5),
    (pa.string(), b"bytes"),
    (pa.string(), "caf\udce9"),
    (INT32, 2**31),
    (INT32, -(2**31) - 1),
    (INT64, 2**63),
    (INT64, 1.0),
    (INT64, True),
    (INT64, "1"),
    (pa.float64(), True),
    (pa.float64(), "0.5"),
    (pa.bool_(), 1),
    (TIME, NOON),
    (TIME, NOON.replace(tzinfo=timezone(timedelta(hours=1)))),
    (TIME, "2026-11-20"),
    (LIST, "text"),
    (LIST, ("a", None)),
    (LIST, ("\ud800",)),
    (WORDS, (-1,)),
    (WORDS, (2**64,)),
    (WORDS, (0.5,)),
    (MAP, {"psnr_db": None}),
    (MAP, {1: 1.0}),
    (MAP, [("psnr_db", 31.0)]),
]


@pytest.mark.parametrize(("arrow", "value"), FIT, ids=repr)
def test_a_value_of_the_columns_type_fits_and_arrow_stores_it(arrow: pa.DataType, value: Any) -> None:
    assert FITTING[arrow][1](value)
    pa.array([list(value.items()) if isinstance(value, dict) else value], type=arrow)


@pytest.mark.parametrize(("arrow", "value"), MISFIT, ids=ascii)
def test_a_value_that_arrow_would_refuse_or_bend_does_not_fit(arrow: pa.DataType, value: Any) -> None:
    assert not FITTING[arrow][1](value)


def test_arrow_alone_would_cut_fractions_off() -> None:
    assert pa.array([1.5], pa.int64()).to_pylist() == [1], "if Arrow refuses this, a reason for values.py is gone"


@pytest.mark.parametrize("arrow", STRATEGIES, ids=str)
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_every_value_of_a_type_fits_it(arrow: pa.DataType, data: st.DataObject) -> None:
    assert FITTING[arrow][1](data.draw(STRATEGIES[arrow]))
