"""An S3 server as tests see it, and a proxy before one that fails on purpose."""

import http.client
import socket
import struct
import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from tasks.storage import RetryPolicy, S3Settings

PATIENCE = RetryPolicy(attempts=4, base_s=0.5, cap_s=1.5)
PART_BYTES = 5 * 2**20


@dataclass(frozen=True)
class Server:
    """An S3 server with an empty bucket."""

    settings: S3Settings
    bucket: str

    def client(self) -> Any:
        """Return a plain client, to look at the server past our own code."""
        return boto3.client(
            "s3",
            endpoint_url=self.settings.endpoint_url,
            region_name=self.settings.region,
            aws_access_key_id=self.settings.access_key,
            aws_secret_access_key=self.settings.secret_key,
            config=Config(request_checksum_calculation="when_required", max_pool_connections=32),
        )

    def new_address(self) -> str:
        """Return the address of an empty prefix."""
        return f"s3://{self.bucket}/{uuid.uuid4().hex}"


def serve(endpoint_url: str, key: str, secret: str) -> Server:
    settings = S3Settings(
        endpoint_url=endpoint_url,
        region="us-east-1",
        access_key=key,
        secret_key=secret,
        part_bytes=PART_BYTES,
        retry=PATIENCE,
    )
    server = Server(settings, f"oldphoto-test-{uuid.uuid4().hex[:12]}")
    server.client().create_bucket(Bucket=server.bucket)
    return server


@dataclass
class Flaky:
    """A proxy before an S3 server. Each request takes the next word of the plan; after the last all is well.

    Words: ``pass``; ``reset`` (connection reset, nothing forwarded); ``stall`` (no answer, nothing forwarded); ``lost``
    (carried out, the answer dropped); ``cut`` (carried out, half the answer); ``garble`` (carried out, one bit of the
    answer changed); or a status and a code, as ``503 SlowDown`` (not forwarded).
    """

    upstream: str
    url: str = ""
    plan: list[str] = field(default_factory=list)
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_word(self, method: str, path: str, headers: dict[str, str]) -> str:
        with self.lock:
            self.seen.append((method, path, headers))
            return self.plan.pop(0) if self.plan else "pass"

    def methods(self) -> list[str]:
        return [method for method, _, _ in self.seen]


class FlakyHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def one(self) -> None:
        flaky = cast("FlakyServer", self.server).flaky
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = dict(self.headers.items())
        word = flaky.next_word(self.command, self.path, headers)
        if word[0].isdigit():
            self.refuse(*word.split())
        elif word == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
        elif word == "stall":
            flaky.over.wait(5)
            self.close_connection = True
        else:
            self.forward(flaky.upstream, headers, body, word)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = one  # noqa: N815  the names are the base class's

    def refuse(self, status: str, code: str) -> None:
        text = f"<Error><Code>{code}</Code><Message>on purpose</Message></Error>".encode()
        self.reply(int(status), {"Content-Type": "application/xml", "Content-Length": str(len(text))}, text)

    def forward(self, upstream: str, headers: dict[str, str], body: bytes, word: str) -> None:
        there = http.client.HTTPConnection(urlsplit(upstream).netloc, timeout=30)
        there.request(self.command, self.path, body, {k: v for k, v in headers.items() if k != "Expect"})
        answer = there.getresponse()
        content = answer.read()
        fields = {k: v for k, v in answer.getheaders() if k.lower() not in {"connection", "transfer-encoding"}}
        there.close()
        if self.command != "HEAD":
            fields = {k: v for k, v in fields.items() if k.lower() != "content-length"}
            fields["Content-Length"] = str(len(content))
        if word == "lost":
            self.close_connection = True
            return
        if word == "garble":
            content = bytes([content[0] ^ 1]) + content[1:]
        if word == "cut":
            content = content[: len(content) // 2]
            self.close_connection = True
        self.reply(answer.status, fields, content)

    def reply(self, status: int, fields: dict[str, str], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        """Say nothing."""


class FlakyServer(ThreadingHTTPServer):
    daemon_threads = True
    flaky: Flaky

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients hang up on a server that fails."""
