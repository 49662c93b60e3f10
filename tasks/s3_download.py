"""An S3 object being read: from any byte on, and onward from where a broken connection stopped."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ResponseStreamingError
from botocore.response import StreamingBody
from urllib3.exceptions import HTTPError

from tasks.objects import ObjectChangedError, StoreError


@dataclass(slots=True)
class Download:
    """An object being read; after a failed read the next one asks again from where it stopped."""

    client: Any
    """The S3 client."""

    target: dict[str, str]
    """Bucket and full key, as the client takes them."""

    address: tuple[str, str]
    """The store and the key, for messages."""

    position: int
    """The next byte to read."""

    stop: int | None
    """One past the last byte to read; None for the end."""

    etag: str | None
    """What the object must be, once it is known."""

    body: StreamingBody | None = None
    """The answer being read; None before the first and after a failed one."""

    def read(self, size: int) -> bytes:
        """Return the next piece of at most this many bytes, empty at the end.

        Raises:
            BotoCoreError: The connection broke; reading on asks again.
            ClientError: The server refused.
            ObjectChangedError: The object is not, or no longer, the one with this ETag.
        """
        try:
            if self.body is None:
                self._open()
            piece: bytes = self.body.read(size) if self.body else b""
        except (BotoCoreError, StoreError):
            self.close()
            raise
        except HTTPError as error:  # what the client lets through when an encrypted connection breaks
            self.close()
            raise ResponseStreamingError(error=error) from error
        self.position += len(piece)
        return piece

    def close(self) -> None:
        """Give the connection up."""
        if self.body:
            self.body.close()
        self.body = None

    def _open(self) -> None:
        """Ask for the rest; there is no body if it would begin past the end."""
        last = "" if self.stop is None else self.stop - 1
        part = {"Range": f"bytes={self.position}-{last}"} if self.position or self.stop is not None else {}
        try:
            answer = self.client.get_object(**self.target, **part)
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidRange":
                raise
            self._check(self.client.head_object(**self.target))
            return
        self.body = answer["Body"]
        self._check(answer)
        if part and not answer.get("ContentRange", "").startswith(f"bytes {self.position}-"):
            raise StoreError(*self.address, "the server does not give ranges of bytes; use one that does")

    def _check(self, answer: dict[str, Any]) -> None:
        """Compare ETags here rather than by If-Match, which not every server keeps."""
        found = answer["ETag"].strip('"')
        if self.etag not in {None, found}:
            raise ObjectChangedError(*self.address, "was replaced since it was listed, or while it was read")
        self.etag = found
