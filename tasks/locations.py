"""Where a store is: ``s3://bucket/prefix``, a ``file:`` address, or a plain path.

In an S3 address everything after the bucket is the prefix, verbatim: ``%``, ``?`` and ``#`` mean themselves.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tasks.objects import StoreUriError

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,62}")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?=//)|(file):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, or the part of one below a prefix."""

    name: str
    """The bucket."""

    prefix: str = ""
    """What all keys begin with, without the ``/`` that follows it; empty for the whole bucket."""

    @property
    def uri(self) -> str:
        """The address in its one canonical spelling."""
        return f"s3://{self.name}/{self.prefix}" if self.prefix else f"s3://{self.name}"

    @property
    def root(self) -> str:
        """The prefix with its ``/``, ready to be put before a key; empty for the whole bucket."""
        return f"{self.prefix}/" if self.prefix else ""


def locate(uri: str | Path) -> Bucket | Path:
    """Return the place that an address names; a folder comes absolute, with symbolic links resolved.

    Raises:
        StoreUriError: The address is empty, has another scheme, or names no bucket.

    Examples:
        >>> locate("s3://museum/scans/2024/")
        Bucket(name='museum', prefix='scans/2024')
        >>> locate("file:///srv/a%20b").as_posix()
        '/srv/a b'
    """
    if isinstance(uri, Path):
        return Path(os.path.realpath(uri))
    found = _SCHEME.match(uri)
    scheme = (found[1] or found[2]).lower() if found else ""
    rest = uri[found.end() :] if found else uri
    if scheme == "s3":
        return _bucket(rest.removeprefix("//"))
    if scheme == "file":
        return _folder(rest)
    if scheme or not uri or "\0" in uri:
        raise StoreUriError(
            f"{scheme}:" if scheme else uri, "", "expected s3://bucket/prefix, file:///folder or a path"
        )
    return Path(os.path.realpath(uri))


def _bucket(rest: str) -> Bucket:
    name, _, prefix = rest.partition("/")
    if not _BUCKET.fullmatch(name):
        # The address is not repeated: what stands before an @ may be a password.
        raise StoreUriError("s3:", "", "expected a bucket of 3 to 63 letters, digits, dots and hyphens")
    return Bucket(name, prefix.rstrip("/"))


def _folder(rest: str) -> Path:
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        if host not in {"", "localhost"}:
            raise StoreUriError("file:", "", "names another host; mount the folder and give its path here")
        rest = slash + path
    path = os.fsdecode(unquote_to_bytes(rest))
    if not path or "\0" in path:
        raise StoreUriError("file:", "", "expected file:///folder")
    return Path(os.path.realpath(path))


def overlap(one: str | Path, other: str | Path) -> bool:
    """Return whether one address lies inside the other, or is the same.

    Folders are compared after symbolic links, and by what they are rather than by name where they exist, so that a
    bind mount or a file system that ignores case is seen through. Two buckets count as different if their names do.

    Raises:
        StoreUriError: An address is not that of a store.

    Examples:
        >>> overlap("s3://museum/scans", "s3://museum/scans/2024"), overlap("s3://museum/scans", "s3://museum/scans2")
        (True, False)
    """
    a, b = locate(one), locate(other)
    if isinstance(a, Bucket) and isinstance(b, Bucket):
        return a.name == b.name and (a.root.startswith(b.root) or b.root.startswith(a.root))
    if isinstance(a, Path) and isinstance(b, Path):
        return _is_inside(a, b) or _is_inside(b, a)
    return False


def _is_inside(inner: Path, outer: Path) -> bool:
    return any(_is_same(step, outer) for step in (inner, *inner.parents))


def _is_same(a: Path, b: Path) -> bool:
    try:
        return a == b or a.samefile(b)
    except OSError:  # one of them is not there yet, or may not be looked at
        return False
