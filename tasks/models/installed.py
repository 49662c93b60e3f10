"""Weights on this machine: which are installed, where they lie, and that they are still the bytes that first came.

Fetched weights lie in a models folder. Those that the project trained come with the package and need no folder.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from tasks.models.errors import ModelChangedError, ModelMissingError
from tasks.models.known import MODELS, model_named
from tasks.models.ledger import Record, read_ledger
from tasks.models.model import Model, OwnModel
from tasks.models.shipped import SHIPPED

DEFAULT_FOLDER = Path("~/.cache/oldphoto/models")
"""Where weights are kept unless the settings say otherwise."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A model whose weights are in the models folder, or came with the package."""

    model: Model
    """What it is."""

    path: Path
    """Its file."""

    record: Record
    """What the ledger says of it."""


@dataclass(frozen=True, slots=True)
class Check:
    """What became of weights that were once fetched or shipped."""

    name: str
    """The model."""

    verdict: Literal["pass", "changed", "missing"]
    """Whether the file has the recorded digest, another one, or is not there."""

    expected: str
    """SHA-256 on record."""

    found: str | None
    """SHA-256 of the file."""

    shipped: bool = False
    """Whether it came with the package."""


def installed(folder: Path = DEFAULT_FOLDER, *, shipped: Path = SHIPPED) -> dict[str, Installed]:
    """Return the models that are in a models folder and in its ledger, or shipped, by name; digests are not looked at.

    Raises:
        LedgerError: A ledger is damaged.
    """
    fetched, own = folder.expanduser(), read_ledger(shipped)
    records = read_ledger(fetched)
    entries = []
    for name, model in MODELS.items():
        place, record = (shipped, own.get(name)) if isinstance(model, OwnModel) else (fetched, records.get(name))
        if record is not None:
            entries.append(Installed(model, place / model.file, record))
    return {entry.model.name: entry for entry in entries if entry.path.is_file()}


def path_of(name: str, folder: Path = DEFAULT_FOLDER, *, shipped: Path = SHIPPED) -> Path:
    """Return the file of a model's weights; its digest is not looked at, see ``digest_of``.

    Raises:
        UnknownModelError: No model has this name.
        ModelMissingError: It is not installed.
        LedgerError: The ledger is damaged.
    """
    return _entry(name, folder, shipped).path


def digest_of(name: str, folder: Path = DEFAULT_FOLDER, *, shipped: Path = SHIPPED) -> str:
    """Return the SHA-256 of a model's weights, read from the file and found to be the one on record.

    The file is read once in the life of the process, and again if it is replaced or written to.

    Raises:
        ModelChangedError: The file has another digest than when it first came.
        UnknownModelError: No model has this name.
        ModelMissingError: It is not installed.
        LedgerError: The ledger is damaged.
    """
    entry = _entry(name, folder, shipped)
    found = file_digest(entry.path)
    if found != entry.record.sha256:
        own = isinstance(entry.model, OwnModel)
        came = "shipped with oldphoto" if own else f"fetched on {entry.record.first_fetched}"
        again = "install oldphoto again" if own else f"fetch it again: oldphoto models fetch {name}"
        raise ModelChangedError(
            f"{entry.path} is not the file {came}: it was changed or damaged; {again}",
            expected=entry.record.sha256,
            found=found,
        )
    return found


def check_digests(folder: Path = DEFAULT_FOLDER, *, shipped: Path = SHIPPED) -> list[Check]:
    """Compare every file that was ever fetched into a models folder, and every shipped one, with its recorded digest.

    Raises:
        LedgerError: A ledger is damaged.
    """
    fetched = folder.expanduser()
    checks = [_check(name, fetched / one.file, one) for name, one in read_ledger(fetched).items()]
    own = [_check(name, shipped / one.file, one) for name, one in read_ledger(shipped).items()]
    return checks + [replace(check, shipped=True) for check in own]


def weights_digest(names: Mapping[str, str]) -> str:
    """Return one digest for the weights of several networks: the SHA-256 of lines "name digest", sorted by name.

    Examples:
        >>> weights_digest({"b": "2", "a": "1"}) == weights_digest({"a": "1", "b": "2"})
        True
    """
    lines = "".join(f"{name} {digest}\n" for name, digest in sorted(names.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file; remembered until its size, its times or the file itself change."""
    state = path.stat()
    return _digest(path, (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns))


@lru_cache(maxsize=64)
def _digest(path: Path, state: tuple[int, ...]) -> str:
    del state  # part of the key
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _entry(name: str, folder: Path, shipped: Path) -> Installed:
    model = model_named(name)
    found = installed(folder, shipped=shipped)
    if name not in found and isinstance(model, OwnModel):
        raise ModelMissingError(
            f"the weights {name} should lie in {shipped} and do not: install a release of oldphoto that ships them, or "
            f"choose another engine"
        )
    if name not in found:
        raise ModelMissingError(
            f"the weights {name} are not in {folder.expanduser()}; fetch them: oldphoto models fetch {name}"
        )
    return found[name]


def _check(name: str, path: Path, record: Record) -> Check:
    if not path.is_file():
        return Check(name, "missing", record.sha256, None)
    found = file_digest(path)
    return Check(name, "pass" if found == record.sha256 else "changed", record.sha256, found)
