"""Downloads over HTTP that go on where they stopped.

The bytes so far lie in ``NAME.part``; beside it ``NAME.part.json`` says what they are the beginning of: the address and
the server's validator (a strong ETag, else the date). The rest is asked for with ``Range`` and ``If-Range``, so that a
file that changed meanwhile, or a server that knows no ranges, gives a clean start instead of two halves of two files.
"""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tasks.models.errors import UnreachableError

Watch = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Shows progress of a name and a number of bytes (0: unknown): gives the function to call with how many more came."""

_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+)")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a download is tried."""

    attempts: int = 5
    """Tries without a single new byte before it is given up."""

    pause_s: float = 1.0
    """Pause after the first of them, in seconds; doubles with each."""

    timeout_s: float = 30.0
    """Longest silence of the server, in seconds."""


PATIENCE = Patience()
"""What suits a person who waits."""


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What the bytes in a ``.part`` file are the beginning of."""

    address: str
    validator: str


class _BrokenOffError(Exception):
    """The download stopped; going on may help."""


@contextmanager
def unwatched(name: str, size: int) -> Iterator[Callable[[int], None]]:
    """Show no progress."""
    del name, size
    yield lambda _: None


def download(
    address: str, part: Path, *, max_bytes: int, watch: Watch = unwatched, patience: Patience = PATIENCE
) -> None:
    """Download a file to the end, in as many requests as it takes.

    Args:
        address: ``http:`` or ``https:``; redirects are followed, never from https to http.
        part: Where the bytes go. Those that are there from an earlier try are kept if the server agrees.
        max_bytes: A longer file is refused.
        watch: Shows progress.
        patience: When to give up.

    Raises:
        UnreachableError: It cannot be had; the bytes that came are kept for the next try.
        OSError: The disk does not take it.
    """
    headers = {"Accept-Encoding": "identity", "User-Agent": "oldphoto"}
    fruitless = 0
    with httpx.Client(follow_redirects=True, timeout=patience.timeout_s, headers=headers) as client:
        while True:
            before = _size(part)
            try:
                _go_on(client, address, part, max_bytes, watch)
            except _BrokenOffError as error:
                fruitless = 0 if _size(part) > before else fruitless + 1
                if fruitless >= patience.attempts:
                    raise UnreachableError(shown(address), _with_kept(str(error), address, part)) from error
                time.sleep(patience.pause_s * 2**fruitless / 2)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                reason = str(error) or type(error).__name__
                raise UnreachableError(shown(address), _with_kept(reason, address, part)) from error
            else:
                return


def forget(part: Path) -> None:
    """Remove an unfinished download and what is known of it."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def shown(address: str) -> str:
    """Return an address fit for records and messages: without user, password, query and fragment.

    Examples:
        >>> shown("https://me:secret@mirror.example:8443/a/b.zip?token=1")
        'https://mirror.example:8443/a/b.zip'
    """
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _go_on(client: httpx.Client, address: str, part: Path, max_bytes: int, watch: Watch) -> None:
    """Ask for what is missing and write it down."""
    kept, validator = _size(part), _validator_of(part, address)
    asked = {"Range": f"bytes={kept}-", "If-Range": validator} if kept and validator else {}
    try:
        with client.stream("GET", address, headers=asked) as answer:
            _check(address, answer, (200, 206, 416) if asked else (200,))
            if answer.status_code == 416 and asked and _content_range(answer) == (None, kept):
                return  # it had come to the end already
            start = _start(answer, kept, validator) if asked else 0
            if start is None:
                forget(part)
                raise _BrokenOffError("the server answers a request for the rest of the file with something else")
            _write(answer, address, part, start, max_bytes, watch)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.ProxyError):
        raise  # no server, no route, no such name: trying again at once would not help
    except httpx.TransportError as error:
        raise _BrokenOffError(f"the connection broke ({str(error) or type(error).__name__})") from error


def _check(address: str, answer: httpx.Response, fitting: tuple[int, ...]) -> None:
    """Refuse answers that hold no part of the file."""
    if urlsplit(address).scheme == "https" and answer.url.scheme != "https":
        raise UnreachableError(shown(address), f"it leads to {shown(str(answer.url))}, which is not protected by https")
    if answer.status_code in _BUSY:
        raise _BrokenOffError(f"the server answers {answer.status_code} {answer.reason_phrase}")
    if answer.status_code not in fitting:
        raise UnreachableError(shown(address), f"the server answers {answer.status_code} {answer.reason_phrase}")
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise UnreachableError(shown(address), "the server sends it compressed, which was not asked for")


def _start(answer: httpx.Response, kept: int, validator: str | None) -> int | None:
    """Return the first byte that the answer to a request for the rest holds; None if the two do not fit together."""
    if answer.status_code == 200:
        return 0
    begins, _ = _content_range(answer)
    same = _validator(answer) in {validator, None}
    return kept if answer.status_code == 206 and begins == kept and same else None


def _write(answer: httpx.Response, address: str, part: Path, start: int, max_bytes: int, watch: Watch) -> None:
    total = _content_range(answer)[1] if start else int(answer.headers.get("Content-Length", 0))
    if (total or 0) > max_bytes:
        forget(part)
        raise UnreachableError(shown(address), f"it has {total} bytes, expected at most {max_bytes}")
    with (
        part.open("ab" if start else "wb") as file,
        watch(urlsplit(address).path.rpartition("/")[2], total or 0) as told,
    ):
        if not start:
            note = _Beginning(shown(address), _validator(answer) or "")
            _note(part).write_text(json.dumps(asdict(note)), "utf-8")
        told(start)
        done = start
        for piece in answer.iter_raw():  # as it comes: a chunk size would hold back, and lose, bytes
            done += len(piece)
            if done > max_bytes:
                forget(part)
                raise UnreachableError(shown(address), f"it has over {max_bytes} bytes, the most expected")
            file.write(piece)
            told(len(piece))
        file.flush()
        os.fsync(file.fileno())
    if total and done != total:
        raise _BrokenOffError(f"{done} bytes of {total} came")


def _validator(answer: httpx.Response) -> str | None:
    """Return what tells this version of the file from others; weak ETags do not."""
    etag = answer.headers.get("ETag")
    return etag if etag and not etag.startswith("W/") else answer.headers.get("Last-Modified")


def _validator_of(part: Path, address: str) -> str | None:
    """Return the validator of the file whose beginning is there, if it came from this address."""
    try:
        note = _Beginning(**json.loads(_note(part).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return note.validator if note.validator and note.address == shown(address) else None


def _content_range(answer: httpx.Response) -> tuple[int | None, int | None]:
    """Return the first byte and the whole length that the answer states."""
    stated = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if stated is None:
        return None, None
    return None if stated[1] is None else int(stated[1]), int(stated[2])


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _with_kept(reason: str, address: str, part: Path) -> str:
    kept = _size(part) if _validator_of(part, address) else 0
    return f"{reason}; {kept} bytes are kept, the same command goes on from there" if kept else reason
