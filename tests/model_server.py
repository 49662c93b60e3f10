"""A real HTTP server of files: ranges, validators, redirects, and the faults of bad days on demand."""

import hashlib
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast


@dataclass
class Files:
    """What the server has and how it behaves."""

    url: str = ""
    content: dict[str, bytes] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    """Bytes of body after which each of the next answers breaks off."""
    statuses: list[int] = field(default_factory=list)
    """Statuses of the next answers, before any file is looked at."""
    knows_ranges: bool = True
    heeds_if_range: bool = True
    etags: bool = True
    states_length: bool = True
    seen: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    """Path, Range, If-Range of each request."""
    sent: int = 0
    """Bytes of bodies sent."""

    def etag(self, path: str) -> str:
        return f'"{hashlib.sha256(self.content[path]).hexdigest()[:16]}"'


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        files = cast("_Server", self.server).files
        path = self.path.partition("?")[0]
        asked, unless_changed = self.headers.get("Range"), self.headers.get("If-Range")
        files.seen.append((self.path, asked, unless_changed))
        if files.statuses:
            self._reply(files.statuses.pop(0), {}, b"on purpose")
        elif path in files.moved:
            self._reply(302, {"Location": files.moved[path]}, b"")
        elif path not in files.content:
            self._reply(404, {}, b"no such file")
        else:
            self._file(files, path, asked, unless_changed)

    def _file(self, files: Files, path: str, asked: str | None, unless_changed: str | None) -> None:
        content, etag = files.content[path], files.etag(path)
        headers = {"ETag": etag} if files.etags else {}
        stale = files.heeds_if_range and unless_changed not in {None, etag}
        if not asked or not files.knows_ranges or stale:
            self._reply(200, headers, content)
            return
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])  # type: ignore[index]
        if start >= len(content):
            self._reply(416, {"Content-Range": f"bytes */{len(content)}"}, b"")
        else:
            span = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self._reply(206, {**headers, "Content-Range": span}, content[start:])

    def _reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        files = cast("_Server", self.server).files
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if files.states_length:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()
        if status in {200, 206} and files.cuts:
            body = body[: files.cuts.pop(0)]
        files.sent += len(body)
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


class _Server(ThreadingHTTPServer):
    files: Files


@contextmanager
def serving() -> Iterator[Files]:
    files = Files()
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.files = files
        files.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield files
        server.shutdown()
        thread.join()


def closed_address() -> str:
    """Return the address of a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
