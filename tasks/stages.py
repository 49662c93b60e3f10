"""What each single-stage command does: plain functions from named files to results, nothing catalogued."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from oldphoto_core.damage import DAMAGE_KINDS
from oldphoto_core.dedupe.digest import pixel_digest
from oldphoto_core.dedupe.fingerprint import fingerprint
from oldphoto_core.dedupe.groups import group_copies
from oldphoto_core.dedupe.records import CopyGroup, Member
from oldphoto_core.errors import ScanError
from oldphoto_core.image import Photo
from oldphoto_core.inference.photo import Restoration
from oldphoto_core.inference.photo import restore as restore_photo
from oldphoto_core.inference.plan import plan_treatment
from oldphoto_core.quality.blind import blind_quality
from oldphoto_core.scan.carry import carry_change
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.facts import Scan
from oldphoto_core.scan.join import join_tiffs
from oldphoto_core.scan.lineage import Step
from oldphoto_core.scan.pictures import proxy, write_photo_png
from oldphoto_core.scan.probe import probe
from oldphoto_core.scan.read import read_scan
from oldphoto_core.scan.write import write_scan
from tasks.dedupe import Comparison, find_matches
from tasks.diagnosers import diagnoser_of
from tasks.engines import engine_of
from tasks.hand_masks import HandMasks, MaskKeeper, as_drawn, with_drawn_mask
from tasks.ingest import PROXY_SIDE_PX
from tasks.marking import mark_single
from tasks.restore import photograph_seed
from tasks.settings import NightSettings
from tasks.single import SUFFIX_FORMATS, Destination, Picture, Refused, check_name, refused
from tasks.storage import StoreError

Told = Callable[[int], None]
"""Told after each file how many are done."""


@dataclass(frozen=True, slots=True)
class Page:
    """One photograph of a named file."""

    picture: Picture
    """The file."""

    scan: Scan
    """Its page, decoded."""

    sha256: str
    """Digest of the file."""

    number: int | None
    """Page from 1; None if the file has one."""

    @property
    def asset_id(self) -> str:
        """The photograph's id, as a catalog would have it."""
        return self.sha256 if self.number is None else f"{self.sha256}-p{self.number}"

    @property
    def label(self) -> str:
        """The path as the user would write it, with the page where there are several."""
        return self.picture.path if self.number is None else f"{self.picture.path}#page={self.number}"


def pages(pictures: Sequence[Picture], settings: NightSettings) -> Iterator[Page | Refused]:
    """Yield every photograph of the named files, decoded; a file that cannot be read yields its reason."""
    for picture in pictures:
        try:
            with picture.local(settings.limits.max_bytes) as (path, sha256):
                yield from _pages_of(picture, path, sha256, settings)
        except (ScanError, StoreError) as error:
            yield refused(picture.path, error)


def _pages_of(picture: Picture, path: Path, sha256: str, settings: NightSettings) -> Iterator[Page]:
    count = probe(path, limits=settings.limits).pages
    for page in range(count):
        scan = read_scan(path, page=page, limits=settings.limits)
        yield Page(picture, scan, sha256, page + 1 if count > 1 else None)


Look = Callable[[Page, NightSettings], dict[str, Any]]


def look_at_each(
    pictures: Sequence[Picture], look: Look, settings: NightSettings, *, told: Told
) -> tuple[list[dict[str, Any]], list[Refused]]:
    """Return what a function says of every photograph, and the files and pages that could not be read."""
    found: list[dict[str, Any]] = []
    unread: list[Refused] = []
    for page in pages(pictures, settings):
        if isinstance(page, Refused):
            unread.append(page)
        else:
            try:
                found.append(look(page, settings))
            except Exception as error:  # noqa: BLE001 - one photograph's trouble becomes its record
                unread.append(refused(page.label, error))
        told(1)
    return found, unread


