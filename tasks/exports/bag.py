"""Pack the results of one run as a BagIt bag (RFC 8493) that any archive's tools can check.

``data/`` keeps the names below the output root: ``derivatives/…``, the run's files under ``catalogs/…`` with its
manifest, ``reports/<run>/…``; masters, if asked for, are ``masters/<sha256[:2]>/<sha256>.<suffix>``. The catalog is not
written to: that a package was made is told by ``oldphoto-event.json``, a tag file of the bag with the columns of
``events``. It also names what the run made and a later run replaced or withdrew: such files are there no longer.
"""

import hashlib
import json
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from catalogs.manifest import Manifest
from catalogs.schema import RunRow
from tasks.events import AGENT, NAMESPACE
from tasks.exports.bag_contents import Part, Superseded, contents, manifest_sha256
from tasks.exports.catalogued import Exported, open_output
from tasks.exports.errors import ExportArgumentsError, ExportError, ExportPackagesError
from tasks.exports.files import WrongBytesError, fetch_checked
from tasks.exports.masters import Masters
from tasks.exports.premis import Watch
from tasks.version import code_version

BAG_VERSION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
PAYLOAD = "manifest-sha256.txt"
"""The list of everything packed: its digest stands for the package."""

EVENT_FILE = "oldphoto-event.json"
ALGORITHMS = ("sha256", "sha512")


