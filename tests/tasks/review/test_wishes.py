import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oldphoto_core.inference.plan import STEP_NAMES
from tasks.review.wishes import LEAVABLE, Wish, WishError, parse_wish, wished_settings
from tasks.settings import NightSettings

WISHES = st.builds(
    Wish,
    engine=st.sampled_from([None, "own", "classical", "official"]),
    without=st.lists(st.sampled_from(LEAVABLE), unique=True).map(lambda names: tuple(sorted(names))),
    strength=st.none() | st.floats(0.01, 1.0),
    threshold=st.none() | st.floats(0.01, 1.0),
)


@given(wish=WISHES)
def test_a_wish_is_read_back_from_its_json_which_has_one_form(wish: Wish) -> None:
    text = wish.to_json()
    assert parse_wish(text) == wish
    if text is not None:
        shuffled = json.dumps(dict(reversed(json.loads(text).items())), indent=3)
        assert parse_wish(shuffled).to_json() == text


@pytest.mark.parametrize(
    "text",
    [
        "[]", "1", "{",
        '{"engine": "magic"}', '{"without": "inpaint"}', '{"without": ["colors"]}', '{"strength": 0}',
        '{"strength": 1.5}', '{"strength": true}', '{"strength": "0.5"}', '{"threshold": NaN}', '{"seed": 1}',
        "[" * 9999,
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_refused(text: str) -> None:
    with pytest.raises(WishError):
        parse_wish(text)


@pytest.mark.parametrize("text", [None, "", "  ", "{}"])
def test_no_wish_leaves_the_settings_as_they_are(text: str | None) -> None:
    settings = NightSettings()
    assert wished_settings(settings, parse_wish(text)) == settings
    assert parse_wish(text).to_json() is None


def test_a_wish_changes_what_it_names_and_its_hash_says_so() -> None:
    settings = NightSettings()
    wished = wished_settings(settings, parse_wish('{"engine": "classical", "without": ["inpaint"], "strength": 0.5}'))
    assert wished.restore.engine == "classical"
    assert wished.restore.steps == tuple(step for step in STEP_NAMES if step != "inpaint")
    assert wished.restore.strength == 0.5
    assert wished.restore_hash != settings.restore_hash
    assert (wished.classify_hash, wished.access_hash) == (settings.classify_hash, settings.access_hash)
