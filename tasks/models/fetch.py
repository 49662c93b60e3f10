"""Weights fetched into a models folder: downloaded or copied, compared with the digest on record, then installed.

Each file appears whole or not at all (a draft, synced, given its name in one step), after it the ledger's line. Two
fetches into one folder take turns.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from tasks.models.download import PATIENCE, Patience, Watch, download, forget, shown, unwatched
from tasks.models.errors import ModelChangedError, ModelError, NotWeightsError, UnreachableError
from tasks.models.installed import DEFAULT_FOLDER, file_digest, installed, path_of
from tasks.models.known import PUBLISHED
from tasks.models.ledger import Record, locked, read_ledger, write_ledger
from tasks.models.model import Home, Model, OwnModel, PublishedModel
from tasks.models.sources import Found, copy_weights, find_weights

_DOWNLOADS = "downloads"


@dataclass(frozen=True, slots=True)
class Manner:
    """How a fetch goes about it."""

    watch: Watch = unwatched
    """Shows progress of a download."""

    patience: Patience = PATIENCE
    """When a download is given up."""

    waiting: Callable[[], None] = lambda: None
    """Called once if another fetch into the folder has to finish first."""


MANNER = Manner()
"""Silently, with a person's patience."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch came to, for one model."""

    name: str
    """The model."""

    outcome: Literal["installed", "same", "there", "shipped"]
    """Newly written; read again and found the same; already there, so that nothing was downloaded; came with the
    package, so that there is nothing to download."""

    path: Path
    """Its file."""

    record: Record
    """What the ledger says of it."""


@dataclass(frozen=True, slots=True)
class _Origin:
    """What weights are taken from, on this machine."""

    place: Path
    address: str
    called: str
    at_home: bool


def by_home(models: Iterable[PublishedModel]) -> list[list[PublishedModel]]:
    """Return models grouped by the file they come in: each group is one download."""
    homes: dict[Home, list[PublishedModel]] = {}
    for model in models:
        homes.setdefault(model.home, []).append(model)
    return list(homes.values())


def companions(models: Sequence[PublishedModel]) -> list[PublishedModel]:
    """Return the other models that come in the same archives: once downloaded, they are worth keeping."""
    homes = {model.home for model in models}
    return [model for model in PUBLISHED if model.home in homes and model not in models]


def apart(models: Iterable[Model]) -> tuple[list[PublishedModel], list[OwnModel]]:
    """Return the models that are fetched, and those that come with the package."""
    wanted = list(models)
    return (
        [one for one in wanted if isinstance(one, PublishedModel)],
        [one for one in wanted if isinstance(one, OwnModel)],
    )


def as_shipped(model: OwnModel) -> Fetched:
    """Return what there is to say of weights that come with the package: nothing is fetched.

    Raises:
        ModelMissingError: This copy of the package has none.
    """
    return Fetched(model.name, "shipped", path_of(model.name), installed()[model.name].record)


def fetch(
    models: Sequence[PublishedModel],
    folder: Path = DEFAULT_FOLDER,
    *,
    source: str | None = None,
    also: Sequence[PublishedModel] = (),
    manner: Manner = MANNER,
) -> list[Fetched]:
    """Install weights; those that are installed and whole are left alone unless a source is named.

    Args:
        models: What to install; without a source, all of one home.
        folder: The models folder; made if it is not there.
        source: A zip archive, a folder, a file of weights, or the ``http(s):`` address of an archive or file; None
            downloads from the models' public home.
        also: What to take along if it is not installed and happens to come too.
        manner: How it goes about it.

    Returns:
        One result for each of the models, then those taken along.

    Raises:
        UnreachableError: The download failed; what came is kept for the next try.
        ModelChangedError: The bytes are not those on record, or the public home's are not those known. What was
            installed stays.
        NotWeightsError: The source is damaged, or lacks some of the models; the others are installed.
        LedgerError: The ledger is damaged.
        OSError: The disk does not give or take the bytes.
    """
    folder = folder.expanduser()
    with locked(folder, manner.waiting):
        ledger = read_ledger(folder)
        there = (
            [] if source else [_there(model, folder, ledger) for model in models if _is_whole(model, folder, ledger)]
        )
        wanted = [model for model in models if model.name not in {one.name for one in there}]
        if not wanted:
            return there
        also = [model for model in also if not _is_whole(model, folder, ledger)]
        with _at_hand(wanted[0].home, folder, source, manner) as origin:
            return there + _install_all(wanted, also, origin, folder, ledger)