def inspect(page: Page, settings: NightSettings) -> dict[str, Any]:
    """Return what ingest would record of a photograph."""
    del settings
    facts = page.scan.facts
    return {
        "path": page.label,
        "sha256": page.sha256,
        "pixel_sha256": pixel_digest(page.scan.pixels),
        "format": facts.format,
        "compression": facts.compression,
        "width_px": facts.width,
        "height_px": facts.height,
        "bit_depth": facts.bit_depth,
        "colour": facts.colour,
        "icc_name": facts.icc_name,
        "dpi": facts.dpi,
        "orientation": facts.orientation,
        "pages": facts.pages,
        "notes": list(facts.notes),
    }


def judge(page: Page, settings: NightSettings) -> dict[str, Any]:
    """Return the damage report of a photograph and the plan that follows from it."""
    report = diagnoser_of(settings).diagnose(to_photo(page.scan)).report
    return {
        "path": page.label,
        "damage": {
            kind: {
                "probability": round(report.findings[kind].probability, 4),
                "severity": round(report.findings[kind].severity, 4),
            }
            for kind in DAMAGE_KINDS
        },
        "mask_share": round(report.mask_share, 6),
        "plan": plan_treatment(report, settings.restore).names(),
    }


def copy_groups(
    pictures: Sequence[Picture], settings: NightSettings, *, told: Told
) -> tuple[list[dict[str, Any]], list[Refused]]:
    """Return the groups of copies among the named photographs, and the files that could not be read.

    A group names its best photograph and how each of the others relates to it.
    """
    members: list[Member] = []
    unreadable: list[Refused] = []
    with TemporaryDirectory(prefix="oldphoto-") as folder:
        small: dict[str, Path] = {}
        for page in pages(pictures, settings):
            told(1)
            if isinstance(page, Refused):
                unreadable.append(page)
                continue
            try:
                reduced = proxy(page.scan, PROXY_SIDE_PX)
                members.append(_member(page, reduced))
            except Exception as error:  # noqa: BLE001 - one photograph's trouble becomes its record
                unreadable.append(refused(page.label, error))
                continue
            small[page.label] = Path(folder) / f"{len(small)}.png"
            write_photo_png(reduced, small[page.label])
        comparison = Comparison(partial(_shown, small, settings), settings.dedupe)
        matches = find_matches(members, [], comparison, settings.dedupe, workers=settings.workers)
        groups = group_copies(members, matches, settings.dedupe, comparison.apart)
    return [_group(group) for group in groups], unreadable


def _shown(small: Mapping[str, Path], settings: NightSettings, label: str) -> Photo:
    return to_photo(read_scan(small[label], limits=settings.own_limits))


def _group(group: CopyGroup) -> dict[str, Any]:
    return {
        "primary": {"path": group.primary},
        "members": [
            {"path": copy.id, "relation": copy.relation, "distance": copy.distance, "transform": copy.transform}
            for copy in group.members
        ],
    }


def _member(page: Page, small: Photo) -> Member:
    return Member(
        id=page.label,
        sha256=page.sha256,
        pixel_digest=pixel_digest(page.scan.pixels),
        fingerprint=fingerprint(small),
        width_px=page.scan.facts.width,
        height_px=page.scan.facts.height,
        bit_depth=page.scan.facts.bit_depth,
        sharpness=blind_quality(small).sharpness,
        known=False,
    )


