"""The only door to object storage: S3, and opening any store by its address.

S3 endpoint, region and credentials come from the standard AWS variables and profiles unless ``S3Settings`` says
otherwise. Of the server only these are relied on: ``If-None-Match: *`` on PUT, Content-MD5, and what it lists and
returns; every upload is read back and its SHA-256 compared.

* Keys are listed verbatim. An empty object whose key ends in ``/`` is a folder marker of some client and not listed.
* Any key can be read; only keys that a folder could keep as well are written (``check_key``).
* A bucket is never created.
"""

import base64
import hashlib
import os
import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tasks.folder_store import FolderSource, FolderStore
from tasks.locations import Bucket, locate, overlap
from tasks.objects import (
    CHUNK_BYTES,
    OCTETS,
    AccessDeniedError,
    BucketMissingError,
    ChunkReader,
    Content,
    Digest,
    DigestMismatchError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectInfo,
    ObjectMissingError,
    ObjectStore,
    ObjectTooLargeError,
    SourceStore,
    StoreError,
    StoreUriError,
    TransientStoreError,
    UnsafeKeyError,
    check_key,
    check_key_length,
    check_range,
    open_content,
)
from tasks.s3_download import Download
from tasks.s3_errors import translate
from tasks.s3_settings import RetryPolicy, S3Settings

__all__ = [
    "AccessDeniedError",
    "BucketMissingError",
    "Digest",
    "DigestMismatchError",
    "ObjectChangedError",
    "ObjectExistsError",
    "ObjectInfo",
    "ObjectMissingError",
    "ObjectStore",
    "ObjectTooLargeError",
    "RetryPolicy",
    "S3Settings",
    "SourceStore",
    "StoreError",
    "StoreUriError",
    "TransientStoreError",
    "UnsafeKeyError",
    "open_source",
    "open_store",
    "overlap",
]

_MAX_PARTS = 10_000
_MAX_PUT_BYTES = 5 * 2**30
_WRITER = "oldphoto-writer"
"""Metadata that names one conditional put, so that we know our own write when its answer was lost."""


def open_source(
    uri: str | Path, *, s3: S3Settings | None = None, sleep: Callable[[float], None] = time.sleep
) -> SourceStore:
    """Return a store that can only be read.

    Nothing is asked of the store yet. Opening S3 costs about 60 ms of CPU, so a worker opens its own, once.

    Args:
        uri: ``s3://bucket/prefix``, a ``file:`` address or a path.
        s3: How to reach S3; None leaves all to the AWS environment.
        sleep: What waits between two tries.

    Raises:
        StoreUriError: The address is not that of a store.
        AccessDeniedError: The AWS profile or role gives no credentials.
    """
    place = locate(uri)
    return FolderSource(place) if isinstance(place, Path) else S3Source(place, s3 or S3Settings(), sleep)


def open_store(
    uri: str | Path, *, s3: S3Settings | None = None, sleep: Callable[[float], None] = time.sleep
) -> ObjectStore:
    """Return a store that can be read and written; arguments and errors as for ``open_source``."""
    place = locate(uri)
    return FolderStore(place) if isinstance(place, Path) else S3Store(place, s3 or S3Settings(), sleep)