def _install_all(
    wanted: Sequence[PublishedModel],
    also: Sequence[PublishedModel],
    origin: _Origin,
    folder: Path,
    ledger: dict[str, Record],
) -> list[Fetched]:
    found = find_weights([*wanted, *also], origin.place, origin.called)
    archive = next((file_digest(one.path) for one in found.values() if one.member), None)
    if origin.at_home:
        _enforce_archive(archive, origin.address, ledger)
    done = []
    for model in (*wanted, *also):
        if model.name in found:
            done.append(_install(model, found[model.name], origin, folder, ledger))
            write_ledger(folder, ledger)
    if missing := [model for model in wanted if model.name not in found]:
        lines = "".join(f"\n  {model.name}: .../{model.member or model.home.file}" for model in missing)
        raise NotWeightsError(f"{origin.called} does not hold{lines}")
    return done


def _install(model: PublishedModel, found: Found, origin: _Origin, folder: Path, ledger: dict[str, Record]) -> Fetched:
    """Copy one model's bytes, judge them, give them their name, and enter a first one in the ledger."""
    address = origin.address
    path = folder / model.file
    draft = folder / f"{model.file}.partial"
    try:
        digest, size = copy_weights(found, model, draft)
        _enforce(model, digest, found, ledger.get(model.name), at_home=origin.at_home)
        same = path.is_file() and file_digest(path) == digest
        if not same:
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    archive = file_digest(found.path) if found.member else None
    now = datetime.now(UTC).isoformat(timespec="seconds")
    record = ledger.setdefault(model.name, Record(model.file, address, archive, digest, size, now))
    return Fetched(model.name, "same" if same else "installed", path, record)


def _enforce(model: PublishedModel, digest: str, found: Found, record: Record | None, *, at_home: bool) -> None:
    """Refuse bytes that differ from those that first came, or, from the public home, from those known elsewhere.

    Whoever names another source answers for its bytes, for example for weights of their own in the same layout.
    """
    if at_home and model.sha256 not in {None, digest}:
        message = f"{found} is not {model.name}: its SHA-256 is another than the one known from {model.sha256_from}"
        raise ModelChangedError(message, expected=str(model.sha256), found=digest)
    if record and record.sha256 != digest:
        raise ModelChangedError(
            f"{found} is not the {model.name} that first came on {record.first_fetched} from {record.address}; nothing "
            f"was changed. If the new bytes are to be trusted, take {model.name} out of models.json and fetch again",
            expected=record.sha256,
            found=digest,
        )


def _enforce_archive(digest: str | None, address: str, ledger: dict[str, Record]) -> None:
    """Refuse an archive that was replaced at its home since other weights were taken from it."""
    for name, record in ledger.items():
        if record.address == address and record.archive_sha256 and digest and record.archive_sha256 != digest:
            raise ModelChangedError(
                f"{address} is not the archive that {name} was taken from on {record.first_fetched}; nothing was "
                f"changed. To take weights from the new one all the same, say so: --from {address}",
                expected=record.archive_sha256,
                found=digest,
            )


def _is_whole(model: Model, folder: Path, ledger: dict[str, Record]) -> bool:
    record, path = ledger.get(model.name), folder / model.file
    return record is not None and path.is_file() and file_digest(path) == record.sha256


def _there(model: Model, folder: Path, ledger: dict[str, Record]) -> Fetched:
    return Fetched(model.name, "there", folder / model.file, ledger[model.name])


@contextmanager
def _at_hand(home: Home, folder: Path, source: str | None, manner: Manner) -> Iterator[_Origin]:
    """Give what the source names as a local path; a download is removed once it has served or proved useless."""
    if source and not source.lower().startswith(("http://", "https://")):
        yield _local(source)
        return
    address = source or home.address
    _check_address(address)
    name = f"from-{sha256(shown(address).encode()).hexdigest()[:12]}" if source else home.file
    part = folder / _DOWNLOADS / f"{name}.part"
    part.parent.mkdir(exist_ok=True)
    try:
        download(address, part, max_bytes=home.max_bytes, watch=manner.watch, patience=manner.patience)
    except UnreachableError as error:
        raise UnreachableError(error.address, error.reason, _advice(home, source)) from error
    try:
        yield _Origin(part, shown(address), shown(address), at_home=source is None)
    except ModelError:
        forget(part)
        raise
    forget(part)


def _check_address(address: str) -> None:
    try:
        host = urlsplit(address).hostname
    except ValueError as error:
        raise NotWeightsError(f"{address!r} is no address: {error}") from error
    if not host:
        raise NotWeightsError(f"{address!r} is no address: it names no host")


def _local(source: str) -> _Origin:
    place = Path(source).expanduser()
    if "://" in source or not place.exists():
        raise NotWeightsError(f"{source} is no file or folder here, and no http: or https: address")
    return _Origin(place, place.resolve().as_uri(), source, at_home=False)


def _advice(home: Home, source: str | None) -> str:
    if source:
        return "If this machine has no internet, name a file or folder: --from FILE_OR_URL"
    return (
        f"{home.trouble}\nA mirror, or a copy brought from another machine (the archive, its unpacked folder, a file "
        f"of it) will do: oldphoto models fetch NAME --from FILE_OR_URL"
    )
