import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.review.guard import MOST_FORM_BYTES, BadFormError, Guard, NoTokenError, is_loopback, read_form

TOKEN = "correct-horse-battery"


def guard(host: str = "127.0.0.1", token: str | None = None, *names: str) -> Guard:
    return Guard(host=host, port=8765, token=token, names=names)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "archive.example", ""])
def test_others_than_this_machine_need_a_token(host: str) -> None:
    with pytest.raises(NoTokenError):
        guard(host)
    assert guard(host, TOKEN).token == TOKEN


def test_a_token_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(NoTokenError, match="at least 16"):
        guard("127.0.0.1", "secret")


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:8765", True), ("localhost:8765", True), ("[::1]:8765", True), ("LOCALHOST:8765", True),
        ("127.0.0.1", False), ("127.0.0.1:80", False), ("evil.example:8765", False),
        ("127.0.0.1.evil.example:8765", False),
        ("10.0.0.1:8765", False), ("", False), (None, False), ("localhost:8765:1", False), ("localhost:٨٧٦٥", False),
    ],
)  # fmt: skip
def test_on_this_machine_only_its_own_names_are_answered(host: str | None, *, known: bool) -> None:
    assert guard().knows_host(host) is known


def test_on_the_network_addresses_and_given_names_are_answered() -> None:
    open_to_all = guard("0.0.0.0", TOKEN, "review.archive.example")
    assert open_to_all.knows_host("192.168.1.2:8765")
    assert open_to_all.knows_host("review.archive.example")
    assert not open_to_all.knows_host("evil.example:8765")


@pytest.mark.parametrize(
    ("headers", "known"),
    [
        ({}, True),
        ({"origin": "http://127.0.0.1:8765"}, True),
        ({"origin": "http://127.0.0.1:8765", "sec-fetch-site": "same-origin"}, True),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "http://127.0.0.1:9999"}, False),
        ({"origin": "null"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
    ],
)
def test_forms_come_from_our_own_pages(headers: dict[str, str], *, known: bool) -> None:
    assert guard().knows_origin({"host": "127.0.0.1:8765", **headers}) is known


def test_a_session_is_ours_or_none() -> None:
    one, other = guard("0.0.0.0", TOKEN), guard("0.0.0.0", TOKEN)
    out, known = one.new_session(), one.new_session(known=True)
    assert (one.lets_in(out), one.lets_in(known), other.lets_in(known)) == (False, True, False)
    assert one.session(out) != one.session(known)
    assert other.session(out) is None
    assert not one.lets_in(out.partition(".")[0] + "." + known.partition(".")[2])
    assert one.is_form_token(one.session(out), one.form_token(one.session(out) or ""))
    assert not one.is_form_token(one.session(known), one.form_token(one.session(out) or ""))
    assert not one.is_form_token(None, one.form_token(""))


@given(cookie=st.text(max_size=80))
def test_no_made_up_cookie_lets_anybody_in(cookie: str) -> None:
    asked = guard("0.0.0.0", TOKEN)
    assert not asked.lets_in(cookie)
    assert asked.session(cookie) is None
    assert not asked.is_token(cookie)


def test_the_secret_and_the_token_are_in_no_message() -> None:
    assert "secret" not in repr(guard("127.0.0.1", TOKEN)).replace(TOKEN, "")


def test_a_form_too_long_or_of_no_text_is_refused() -> None:
    assert read_form(b"note=a%20b&without=x&without=y") == {"note": ["a b"], "without": ["x", "y"]}
    for content in (b"x" * (MOST_FORM_BYTES + 1), b"a=%ff", b"a=\xff", b"&".join([b"a=1"] * 100)):
        with pytest.raises(BadFormError):
            read_form(content)


def test_loopback_is_more_than_one_address() -> None:
    assert [is_loopback(host) for host in ("127.0.0.53", "::1", "10.0.0.1", "example.org")] == [
        True,
        True,
        False,
        False,
    ]