@dataclass(frozen=True, slots=True, kw_only=True)
class BagRequest:
    """What is to be packed, and how it is to be labelled."""

    uri: str
    """The output of nightly runs."""

    run: str
    """The run."""

    folder: Path
    """The bag's own folder; not there yet, or empty."""

    with_masters: bool = False
    """Whether the masters go along."""

    organization: str | None = None
    """Source-Organization."""

    identifier: str | None = None
    """External-Identifier; the run and the digest of its manifest if not given."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """Further elements of bag-info.txt."""


@dataclass(frozen=True, slots=True)
class BagExport:
    """What was packed."""

    folder: Path
    """The bag."""

    run_id: str
    """The run."""

    files: int
    """Files under ``data``."""

    bytes: int
    """Their length together."""

    left_out: tuple[Superseded, ...]
    """What the run made and a later one replaced or withdrew: it is there no longer."""


def export_bag(request: BagRequest, watch: Watch) -> BagExport:
    """Pack a run.

    Every file is compared with the digest in the catalog while it is copied, and again with what bagit reads back from
    the disk. The bag is made beside its place and gets its name when it is whole.

    Raises:
        ExportArgumentsError: The folder is taken, or a label cannot stand in bag-info.txt.
        CatalogError: There is no catalog, or no such run.
        WrongBytesError: A file is not the one the catalog names, and which.
        ExportError: bagit cannot make the bag, or does not accept it.
        ExportPackagesError: bagit is not installed.
        StoreError: A store does not answer, or a file is gone.
        OSError: The bag cannot be written.
    """
    bagit = _bagit()
    check_labels(request)
    folder = request.folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportArgumentsError(f"{folder} is there already and not empty; a bag needs a folder of its own")
    exported = open_output(request.uri, folder)
    run_id = exported.run_id(request.run)
    manifest = next(one for one in exported.catalog.manifests if one.run_id == run_id)
    parts, gone = contents(exported, manifest, with_masters=request.with_masters)
    draft = folder.with_name(f".{folder.name}.oldphoto-{uuid.uuid4().hex}.partial")
    draft.mkdir(parents=True)
    try:
        size = _copy(exported, parts, draft, watch)
        _seal(bagit, draft, {**_labels(exported, manifest, request), "Bag-Size": _size(size)}, parts, gone)
        draft.replace(folder)
    except BaseException as error:
        shutil.rmtree(draft, ignore_errors=True)
        if isinstance(error, bagit.BagError):
            raise ExportError(f"bagit does not accept the bag: {error}") from error
        raise
    return BagExport(folder, run_id, len(parts), size, tuple(gone))


def check_labels(request: BagRequest) -> None:
    """Refuse labels that would be other labels once written.

    Raises:
        ExportArgumentsError: One holds a line break, or a name a colon.
    """
    given = {"Source-Organization": request.organization, "External-Identifier": request.identifier, **request.labels}
    for name, value in given.items():
        if not name.strip() or ":" in name or any(not sign.isprintable() for sign in f"{name}{value or ''}"):
            raise ExportArgumentsError(f"{name!r}: {value!r} cannot stand in bag-info.txt; give one line of plain text")


def _copy(exported: Exported, parts: list[Part], draft: Path, watch: Watch) -> int:
    """Copy every part below the draft and return how long they are together."""
    masters, size = Masters(), 0
    with watch("copying", len(parts)) as done:
        for part in parts:
            path = draft / part.name
            path.parent.mkdir(parents=True, exist_ok=True)
            if part.master is not None:
                size += masters.fetch(part.master, path)
            elif part.sha256 is not None:
                size += fetch_checked(exported.store, part.name, path, part.sha256)
            else:
                size += exported.store.fetch(part.name, path).size
            done(1)
    return size


def _seal(
    bagit: Any,  # noqa: ANN401 - untyped library
    draft: Path,
    labels: dict[str, str],
    parts: list[Part],
    gone: list[Superseded],
) -> None:
    """Make a bag of the draft, and compare what it now holds with the catalog."""
    bag = bagit.make_bag(str(draft), labels, checksums=list(ALGORITHMS))
    (draft / "bagit.txt").write_text(BAG_VERSION, "utf-8")  # bagit writes 0.97, whose rules ours keep as well
    event = _event(labels, draft / PAYLOAD) | {"left_out": [asdict(one) for one in gone]}
    (draft / EVENT_FILE).write_text(json.dumps(event, indent=2, sort_keys=True) + "\n", "utf-8")
    bag.save()
    entries = bagit.Bag(str(draft)).entries
    wrong = [
        part.name for part in parts if part.sha256 is not None and entries[f"data/{part.name}"]["sha256"] != part.sha256
    ]
    if wrong:
        raise WrongBytesError(f"what was written to {draft.parent} reads back as something else: {', '.join(wrong)}")
    bagit.Bag(str(draft)).validate(completeness_only=True)


def _labels(exported: Exported, manifest: Manifest, request: BagRequest) -> dict[str, str]:
    sha256 = manifest_sha256(exported, manifest)
    run = next(row for row in cast("list[RunRow]", exported.catalog.rows("runs")) if row.run_id == manifest.run_id)
    masters = "with" if request.with_masters else "without"
    ours = {
        "Source-Organization": request.organization or "",
        "External-Identifier": request.identifier or f"{manifest.run_id}-{sha256}",
        "External-Description": (
            f"Derivatives, catalog rows and report of one run of oldphoto, {masters} the masters. "
            "Derivatives were altered by software; data/catalogs says how."
        ),
        "Bagging-Date": datetime.now(UTC).date().isoformat(),
        "Bag-Software-Agent": f"{AGENT} {code_version()}",
        "Oldphoto-Run": manifest.run_id,
        "Oldphoto-Run-Date": manifest.run_date,
        "Oldphoto-Source": run.source_uri,
        "Oldphoto-Code-Version": manifest.code_version,
        "Oldphoto-Config-Hash": manifest.config_hash,
        "Oldphoto-Manifest-SHA256": sha256,
        "Oldphoto-Masters": masters,
    }
    return {name: value for name, value in {**ours, **request.labels}.items() if value}


def _event(labels: Mapping[str, str], payload: Path) -> dict[str, Any]:
    """Return the making of the package as a preservation event, with the columns of ``events``."""
    at = datetime.now(UTC)
    identity = f"ipc\0{labels['Oldphoto-Manifest-SHA256']}\0{at.isoformat()}"
    return {
        "run_id": labels["Oldphoto-Run"],
        "event_id": str(uuid.uuid5(NAMESPACE, identity)),
        "event_type": "ipc",
        "happened_at": at.isoformat(),
        "outcome": "success",
        "detail": f"results of {labels['Oldphoto-Run']} packed as a bag, {labels['Oldphoto-Masters']} masters",
        "object_path": PAYLOAD,
        "object_sha256": hashlib.sha256(payload.read_bytes()).hexdigest(),
        "agent": AGENT,
        "agent_version": code_version(),
    }


def _size(count: int) -> str:
    amount, unit = float(count), "bytes"
    for unit in ("bytes", "KB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"


def _bagit() -> Any:  # noqa: ANN401 - untyped library
    try:
        import bagit  # noqa: PLC0415 - of an extra
    except ModuleNotFoundError as error:
        raise ExportPackagesError("bagit") from error
    return bagit
