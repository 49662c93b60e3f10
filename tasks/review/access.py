"""The access copy after a decision: of the master once the result is rejected, of the result again once it is accepted.

Where the master cannot be had any more, the access copy of a rejected result is withdrawn: its row says so, nothing
stands in its place, and accepting the result later makes it anew.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from catalogs.reviews import BEST_FIRST, Result, StandingFile
from catalogs.schema import EventRow, TreatmentRow
from oldphoto_core.errors import ScanError
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.facts import Scan
from oldphoto_core.scan.read import read_scan
from tasks.layout import derivative_path
from tasks.marking import keep_master_xmp
from tasks.masters import MasterLostError, verified_master
from tasks.night import Night
from tasks.photograph import Photograph
from tasks.pictures import store_access
from tasks.storage import StoreError

REJECTED = "result rejected by review"
ACCEPTED = "result accepted by review"
"""Reasons in the rows of access copies that a decision has changed; the first also tells that the master is shown."""


class ResultChangedError(Exception):
    """A result in the store is not the one the catalog speaks of; nothing is made from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessCopy:
    """An access copy as a decision left it."""

    row: TreatmentRow
    """Its row; without a digest, it was withdrawn."""

    events: tuple[EventRow, ...] = ()
    """What happened when it was made."""


def is_intact(night: Night, access: StandingFile | None) -> bool:
    """Return whether the access copy in the store is the one on record; a review that broke off may have changed it."""
    if access is None or access.sha256 is None:
        return access is not None
    try:
        return digest(night.output.read(access.path)) == access.sha256
    except FileNotFoundError:
        return False


def shows_master(result: Result) -> bool:
    """Return whether the access copy was taken from the result by a rejection: it shows the master, or is gone."""
    access = result.access
    return access is not None and (access.reason or "").startswith(REJECTED)


def reject_access(night: Night, result: Result) -> AccessCopy:
    """Replace the access copy by one of the untouched master, or withdraw it where the master is lost.

    Args:
        night: The run at work.
        result: The photograph whose result was rejected.

    Raises:
        TransientStoreError: The store of the masters does not answer now: the decision has to wait.
        SigningError: Results are to be signed and cannot be.
        StoreError: The output store does not answer.
    """
    try:
        master = _master(night, result)
    except (MasterLostError, ScanError) as error:
        why = error.reason if isinstance(error, MasterLostError) else error.problem
        return _withdrawn(night, result, f"{REJECTED}; withdrawn, for its master cannot be had: {why}")
    photograph = Photograph(asset=result.asset)
    return _made(night, photograph, master, master, REJECTED)


def accept_access(night: Night, result: Result, treatments: Sequence[TreatmentRow]) -> AccessCopy:
    """Make the access copy from the result again.

    Args:
        night: The run at work.
        result: The photograph whose result was accepted.
        treatments: What was done to the pixels of the result.

    Raises:
        ResultChangedError: The result is gone, or is not the one the catalog speaks of.
        SigningError: Results are to be signed and cannot be.
        StoreError: The output store does not answer, or for the moment that of the masters.
    """
    shown = _result_scan(night, result)
    made_by = {file.stage for file in result.files if file.sha256 is not None}
    photograph = Photograph(
        asset=result.asset,
        rows={"treatments": tuple(treatments)},
        changed_by=tuple(stage for stage in reversed(BEST_FIRST) if stage in made_by),
    )
    try:
        master = _master(night, result)
    except (MasterLostError, ScanError):
        master = None  # its metadata cannot go along; the picture does not need it
    return _made(night, photograph, shown, master, ACCEPTED)


def _made(night: Night, photograph: Photograph, shown: Scan, master: Scan | None, reason: str) -> AccessCopy:
    before = len(photograph.rows.get("treatments", ()))
    try:
        keep_master_xmp(night, photograph, master.xmp if master else None)
        photograph = store_access(night, photograph, to_photo(shown))
    finally:
        for path in night.workshop.bench(photograph.asset_id).iterdir():
            path.unlink()
    row = photograph.rows["treatments"][before:][0]
    if not isinstance(row, TreatmentRow):
        raise TypeError(f"expected the row of an access copy, found {type(row).__name__}")
    events = tuple(row for row in photograph.rows["events"] if isinstance(row, EventRow))
    return AccessCopy(row=replace(row, reason=reason), events=events)


def _withdrawn(night: Night, result: Result, reason: str) -> AccessCopy:
    path = derivative_path(result.asset_id, "access")
    night.output.delete(path)
    row = TreatmentRow(
        run_id=night.run_id,
        asset_id=result.asset_id,
        stage="publish",
        step="access",
        position=0,
        verdict="rejected",
        reason=reason,
        measures={},
        engine="libvips",
        settings_hash=night.settings.access_hash,
        code_version=night.code_version,
        output_path=path,
    )
    return AccessCopy(row=row)


def _master(night: Night, result: Result) -> Scan:
    path = verified_master(night, result.asset)
    try:
        return read_scan(path, page=(result.asset.page or 1) - 1, limits=night.settings.limits)
    finally:
        path.unlink(missing_ok=True)


def _result_scan(night: Night, result: Result) -> Scan:
    stands = result.result
    if stands is None or stands.sha256 is None:
        raise ResultChangedError(f"{result.asset.key} has no result that an access copy could be made from")
    with TemporaryDirectory(dir=night.workshop.incoming()) as folder:
        file = Path(folder) / "result.tif"
        try:
            found = night.output.fetch(stands.path, file).sha256
            if found != stands.sha256:
                raise ResultChangedError(
                    f"{stands.path} has digest {found[:12]}, the catalog says {stands.sha256[:12]}: run oldphoto audit"
                )
            return read_scan(file, limits=night.settings.own_limits)
        except StoreError as error:
            if isinstance(error, FileNotFoundError):
                raise ResultChangedError(f"{stands.path} is gone: run oldphoto audit") from error
            raise
        except ScanError as error:
            raise ResultChangedError(f"{stands.path} cannot be read: {error.detail}") from error


def digest(content: bytes) -> str:
    """Return the SHA-256 of bytes, lower-case hex."""
    return hashlib.sha256(content).hexdigest()
