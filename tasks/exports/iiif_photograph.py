"""One photograph for IIIF viewers: its manifest, its tiles, its provenance, laid in one folder."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from catalogs.reviews import Result, StandingFile
from catalogs.schema import AssetRow, DamageRow, TreatmentRow
from oldphoto_core.scan.read import read_scan
from tasks.exports.errors import ExportError
from tasks.exports.files import fetch_checked, same_bytes, write_if_changed
from tasks.exports.iiif_facts import ACCESS, MASTER, UNALTERED, UNALTERED_LABELS, facts_of, label_of, notice_of
from tasks.exports.iiif_manifest import Json, Presented, Shown, entry_of, manifest
from tasks.exports.iiif_tiles import QUALITY, RENDERED_AS, TILE_PX, Rendering, TiledImage, rendering, tiled
from tasks.exports.masters import Masters
from tasks.settings import NightSettings
from tasks.storage import ObjectStore


@dataclass(frozen=True, slots=True)
class Subject:
    """One photograph with its rows."""

    result: Result
    """What stands."""

    treatments: tuple[TreatmentRow, ...]
    """What was tried and which files were made, oldest run first."""

    damage: DamageRow | None
    """The newest report."""


@dataclass(frozen=True, slots=True)
class Laid:
    """A photograph whose files are there."""

    asset_id: str
    """Which."""

    entry: Json
    """What the collection says of it."""

    is_new: bool
    """Whether anything had to be written."""


class NothingToShowError(ExportError):
    """No picture of a photograph may be shown."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("its result was rejected or withdrawn, there is no access copy, and masters are not shown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Presenter:
    """Lays photographs in folders below one address; several threads may share it."""

    store: ObjectStore
    """The output of nightly runs."""

    masters: Masters | None
    """Where masters come from; None if they are not shown."""

    folder: Path
    """Where the files go."""

    base: str
    """The address of that folder."""

    rights: str | None
    """Address of the licence or rights statement of all photographs."""

    settings: NightSettings
    """Limits within which scans are read."""

    def lay(self, subject: Subject) -> Laid:
        """Write what is not there of one photograph.

        Raises:
            NothingToShowError: There is no picture to show.
            WrongBytesError: A file is not the one that the catalog names.
            ScanError: A picture cannot be read.
            StoreError: A file cannot be had.
        """
        result = subject.result
        name = f"{result.asset_id[:2]}/{result.asset_id}"
        folder, address = self.folder / name, f"{self.base}/{name}"
        before = _mark(folder)
        shown = self._pictures(result, folder, address)
        altered = any(one.label not in UNALTERED_LABELS for one in shown)
        page = f", page {result.asset.page}" if result.asset.page else ""
        document = manifest(
            Presented(
                address=address,
                label=f"{result.asset.key}{page}",
                pictures=shown,
                facts=facts_of(result, subject.treatments, subject.damage),
                notice=notice_of(label_of(result), subject.treatments) if altered else UNALTERED,
                rights=self.rights,
                has_provenance=self._provenance(result, folder),
            )
        )
        is_new = write_if_changed(folder / "manifest.json", as_json(document))
        return Laid(result.asset_id, entry_of(document), is_new or before != _mark(folder))

    def _pictures(self, result: Result, folder: Path, address: str) -> list[Shown]:
        """Return the pictures to show, the master first."""
        shown = []
        if self.masters is not None:
            shown.append(Shown(MASTER, self._master(self.masters, result.asset, folder, address)))
        made = result.result
        rejected = result.decision is not None and result.decision.decision != "accept"
        if made is not None and made.stage != "publish" and not rejected:
            shown.append(Shown(label_of(result), self._derivative(made, folder, address)))
        elif not shown and result.access is not None and result.access.sha256 is not None:
            shown.append(Shown(ACCESS, self._derivative(result.access, folder, address)))
        if not shown:
            raise NothingToShowError
        return shown

    def _master(self, masters: Masters, row: AssetRow, folder: Path, address: str) -> TiledImage:
        def render() -> Rendering:
            with TemporaryDirectory(prefix="oldphoto-") as room:
                path = Path(room) / "master"
                masters.fetch(row, path)
                return rendering(read_scan(path, page=(row.page or 1) - 1, limits=self.settings.limits))

        name = _folder("master", row.sha256 or "", row.page or 1)
        return tiled(folder / name, f"{address}/{name}", render)

    def _derivative(self, file: StandingFile, folder: Path, address: str) -> TiledImage:
        def render() -> Rendering:
            with TemporaryDirectory(prefix="oldphoto-") as room:
                path = Path(room) / "derivative"
                fetch_checked(self.store, file.path, path, file.sha256 or "")
                return rendering(read_scan(path, limits=self.settings.own_limits))

        name = _folder(Path(file.path).stem, file.sha256 or "", 1)
        return tiled(folder / name, f"{address}/{name}", render)

    def _provenance(self, result: Result, folder: Path) -> bool:
        """Lay provenance.json beside the manifest; return whether there is one."""
        file = next((one for one in result.files if one.step == "provenance" and one.sha256), None)
        if file is None:
            return False
        path = folder / "provenance.json"
        if not same_bytes(path, file.sha256 or ""):
            with TemporaryDirectory(prefix="oldphoto-") as room:
                fetched = Path(room) / "provenance.json"
                fetch_checked(self.store, file.path, fetched, file.sha256 or "")
                write_if_changed(path, fetched.read_bytes())
        return True


def as_json(document: Json) -> bytes:
    """Return a document as it is written."""
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _folder(kind: str, sha256: str, page: int) -> str:
    """Return the name of a folder of tiles: another one for another picture, or another way to draw it."""
    identity = json.dumps([RENDERED_AS, sha256, page, TILE_PX, QUALITY])
    return f"{kind}-{hashlib.sha256(identity.encode()).hexdigest()[:16]}"


def _mark(folder: Path) -> list[tuple[str, int]]:
    """Return what tells whether a photograph's folder was written to."""
    if not folder.is_dir():
        return []
    paths = [*folder.iterdir(), *folder.glob("*/info.json")]
    return sorted((path.relative_to(folder).as_posix(), path.stat().st_mtime_ns) for path in paths)