def restored(
    page: Page, settings: NightSettings, *, drawn: HandMasks | None = None, keeper: MaskKeeper | None = None
) -> tuple[Scan, dict[str, Any]]:
    """Return the restored scan, the same one if nothing was done, and what was tried.

    Args:
        page: The photograph.
        settings: All settings.
        drawn: Masks drawn by hand; one for this photograph takes the place of the mask found.
        keeper: Is given the mask that was worked with.

    Raises:
        MaskError: The mask drawn for it cannot be used.
        ScanError: The mask drawn for it cannot be read.
    """
    before = to_photo(page.scan)
    diagnosis = diagnoser_of(settings).diagnose(before)
    report, mask, chosen = diagnosis.report, diagnosis.mask, settings.restore
    by_hand = None if drawn is None else drawn.mask_of(page.picture.name, page.number, before.shape[:2])
    if by_hand is not None:
        report, mask, chosen = with_drawn_mask(report, by_hand), by_hand, as_drawn(chosen)
    seed, engine = photograph_seed(settings.seed, page.asset_id), engine_of(settings)
    result: Restoration = restore_photo(before, report=report, mask=mask, settings=chosen, seed=seed, engine=engine)
    if keeper is not None:
        keeper.keep(page.picture.name, page.number, result.mask)
    steps = [
        {"step": step.name, "because": step.because, "verdict": step.verdict, "reason": step.reason}
        for step in result.steps
    ]
    scan = page.scan
    if result.changed:
        done = {step.name: engine.weights.get(step.name) for step in result.accepted}
        made = tuple(
            Step(stage="restore", name=name, engine=engine.name if weights else "classical", weights_sha256=weights)
            for name, weights in done.items()
        )
        scan = mark_single(carry_change(scan, before, result.photo), page.asset_id, "restored", made, settings)
    share = round(float(result.mask.mean()), 6)
    return scan, {"path": page.label, "changed": result.changed, "mask_share": share, "steps": steps}


Change = Callable[[Page], tuple[Scan, Mapping[str, Any]]]


def change_each(
    pictures: Sequence[Picture], change: Change, destination: Destination, settings: NightSettings, *, told: Told
) -> list[dict[str, Any] | Refused]:
    """Change every named photograph, write each result under its own name and format, and return what was done.

    Photographs that need no change are written too, so that the output is complete: byte for byte where the format
    stays. The pages of one TIFF become the pages of one TIFF; if one of them cannot be read, nothing is written for it.

    Raises:
        StoreError: The destination cannot be written.
        OutputClashError: A result would replace a master or another result; nothing was written.
    """
    destination.check(pictures)
    done: list[dict[str, Any] | Refused] = []
    for picture in pictures:
        with TemporaryDirectory(prefix="oldphoto-") as folder:
            try:
                check_name(picture)
                files, said = _changed(picture, change, partial(destination.suffix, picture), Path(folder), settings)
            except Exception as error:  # noqa: BLE001 - one file's trouble becomes its record
                done.append(refused(picture.path, error))
            else:
                places = _store(picture, files, destination)
                done += [{**what, "output": place} for what, place in zip(said, places * len(said), strict=False)]
        told(1)
    return done


def _changed(
    picture: Picture, change: Change, suffix_of: Callable[[str], str], folder: Path, settings: NightSettings
) -> tuple[list[Path], list[Mapping[str, Any]]]:
    """Return the files that a file becomes, one or one for each page, and what was done to each page."""
    files: list[Path] = []
    said: list[Mapping[str, Any]] = []
    with picture.local(settings.limits.max_bytes) as (master, sha256):
        suffix, form = "", ""
        for page in _pages_of(picture, master, sha256, settings):
            scan, what = change(page)
            form = page.scan.facts.format
            suffix = suffix_of(form)
            said.append(what)
            files.append(folder / f"{len(files)}{suffix}")
            if what["changed"] or page.number is not None or SUFFIX_FORMATS[suffix] != form:
                write_scan(scan, files[-1])
        if SUFFIX_FORMATS[suffix] == form and not any(what["changed"] for what in said):
            return [Path(shutil.copyfile(master, folder / f"same{suffix}"))], said
    if len(files) > 1 and SUFFIX_FORMATS[suffix] == "TIFF":
        join_tiffs(files, folder / "whole.tif")
        files = [folder / "whole.tif"]
    return files, said


def _store(picture: Picture, files: Sequence[Path], destination: Destination) -> list[str]:
    if len(files) == 1:
        return [destination.put(picture, files[0])]
    return [destination.put(picture, file, page=number) for number, file in enumerate(files, start=1)]
