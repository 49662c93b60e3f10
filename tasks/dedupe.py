"""Find which of tonight's photographs are copies, of each other or of anything ever catalogued."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from prefect import task
from prefect.cache_policies import NO_CACHE

from catalogs.read import Catalog, open_catalog
from catalogs.schema import AssetRow, DuplicateRow, EventRow, Status
from oldphoto_core.dedupe.candidates import candidate_pairs
from oldphoto_core.dedupe.features import Features, extract_features
from oldphoto_core.dedupe.fingerprint import Fingerprint
from oldphoto_core.dedupe.groups import group_copies
from oldphoto_core.dedupe.orientation import Orientation, inverse
from oldphoto_core.dedupe.records import Box, Candidate, Copy, CopyGroup, DedupeSettings, Match, Member
from oldphoto_core.dedupe.verify import told_apart, verify_features
from oldphoto_core.errors import ScanError
from oldphoto_core.image import Photo
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.pictures import SmallPhoto, proxy, write_photo_png
from oldphoto_core.scan.read import read_scan
from tasks.events import Subject, event
from tasks.ingest import PROXY_SIDE_PX, READING_BYTES_PER_PIXEL
from tasks.layout import derivative_path
from tasks.masters import MasterLostError, master_path
from tasks.night import MemoryGate, Night
from tasks.retries import is_transient
from tasks.storage import ObjectMissingError

FEATURES_KEPT = 512
"""Photographs whose local features are kept while candidates are checked, about 0.7 MB each."""

Show = Callable[[str], Photo | None]
"""Gives the small picture of a member, or None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """The copies among tonight's photographs."""

    duplicate_of: Mapping[str, str]
    """For the name of each of tonight's photographs that is a copy: the asset_id of the best one."""

    settled: Mapping[str, Status]
    """For the name of each other one whose very bytes were treated by an earlier run: how that ended, and so this."""

    matches: tuple[Match, ...]
    """The proven pairs behind the decisions, so that these can be made again without one of the photographs."""

    bests: frozenset[str]
    """Names of the photographs that others are copies of."""

    rows: tuple[DuplicateRow, ...]
    """What the catalog will say of them, and of earlier ones whose best has changed."""

    events: tuple[EventRow, ...]
    """The decisions."""


def object_name(row: AssetRow) -> str:
    """Return the name that sets a photograph apart from all others: its source, key and page."""
    return _name(row.source_uri, row.key, row.page)


def _name(source_uri: str, key: str, page: int | None) -> str:
    return f"{source_uri}\n{key}\n{page or ''}"


class Comparison:
    """Lays pictures on each other; what is seen of the latest ones is kept."""

    def __init__(self, show: Show, settings: DedupeSettings) -> None:
        self._show, self._settings = show, settings
        self._features = lru_cache(FEATURES_KEPT)(self._seen)

    def _seen(self, name: str) -> Features | None:
        photo = self._show(name)
        return None if photo is None else extract_features(photo)

    def match(self, candidate: Candidate) -> Match | None:
        """Return the match if both show the same print, else None."""
        a, b = self._features(candidate.a), self._features(candidate.b)
        return None if a is None or b is None else verify_features(a, b, candidate, self._settings)

    def apart(self, one: str, other: str) -> bool:
        """Return whether two are proven to be different frames of one scene."""
        a, b = self._features(one), self._features(other)
        return a is not None and b is not None and told_apart(a, b, self._settings)


def find_matches(
    new: Sequence[Member],
    known: Sequence[Member],
    comparison: Comparison,
    settings: DedupeSettings,
    *,
    workers: int = 1,
) -> list[Match]:
    """Return every pair of near copies with at least one new member, proven by geometry.

    Exact copies need no search: ``group_copies`` joins them by their digests.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="dedupe") as pool:
        near = pool.map(comparison.match, candidate_pairs(new, known, settings))
        return [match for match in near if match is not None]


@dataclass(frozen=True)
class Collection:
    """Tonight's readable photographs and all that the catalog knows."""

    catalog: Catalog
    """The catalog as it stands."""

    rows: Mapping[str, AssetRow]
    """The rows of all photographs that may be copies of one another, by name."""

    tonight: frozenset[str]
    """Names of tonight's."""

    @cached_property
    def members(self) -> list[Member]:
        """All photographs as the search for copies sees them."""
        return [member_of(name, row, known=name not in self.tonight) for name, row in self.rows.items()]

    @cached_property
    def recorded(self) -> list[DuplicateRow]:
        """Every copy on record, oldest run first."""
        return cast("list[DuplicateRow]", self.catalog.rows("duplicates"))