class S3Source(ChunkReader):
    """The objects below a prefix of a bucket, to be read only."""

    def __init__(self, place: Bucket, settings: S3Settings, sleep: Callable[[float], None] = time.sleep) -> None:
        """Make the client; the server is not asked yet."""
        self.uri = place.uri
        self._place = place
        self._settings = settings
        self._sleep = sleep
        self._client = _connect(place, settings)

    def __reduce__(self) -> tuple[type["S3Source"], tuple[Bucket, S3Settings]]:
        """Pickle the address and settings; the copy makes its own client and really sleeps."""
        return type(self), (self._place, self._settings)

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Yield the objects whose key begins with the prefix, page by page; see ``SourceStore.list``."""
        ask = partial(self._client.list_objects_v2, Prefix=self._place.root + prefix, FetchOwner=False)
        for page in self._pages(ask, ContinuationToken="NextContinuationToken"):
            for found in page.get("Contents", ()):
                if found["Size"] or not found["Key"].endswith("/"):
                    yield self._describe(found["Key"], found | {"ContentLength": found["Size"]})

    def head(self, key: str) -> ObjectInfo:
        """Return the object's description; see ``SourceStore.head``. S3 does not say here if the bucket is missing."""
        target = self._target(key)
        return self._describe(target["Key"], self._ask(key, partial(self._client.head_object, **target)))

    def chunks(
        self,
        key: str,
        *,
        start: int = 0,
        stop: int | None = None,
        etag: str | None = None,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> Iterator[bytes]:
        """Yield the object's bytes; after a broken connection goes on where it stopped; see ``SourceStore.chunks``."""
        check_range(start, stop)
        if stop is not None and stop <= start:
            self.head(key)  # an empty range cannot be asked for, but a missing object is still an error
            return
        download = Download(self._client, self._target(key), (self.uri, key), start, stop, etag)
        try:
            while piece := self._ask(key, partial(download.read, chunk_bytes)):
                yield piece
        finally:
            download.close()

    def _target(self, key: str) -> dict[str, str]:
        check_key_length(key, self.uri, self._place.root)
        return {"Bucket": self._place.name, "Key": self._place.root + key}

    def _describe(self, full_key: str, found: dict[str, Any]) -> ObjectInfo:
        version = found.get("VersionId")
        return ObjectInfo(
            key=full_key.removeprefix(self._place.root),
            size=found["ContentLength"],
            etag=found["ETag"].strip('"'),
            version=None if version == "null" else version,
            modified=found["LastModified"].astimezone(UTC).replace(microsecond=0),  # some tell it in listings only
        )

    def _pages(self, ask: Callable[..., dict[str, Any]], **cursor: str) -> Iterator[dict[str, Any]]:
        """Yield the pages of a listing; cursor says which part of an answer goes into the next request, and as what."""
        following: dict[str, str] = {}
        while True:
            page = self._ask("", partial(ask, Bucket=self._place.name, **following))
            yield page
            if not page.get("IsTruncated"):
                return
            following = {name: page[source] for name, source in cursor.items()}

    def _ask(self, key: str, request: Callable[[], Any]) -> Any:  # noqa: ANN401  answers are botocore's dictionaries
        """Send a request until it is answered; only what may pass with time is tried again."""
        tries = 0
        while True:
            tries += 1
            try:
                return request()
            except (ClientError, BotoCoreError) as error:
                trouble = translate(error, self.uri, key, tries)
                if not isinstance(trouble, TransientStoreError) or tries >= self._settings.retry.attempts:
                    raise trouble from error
            self._sleep(self._settings.retry.pause_s(tries, random.random()))  # noqa: S311  jitter, not a secret


class S3Store(S3Source):
    """The objects below a prefix of a bucket, to be read and written."""

    def put(self, key: str, content: bytes | Path, *, if_absent: bool = False, media_type: str = OCTETS) -> str:
        """Upload, read back, compare, and return the SHA-256; see ``ObjectStore.put``.

        A conditional put is one request, never parts: that condition alone is kept by every server.

        Raises:
            ObjectTooLargeError: A conditional put of over 5 GiB.
            DigestMismatchError: What the server returned is not what was sent. It is left there to be looked at.
            ObjectChangedError: Another writer replaced the object before it was read back.
        """
        check_key(key, self.uri)
        target = self._target(key) | {"ContentType": media_type}
        with open_content(content) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            if if_absent and size > _MAX_PUT_BYTES:
                raise ObjectTooLargeError(self.uri, key, f"{size:,} bytes; one put takes 5 GiB")
            if if_absent or size <= self._settings.part_bytes:
                sha256, etag = self._put_whole(key, file, target, if_absent=if_absent)
            else:
                part_bytes = max(self._settings.part_bytes, -(-size // _MAX_PARTS))
                sha256, etag = self._put_parts(key, file, target, part_bytes)
        self._compare(key, sha256, etag)
        return sha256

    def delete(self, key: str) -> None:
        """Remove the object if it is there; in a versioned bucket its versions stay. See ``ObjectStore.delete``."""
        check_key(key, self.uri)
        with suppress(ObjectMissingError):
            self._ask(key, partial(self._client.delete_object, **self._target(key)))

    def remove_unfinished(self, before: datetime) -> int:
        """Abort uploads in parts begun before this instant; see ``ObjectStore.remove_unfinished``."""
        count = 0
        ask = partial(self._client.list_multipart_uploads, Prefix=self._place.root)
        for page in self._pages(ask, KeyMarker="NextKeyMarker", UploadIdMarker="NextUploadIdMarker"):
            for upload in page.get("Uploads", ()):
                if upload["Initiated"] < before:
                    self._abort({"Bucket": self._place.name, "Key": upload["Key"], "UploadId": upload["UploadId"]})
                    count += 1
        return count

    def _put_whole(self, key: str, file: Content, target: dict[str, str], *, if_absent: bool) -> tuple[str, str]:
        """Send one PUT; return the SHA-256 sent and the ETag received."""
        md5 = hashlib.file_digest(file, _md5).digest()
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        writer = uuid.uuid4().hex
        condition: dict[str, Any] = {"IfNoneMatch": "*", "Metadata": {_WRITER: writer}} if if_absent else {}

        def send() -> Any:  # noqa: ANN401  botocore's dictionary
            file.seek(0)
            return self._client.put_object(Body=file, ContentMD5=_base64(md5), **condition, **target)

        try:
            return sha256, self._ask(key, send)["ETag"].strip('"')
        except ObjectExistsError:
            if not if_absent or self._writer(key) != writer:
                raise
        return sha256, ""  # ours after all: an earlier try was carried out and its answer lost

    def _writer(self, key: str) -> str:
        """Return the mark of the conditional put that made the object, or nothing."""
        try:
            found = self._ask(key, partial(self._client.head_object, **self._target(key)))
        except ObjectMissingError:
            return ""
        return found["Metadata"].get(_WRITER, "")

    def _put_parts(self, key: str, file: Content, target: dict[str, str], part_bytes: int) -> tuple[str, str]:
        """Send the content in parts, or leave nothing; return the SHA-256 sent and the ETag received."""
        place = self._target(key)
        upload_id = self._ask(key, partial(self._client.create_multipart_upload, **target))["UploadId"]
        upload = place | {"UploadId": upload_id}
        sha256, parts = hashlib.sha256(), list[dict[str, Any]]()
        with ExitStack() as undo:
            undo.callback(self._try_abort, upload)
            while part := file.read(part_bytes):
                sha256.update(part)
                number = {"PartNumber": len(parts) + 1}
                sent = partial(self._client.upload_part, Body=part, ContentMD5=_base64(_md5(part).digest()), **number)
                parts.append(number | {"ETag": self._ask(key, partial(sent, **upload))["ETag"]})
            etag = self._complete(key, upload, parts)
            undo.pop_all()
        return sha256.hexdigest(), etag

    def _complete(self, key: str, upload: dict[str, str], parts: list[dict[str, Any]]) -> str:
        whole = partial(self._client.complete_multipart_upload, MultipartUpload={"Parts": parts}, **upload)
        try:
            return self._ask(key, whole)["ETag"].strip('"')
        except ObjectMissingError:
            # An earlier try was carried out, its answer lost, and the upload is known no more. Reading back decides.
            return ""

    def _try_abort(self, upload: dict[str, str]) -> None:
        """Abort if the server lets us: the error that made us is the one to report; the next run cleans up."""
        with suppress(StoreError):
            self._abort(upload)

    def _abort(self, upload: dict[str, str]) -> None:
        with suppress(ObjectMissingError):
            self._ask(upload["Key"], partial(self._client.abort_multipart_upload, **upload))

    def _compare(self, key: str, sha256: str, etag: str) -> None:
        found = hashlib.sha256()
        for piece in self.chunks(key, etag=etag or None):  # some servers return no ETag after an upload in parts
            found.update(piece)
        if found.hexdigest() != sha256:
            raise DigestMismatchError(self.uri, key, f"sent {sha256}, the server holds {found.hexdigest()}")


def _connect(place: Bucket, settings: S3Settings) -> Any:  # noqa: ANN401  its stubs cannot check dictionaries
    options = Config(
        connect_timeout=settings.connect_timeout_s,
        read_timeout=settings.read_timeout_s,
        max_pool_connections=settings.connections,
        retries={"total_max_attempts": 1, "mode": "standard"},  # we retry ourselves, and say so when we give up
        # The client's newer default sends checksums that older Ceph and Swift servers refuse or store as content.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    try:
        # A session of its own: the shared default session is not safe between threads. With an endpoint set, by
        # argument or variable, the client puts the bucket into the path rather than the host name by itself.
        return boto3.session.Session().client(
            "s3",
            endpoint_url=settings.endpoint_url,
            region_name=settings.region,
            aws_access_key_id=settings.access_key,
            aws_secret_access_key=settings.secret_key,
            config=options,
        )
    except BotoCoreError as error:
        raise translate(error, place.uri, "") from error
    except ValueError as error:
        raise StoreUriError(place.uri, "", "the endpoint in the AWS environment is not http(s)://host") from error


def _md5(content: bytes = b"") -> Any:  # noqa: ANN401  hashlib does not name its type
    return hashlib.md5(content, usedforsecurity=False)  # what Content-MD5 asks for


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
