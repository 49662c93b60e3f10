from datetime import UTC, datetime
from typing import Any

import pytest

from tasks.review.decisions import NAME_SIGNS, NOTE_SIGNS, RefusedError, decision_of

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def made(reviewer: str = "Ada", **values: Any) -> Any:
    return decision_of({"asset_id": "ab", "decision": "accept", **values}, reviewer=reviewer, decided_at=NOW)


def test_text_is_trimmed_and_signs_that_do_not_print_are_left_out() -> None:
    assert made(note="  two\r\nlines\x1b[2J\0 ").note == "two\nlines[2J"
    assert made(note=" \t ").note is None
    assert made(asset_id=" ab\n").asset_id == "ab"


@pytest.mark.parametrize(
    "values",
    [
        {"decision": "delete"}, {"decision": None}, {"asset_id": ""}, {"note": "x" * (NOTE_SIGNS + 1)},
        {"reviewer": ""},
        {"reviewer": "a\nb"}, {"reviewer": "x" * (NAME_SIGNS + 1)}, {"redo_with": '{"strength": 1}'},
        {"decision": "redo", "redo_with": "{"},
    ],
)  # fmt: skip
def test_what_no_row_may_hold_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as caught:
        made(**values)
    assert caught.value.code == "malformed"


def test_a_redo_keeps_its_wish_in_canonical_form() -> None:
    assert made(decision="redo", redo_with='{ "strength": 1 }').redo_with == '{"strength":1.0}'