def find_copies(night: Night, assets: Sequence[AssetRow]) -> Copies:
    """Compare tonight's readable photographs with one another and with the catalog.

    Raises:
        StoreError: A picture needed for comparison could not be fetched.
    """
    collection = _collection(night, assets)
    new = [member for member in collection.members if not member.known]
    known = [member for member in collection.members if member.known]
    comparison = _comparison(night, collection)
    matches = find_matches(new, known, comparison, night.settings.dedupe, workers=night.settings.workers)
    return _decisions(night, collection, matches, comparison)


def decide_without(night: Night, assets: Sequence[AssetRow], copies: Copies, lost: frozenset[str]) -> Copies:
    """Return the decisions as they are if some of tonight's photographs, which could not be treated, do not count.

    Nothing is searched again: what was a copy of a lost photograph is now judged by what else it is a copy of.
    """
    rest = [row for row in assets if object_name(row) not in lost]
    collection = _collection(night, rest)
    matches = [one for one in copies.matches if not {one.a, one.b} & lost]
    return _decisions(night, collection, matches, _comparison(night, collection))


@task(name="dedupe", retries=2, retry_delay_seconds=10, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
def dedupe(night: Night, assets: Sequence[AssetRow]) -> Copies:
    """Find copies under Prefect."""
    return find_copies(night, assets)


def _collection(night: Night, assets: Sequence[AssetRow]) -> Collection:
    catalog = open_catalog(night.output)
    tonight = {object_name(row): row for row in assets}
    known = {
        object_name(row): row
        for row in catalog.current_assets
        if row.fingerprint is not None and row.status != "quarantined"
    }
    return Collection(catalog, known | tonight, frozenset(tonight))


def _comparison(night: Night, collection: Collection) -> Comparison:
    show = partial(_picture, night, collection.rows, MemoryGate(night.settings.memory_bytes))
    return Comparison(show, night.settings.dedupe)


def member_of(name: str, row: AssetRow, *, known: bool) -> Member:
    """Return a readable photograph as the search for copies sees it."""
    return Member(
        id=name,
        sha256=row.sha256 or "",
        pixel_digest=row.pixel_sha256 or "",
        fingerprint=Fingerprint.from_words(row.fingerprint or (), relief=row.relief or 0.0),
        width_px=row.width_px or 0,
        height_px=row.height_px or 0,
        bit_depth=row.bit_depth or 0,
        sharpness=row.sharpness or 0.0,
        known=known,
    )


def _picture(night: Night, rows: Mapping[str, AssetRow], gate: MemoryGate, name: str) -> Photo | None:
    """Return a photograph's small picture: kept by ingest, else from its access copy, else from its master."""
    row = rows[name]
    kept = night.workshop.proxy(row.asset_id or "")
    try:
        if not kept.exists():
            small = _access_copy(night, row) if row.has_derivatives else _reduced(night, row, gate)
            night.workshop.keep_proxy(row.asset_id or "", partial(write_photo_png, small))
        return to_photo(read_scan(kept, limits=night.settings.own_limits))
    except (ScanError, MasterLostError, ObjectMissingError):
        return None


def _access_copy(night: Night, row: AssetRow) -> SmallPhoto:
    with TemporaryDirectory(dir=night.workshop.incoming()) as folder:
        path = Path(folder) / "access.jpg"
        night.output.fetch(derivative_path(row.asset_id or "", "access"), path)
        return proxy(read_scan(path, limits=night.settings.own_limits), PROXY_SIDE_PX)


def _reduced(night: Night, row: AssetRow, gate: MemoryGate) -> SmallPhoto:
    path = master_path(night, row)
    with gate.room_for((row.width_px or 0) * (row.height_px or 0) * READING_BYTES_PER_PIXEL):
        return proxy(read_scan(path, page=(row.page or 1) - 1, limits=night.settings.limits), PROXY_SIDE_PX)


def _copy_and_best(row: DuplicateRow) -> tuple[str, str]:
    """Return the names of the two photographs that a row speaks of."""
    best = _name(row.primary_source_uri, row.primary_key, row.primary_page)
    return _name(row.source_uri, row.key, row.page), best


def _earlier_matches(collection: Collection) -> list[Match]:
    """Return the pairs proven by earlier runs whose two members still are what they were."""
    rows = {name: row for name, row in collection.rows.items() if name not in collection.tonight}
    found = []
    for row in collection.recorded:
        copy, best = _copy_and_best(row)
        if copy not in rows or best not in rows:
            continue
        if (rows[copy].asset_id, rows[best].asset_id) == (row.asset_id, row.primary_asset_id):
            a, b = sorted((copy, best))
            transform = cast("Orientation", row.transform)
            found.append(
                Match(
                    a=a,
                    b=b,
                    relation=row.relation,
                    distance=row.distance,
                    transform=transform if a == best else inverse(transform),
                    inliers=row.inliers,
                    overlap=row.overlap,
                    a_on_b=_box(row) if a == copy else None,
                    b_on_a=_box(row) if b == copy else None,
                )
            )
    return found


def _decisions(night: Night, collection: Collection, matches: Sequence[Match], comparison: Comparison) -> Copies:
    rows, tonight = collection.rows, collection.tonight
    proven = [*matches, *_earlier_matches(collection)]
    groups = group_copies(collection.members, proven, night.settings.dedupe, comparison.apart)
    direct = {frozenset((match.a, match.b)): match for match in matches}
    recorded = {_copy_and_best(row)[0]: (row.asset_id, row.primary_asset_id) for row in collection.recorded}
    found = [
        (rows[group.primary], rows[copy.id], copy, direct.get(frozenset((group.primary, copy.id))))
        for group in (_known_twin_first(group, collection) for group in groups)
        if tonight & {group.primary, *(copy.id for copy in group.members)}
        for copy in group.members
        if copy.id in tonight or recorded.get(copy.id) != (rows[copy.id].asset_id, rows[group.primary].asset_id)
    ]
    at = datetime.now(UTC)
    duplicate_of = {copy.id: best.asset_id or "" for best, _, copy, _ in found if copy.id in tonight}
    ended: dict[str | None, Status] = {
        row.asset_id: row.status for row in collection.catalog.assets if row.status is not None and row.has_derivatives
    }
    return Copies(
        duplicate_of=duplicate_of,
        settled={
            name: ended[rows[name].asset_id] for name in tonight - duplicate_of.keys() if rows[name].asset_id in ended
        },
        matches=tuple(matches),
        bests=frozenset(object_name(best) for best, _, _, _ in found),
        rows=tuple(_duplicate_row(night, best, row, copy, match) for best, row, copy, match in found),
        events=tuple(
            event(
                night,
                "app",
                Subject(key=row.key, asset_id=row.asset_id, sha256=row.sha256),
                f"found to be a copy ({copy.relation}) of {best.asset_id}, {best.key}",
                at=at,
            )
            for best, row, copy, _ in found
        ),
    )


def _known_twin_first(group: CopyGroup, collection: Collection) -> CopyGroup:
    """Return the group led by the file it was treated from, where tonight's best one holds the very same bytes."""
    best = collection.rows[group.primary]
    if group.primary not in collection.tonight:
        return group
    twins = [copy for copy in group.members if copy.id not in collection.tonight]
    twins = [copy for copy in twins if collection.rows[copy.id].has_derivatives and _is_twin(collection, copy, best)]
    if not twins:
        return group
    others = [copy for copy in group.members if copy is not twins[0]]
    members = sorted([replace(twins[0], id=group.primary), *others], key=lambda copy: copy.id)
    return CopyGroup(primary=twins[0].id, members=tuple(members))


def _is_twin(collection: Collection, copy: Copy, best: AssetRow) -> bool:
    return collection.rows[copy.id].asset_id == best.asset_id


def _duplicate_row(night: Night, best: AssetRow, row: AssetRow, copy: Copy, match: Match | None) -> DuplicateRow:
    x, y, width, height = _crop(copy, match) or (None, None, None, None)
    return DuplicateRow(
        run_id=night.run_id,
        asset_id=row.asset_id or "",
        source_uri=row.source_uri,
        key=row.key,
        page=row.page,
        primary_asset_id=best.asset_id or "",
        primary_source_uri=best.source_uri,
        primary_key=best.key,
        primary_page=best.page,
        relation=copy.relation,
        distance=copy.distance,
        transform=copy.transform,
        inliers=match.inliers if match else None,
        overlap=match.overlap if match else None,
        crop_x=x,
        crop_y=y,
        crop_width=width,
        crop_height=height,
        settings_hash=night.settings.dedupe_hash,
    )


def _crop(copy: Copy, match: Match | None) -> Box | None:
    """Return where a copy lies on the best one; None if the two were not laid on each other."""
    if match is None or copy.relation != "near":
        return None
    return match.a_on_b if copy.id == match.a else match.b_on_a


def _box(row: DuplicateRow) -> Box | None:
    if row.crop_x is None or row.crop_y is None or row.crop_width is None or row.crop_height is None:
        return None
    return row.crop_x, row.crop_y, row.crop_width, row.crop_height
