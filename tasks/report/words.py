"""How values read on a page: numbers, sizes, times, codes in words."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tasks.exports.premis_terms import event_type

RELATION_NAMES: Mapping[str, str] = {
    "bytes": "the same file, byte for byte",
    "pixels": "the same picture in another file",
    "near": "another scan of the same print",
}

OUTCOME_NAMES: Mapping[str, str] = {
    "published": "treated; a new derivative stands beside the master",
    "untouched": "judged, and left as it is",
    "duplicate": "a copy of another photograph",
    "quarantined": "set aside with a reason",
}


def moment(value: datetime) -> str:
    """Return a time as people write it, to the second, UTC.

    Examples:
        >>> moment(datetime(2026, 11, 20, 1, 2, 3))
        '20 November 2026, 01:02:03'
    """
    return f"{value.day} {value.strftime('%B %Y, %H:%M:%S')}"


def day(value: datetime) -> str:
    """Return a date as people write it.

    Examples:
        >>> day(datetime(2026, 11, 2))
        '2 November 2026'
    """
    return f"{value.day} {value.strftime('%B %Y')}"


def byte_size(count: int) -> str:
    """Return a size in the unit that suits it.

    Examples:
        >>> [byte_size(count) for count in (1, 999, 1500, 38_702_000)]
        ['1 byte', '999 bytes', '1.5 kB', '38.7 MB']
    """
    if count < 1000:
        return f"{count} byte{'' if count == 1 else 's'}"
    size = float(count)
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} TB"


def duration(seconds: float) -> str:
    """Return a span of time.

    Examples:
        >>> [duration(seconds) for seconds in (0.25, 61, 3725)]
        ['0.2 s', '1 min 1 s', '1 h 2 min']
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def number(value: float) -> str:
    """Return a measurement with as many digits as are worth reading.

    Examples:
        >>> [number(value) for value in (0.0, 31.478, 1234.0, 0.000637, 12)]
        ['0', '31.48', '1234', '0.000637', '12']
    """
    return f"{value:.4g}" if abs(value) < 1e6 else f"{value:.3e}"


def count(value: int, one: str, many: str | None = None) -> str:
    """Return a number of things.

    Examples:
        >>> count(1, "copy", "copies"), count(1200, "page")
        ('1 copy', '1,200 pages')
    """
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def pretty(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return JSON as people read it."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "moment": moment,
    "day": day,
    "byte_size": byte_size,
    "duration": duration,
    "number": number,
    "count": count,
    "from_json": json.loads,
    "pretty": pretty,
    "event_name": lambda code: event_type(code).word,
    "relation_name": lambda code: RELATION_NAMES.get(code, code),
    "outcome_name": lambda code: OUTCOME_NAMES.get(code, code),
}
"""The filters that templates use."""
