"""How to reach an S3 server, and how patiently to ask it.

Pauses between tries grow exponentially with full jitter: drawn evenly between zero and a bound that doubles with every
failure, so that workers that failed together do not come back together (M. Brooker, "Exponential Backoff and Jitter",
AWS Architecture Blog, 2015).
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

MIN_PART_BYTES = 5 * 2**20
"""S3 takes no shorter parts, but for the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often a request is tried, and how long the pauses are."""

    attempts: int = 6
    """How often one request is sent at most, the first time included."""

    base_s: float = 0.5
    """Longest pause after the first failure, seconds."""

    cap_s: float = 20.0
    """Longest pause after any failure, seconds."""

    def __post_init__(self) -> None:
        """Refuse a policy that never asks or waits a negative time.

        Raises:
            ValueError: A figure is out of range.
        """
        if self.attempts < 1 or not 0 <= self.base_s <= self.cap_s:
            raise ValueError(f"expected attempts >= 1 and 0 <= base_s <= cap_s, found {self}")

    def pause_s(self, failures: int, chance: float) -> float:
        """Return the pause in seconds after this many failures in a row (one or more).

        Args:
            failures: How often the request has failed.
            chance: An even draw from [0, 1).

        Examples:
            >>> [RetryPolicy(base_s=0.5, cap_s=3.0).pause_s(n, chance=0.5) for n in (1, 2, 3, 4, 90)]
            [0.25, 0.5, 1.0, 1.5, 1.5]
        """
        return chance * min(self.cap_s, self.base_s * 2.0 ** min(failures - 1, 60))


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Settings:
    """How to reach an S3 server; what is None comes from the standard AWS variables, profiles and roles."""

    endpoint_url: str | None = None
    """``http(s)://host:port`` of the server."""

    region: str | None = None
    """The region to sign for."""

    access_key: str | None = None
    """The id of the access key; goes with secret_key."""

    secret_key: str | None = field(default=None, repr=False)
    """The secret of the access key."""

    part_bytes: int = 16 * 2**20
    """An object longer than this is sent in parts of this size, each held in memory; at least 5 MiB."""

    connections: int = 32
    """Requests that threads may have under way at once."""

    connect_timeout_s: float = 10.0
    """Seconds to wait for a connection."""

    read_timeout_s: float = 60.0
    """Seconds to wait for the next bytes of an answer."""

    retry: RetryPolicy = field(default_factory=RetryPolicy)
    """How often a request is sent, and the pauses between."""

    def __post_init__(self) -> None:
        """Refuse what no server accepts; the address is not repeated, for it may hold a password.

        Raises:
            ValueError: A setting is out of range, or the endpoint holds a user name or password.
        """
        if self.part_bytes < MIN_PART_BYTES:
            raise ValueError(f"expected parts of {MIN_PART_BYTES:,} bytes or more, found {self.part_bytes:,}")
        if self.endpoint_url is not None:
            address = urlsplit(self.endpoint_url)
            if address.scheme not in {"http", "https"} or not address.hostname or "@" in address.netloc:
                raise ValueError("expected an endpoint such as https://s3.example.org, without a user name")
