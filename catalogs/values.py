"""Which Python values may stand in a column of which Arrow type.

Arrow alone is no guard: it stores 1.5 in an integer column as 1, and takes null where the schema forbids it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from numbers import Integral, Real
from typing import Any

import pyarrow as pa


def is_text(value: object) -> bool:
    r"""Return whether the value is text that UTF-8 can hold; a lone surrogate (from an undecodable name) cannot.

    Examples:
        >>> is_text("café"), is_text("caf\udce9")
        (True, False)
    """
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_integer(value: object, least: int = -(2**63), most: int = 2**63 - 1) -> bool:
    """Return whether the value is a whole number within both ends; True and False are none."""
    return type(value) is not bool and isinstance(value, int | Integral) and least <= int(value) <= most


def is_number(value: object) -> bool:
    """Return whether the value is a real number; True and False are none."""
    return type(value) is not bool and isinstance(value, float | int | Real)


def is_utc(value: object) -> bool:
    """Return whether the value is a time that says it is UTC, by whatever zone class."""
    return isinstance(value, datetime) and value.utcoffset() == timedelta(0)


def is_texts(value: object) -> bool:
    """Return whether the value is a tuple of texts."""
    return isinstance(value, tuple) and all(map(is_text, value))


def is_words(value: object) -> bool:
    """Return whether the value is a tuple of whole numbers from 0 to 2^64 - 1."""
    return isinstance(value, tuple) and all(is_integer(item, 0, 2**64 - 1) for item in value)


def is_measures(value: object) -> bool:
    """Return whether the value is a dictionary from text to numbers."""
    return isinstance(value, dict) and all(map(is_text, value)) and all(map(is_number, value.values()))


FITTING: dict[pa.DataType, tuple[str, Callable[[Any], bool]]] = {
    pa.string(): ("text", is_text),
    pa.int64(): ("a whole number of 64 bits", is_integer),
    pa.int32(): ("a whole number of 32 bits", lambda value: is_integer(value, -(2**31), 2**31 - 1)),
    pa.float64(): ("a number", is_number),
    pa.bool_(): ("true or false", lambda value: isinstance(value, bool)),
    pa.timestamp("us", tz="UTC"): ("a time in UTC", is_utc),
    pa.list_(pa.string()): ("a tuple of texts", is_texts),
    pa.list_(pa.uint64()): ("a tuple of whole numbers of 64 bits without sign", is_words),
    pa.map_(pa.string(), pa.float64()): ("a dictionary from text to numbers", is_measures),
}
"""For each Arrow type, what is expected in words and the test; a type not named here is left to Arrow."""
