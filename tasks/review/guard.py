"""Who may talk to a review server, and how: addresses, sessions, forms, headers.

A page in another tab can send requests to a server on this machine, under any name it can make resolve to it. So the
name asked for must be ours, a form must come from our own page, and nothing we answer may be framed or kept.
"""

import hashlib
import hmac
import ipaddress
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

COOKIE = "oldphoto_review"
LEAST_TOKEN_SIGNS = 16
MOST_FORM_BYTES = 64 * 1024
MOST_FIELDS = 40

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""What every answer says."""


class NoTokenError(ValueError):
    """The server would be open to others than this machine and asks nobody for a token."""


class BadFormError(ValueError):
    """A form is too long or cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Guard:
    """What is asked of a request before it is answered."""

    host: str
    """The address that the server is bound to."""

    port: int
    """Its port."""

    token: str | None = None
    """What a person must know; None: whoever is on this machine may review."""

    names: tuple[str, ...] = ()
    """More names that the server is asked under, behind a proxy for example."""

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    """Signs sessions; new with every start of the server."""

    def __post_init__(self) -> None:
        """Refuse to be open to the network without a token, or with one that can be guessed.

        Raises:
            NoTokenError: There is no token, or a short one.
        """
        if self.token is not None and len(self.token) < LEAST_TOKEN_SIGNS:
            raise NoTokenError(f"a token has at least {LEAST_TOKEN_SIGNS} characters; for example: {_example()}")
        if self.token is None and not is_loopback(self.host):
            raise NoTokenError(
                f"{self.host} can be reached from other machines: give a token with --token or OLDPHOTO_REVIEW_TOKEN, "
                f"for example {_example()}"
            )

    def knows_host(self, host: str | None) -> bool:
        """Return whether the request was sent to a name of ours.

        Args:
            host: The ``Host`` header.
        """
        name, port = _split(host or "")
        if port not in {self.port, None if self.names else self.port}:
            return False
        if is_loopback(self.host):
            return name in {"localhost", "127.0.0.1", "::1", self.host, *self.names}
        ours = {self.host, socket.gethostname(), *self.names}
        return name in {one.lower() for one in ours} or _is_address(name)

    def knows_origin(self, headers: Mapping[str, str]) -> bool:
        """Return whether a form was sent from a page of ours; a client that is no browser says nothing about it."""
        if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return False
        origin = headers.get("origin")
        if origin is None:
            return True
        scheme, _, host = origin.partition("://")
        return scheme in {"http", "https"} and host.lower() == headers.get("host", "").lower()

    def new_session(self, *, known: bool = False) -> str:
        """Return a new session's cookie.

        Args:
            known: Whether the person has given the token.
        """
        name = secrets.token_urlsafe(24)
        return f"{name}.{self._mac('in' if known else 'out', name)}"

    def session(self, cookie: str | None) -> str | None:
        """Return the session that a cookie names; None if the cookie is none of ours."""
        name, _, mac = (cookie or "").partition(".")
        states = [
            state for state in ("in", "out") if hmac.compare_digest(mac.encode(), self._mac(state, name).encode())
        ]
        return name if states else None

    def lets_in(self, cookie: str | None) -> bool:
        """Return whether the person may review: no token is asked for, or this session has given it."""
        if self.token is None:
            return True
        name, _, mac = (cookie or "").partition(".")
        return hmac.compare_digest(mac.encode(), self._mac("in", name).encode())

    def is_token(self, given: str) -> bool:
        """Return whether this is the token; the time taken does not tell how much of it is right."""
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())

    def form_token(self, session: str) -> str:
        """Return what every form of a session carries and no other site can know."""
        return self._mac("form", session)

    def is_form_token(self, session: str | None, given: str) -> bool:
        """Return whether a form comes from a page that this session was given."""
        return session is not None and hmac.compare_digest(given.encode(), self.form_token(session).encode())

    def _mac(self, purpose: str, name: str) -> str:
        return hmac.new(self.secret, f"{purpose}\0{name}".encode(), hashlib.sha256).hexdigest()


def read_form(content: bytes) -> dict[str, list[str]]:
    """Return the fields of a form.

    Raises:
        BadFormError: It is too long, has too many fields, or is no UTF-8.
    """
    if len(content) > MOST_FORM_BYTES:
        raise BadFormError(f"a form has at most {MOST_FORM_BYTES} bytes")
    try:
        return parse_qs(
            content.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise BadFormError(f"the form cannot be read: {error}") from error


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address.

    Examples:
        >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
        (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    """Return whether a name is an address itself: no foreign name can be made to resolve to it."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _split(host: str) -> tuple[str, int | None]:
    name, port = host.lower(), ""
    if name.startswith("["):
        name, _, port = name[1:].partition("]")
        port = port.removeprefix(":")
    elif name.count(":") == 1:
        name, _, port = name.partition(":")
    return name, int(port) if port.isascii() and port.isdigit() and len(port) < 6 else None


def _example() -> str:
    return secrets.token_urlsafe(24)
