"""Weights found in what people have at hand: a release archive, its unpacked folder, a copy of our folder, one file.

Nothing is ever unpacked to a path that an archive names: a member is found by the last parts of its path and its bytes
are streamed, counted, into a file that we name.
"""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from tasks.models.errors import NotWeightsError
from tasks.models.model import PublishedModel

_CHUNK_BYTES = 2**20
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What zipfile raises for archives that are cut, garbled, encrypted, or packed in a way it does not know."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where the bytes of one model are."""

    path: Path
    """A file: the weights, or an archive that holds them."""

    member: str | None
    """The member of that archive."""

    called: str
    """What a person knows the file as: its address, or its path."""

    def __str__(self) -> str:
        """Word the place."""
        return f"{self.member} in {self.called}" if self.member else self.called


def find_weights(models: Iterable[PublishedModel], place: Path, called: str) -> dict[str, Found]:
    """Return where each model's weights are, by name; those that are not there are left out.

    Args:
        models: What to look for.
        place: A release archive; a folder that holds it, its unpacked files, or files named as in a models folder; or
            the weights themselves.
        called: What a person knows the place as.

    Raises:
        NotWeightsError: The place is neither, or the archive is damaged, or holds a model twice.
        OSError: The place cannot be read.
    """
    wanted = list(models)
    if place.is_dir():
        return _in_folder(wanted, place)
    if _is_archive(place, called):
        return _in_archive(wanted, place, called)
    if len(wanted) == 1:
        return {wanted[0].name: Found(place, None, called)}
    with place.open("rb") as file:
        head = file.read(20)
    names = ", ".join(model.name for model in wanted)
    raise NotWeightsError(
        f"{called} is no zip archive, it begins with {head!r}; a single file can be only one of {names}: name that one"
    )


def copy_weights(found: Found, model: PublishedModel, draft: Path) -> tuple[str, int]:
    """Write a model's bytes to a file and return their SHA-256 and number.

    Raises:
        NotWeightsError: There are more bytes than such weights have, the archive is damaged, or they are no weights.
        OSError: The disk does not give or take them.
    """
    sha256, size = hashlib.sha256(), 0
    try:
        with _opened(found) as source, draft.open("wb") as file:
            while piece := source.read(_CHUNK_BYTES):
                size += len(piece)
                if size > model.max_bytes:
                    raise NotWeightsError(f"{found} has over {model.max_bytes} bytes, the most {model.name} may have")
                sha256.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except _DAMAGE as error:
        raise NotWeightsError(f"{found} is damaged: {error}; fetch or copy it again") from error
    _check_kind(draft, model, found)
    return sha256.hexdigest(), size


@contextmanager
def _opened(found: Found) -> Iterator[IO[bytes]]:
    if found.member is None:
        with found.path.open("rb") as file:
            yield file
    else:
        with zipfile.ZipFile(found.path) as archive, archive.open(found.member) as file:
            yield file


def _in_archive(wanted: Iterable[PublishedModel], path: Path, called: str) -> dict[str, Found]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir() and _is_plain(info.filename)]
    except _DAMAGE as error:
        raise NotWeightsError(f"{called} is a damaged or cut zip archive ({error}); fetch or copy it again") from error
    found: dict[str, Found] = {}
    for model in wanted:
        fitting = [name for name in names if _ends_with(name, model.member or model.home.file)]
        if len(fitting) > 1:
            raise NotWeightsError(
                f"{path} holds {model.name} {len(fitting)} times: {', '.join(fitting)}; expected once"
            )
        if fitting:
            found[model.name] = Found(path, fitting[0], called)
    return found


def _in_folder(wanted: Iterable[PublishedModel], folder: Path) -> dict[str, Found]:
    """Look through a folder, links not followed: for unpacked files first, then for release archives."""
    files = [Path(at, name) for at, _, names in os.walk(folder) for name in sorted(names)]
    files = [path for path in files if path.is_file() and not path.is_symlink()]
    found: dict[str, Found] = {}
    for model in wanted:
        fitting = [path for path in files if _ends_with(path.as_posix(), model.member or model.home.file)]
        fitting = fitting or [path for path in files if path.name == model.file]
        if len(fitting) > 1:
            where = ", ".join(map(str, fitting))
            raise NotWeightsError(f"{folder} holds {model.name} {len(fitting)} times: {where}; name one of them")
        if fitting:
            found[model.name] = Found(fitting[0], None, str(fitting[0]))
        elif archives := [path for path in files if path.name == model.home.file]:
            found |= _in_archive([model], archives[0], str(archives[0]))
    return found


def _is_archive(path: Path, called: str) -> bool:
    """Say whether a file is a zip archive of files, and not weights that PyTorch keeps in a zip of its own.

    Raises:
        NotWeightsError: It begins as a zip archive and does not end as one.
    """
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            return False
    try:
        with zipfile.ZipFile(path) as archive:
            return not any(PurePosixPath(name).name == "data.pkl" for name in archive.namelist())
    except _DAMAGE as error:
        raise NotWeightsError(f"{called} is a damaged or cut zip archive ({error}); fetch or copy it again") from error


def _check_kind(draft: Path, model: PublishedModel, found: Found) -> None:
    """Refuse what cannot be weights: an error page, a Git LFS pointer, a cut file."""
    with draft.open("rb") as file:
        head = file.read(40)
    if head.startswith(b"version https://git-lfs"):
        raise NotWeightsError(f"{found} is a Git LFS pointer, not the file it stands for; download the file itself")
    kinds = {".onnx": (b"\x08",), ".pt": (b"PK\x03\x04", b"\x80"), ".pth": (b"PK\x03\x04", b"\x80")}
    expected = kinds[Path(model.file).suffix]
    if not head.startswith(expected):
        raise NotWeightsError(f"{found} is no weights file: it begins with {head[:20]!r}; expected {model.name}")
    if head.startswith(b"PK"):
        _check_checksums(draft, found)


def _check_checksums(draft: Path, found: Found) -> None:
    try:
        with zipfile.ZipFile(draft) as archive:
            bad = archive.testzip()
    except _DAMAGE as error:
        raise NotWeightsError(f"{found} is damaged or cut ({error}); fetch or copy it again") from error
    if bad:
        raise NotWeightsError(f"{found} is damaged: the checksum of {bad} is wrong; fetch or copy it again")


def _ends_with(name: str, ending: str) -> bool:
    """Say whether a path ends with these whole parts.

    Examples:
        >>> _ends_with("checkpoints/VAE_A_quality/latest_net_G.pth", "VAE_A_quality/latest_net_G.pth")
        True
        >>> _ends_with("checkpoints/old_VAE_A_quality/latest_net_G.pth", "VAE_A_quality/latest_net_G.pth")
        False
    """
    return f"/{name}".endswith(f"/{ending}")


def _is_plain(name: str) -> bool:
    """Say whether a member's path leads down only; others are as good as not there."""
    parts = name.split("/")
    return not (".." in parts or "" in parts or "\\" in name or ":" in parts[0])
