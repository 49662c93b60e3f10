"""What a night treats again because a person asked for it, each photograph with the settings asked for.

An object that holds such a photograph counts as not known: it is read and judged again and has its outcome in this run
like any other. What of it nobody asked for (other pages, other files with the same bytes) keeps the outcome it had. If
it cannot be read tonight, the object counts as known after all, and the redo waits for another night.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from catalogs.read import Catalog, open_catalog
from catalogs.reviews import newest_treatments, waiting_redos
from catalogs.schema import AssetRow, EventRow, ReviewRow, Status, TreatmentRow
from tasks.dedupe import Copies, object_name
from tasks.events import Subject, event
from tasks.ingest import Ingested, Listing, photographs_of
from tasks.night import Night
from tasks.photograph import Photograph
from tasks.review.wishes import Wish, parse_wish, wished_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Redo:
    """What of a night is a redo, sorted out of all that was read."""

    photographs: tuple[Photograph, ...] = ()
    """To be treated again, each once."""

    asked: Mapping[str, ReviewRow]
    """The decision behind each of them, by asset_id."""

    former: Mapping[str, AssetRow]
    """The outcome so far of everything that was read only because of a redo, by name."""

    events: tuple[EventRow, ...] = ()
    """What could not be done, and why."""

    def without(self, readable: Iterable[Photograph]) -> list[Photograph]:
        """Return the photographs that are on their way for the first time."""
        return [one for one in readable if object_name(one.asset) not in self.former]

    def by_wish(self, night: Night) -> Iterator[tuple[Wish, Night, list[Photograph]]]:
        """Yield each wish with a night that has its settings and the photographs it is for."""
        wishes = {one.asset_id: parse_wish(self.asked[one.asset_id].redo_with) for one in self.photographs}
        for wish in sorted(set(wishes.values()), key=lambda wish: wish.to_json() or ""):
            group = [one for one in self.photographs if wishes[one.asset_id] == wish]
            settings = wished_settings(night.settings, wish)
            own = replace(night, settings=settings, redo_with=wish.to_json(), redo_of=night.settings.config_hash)
            yield wish, own, group


def sort_out(night: Night, listing: Listing, ingested: Sequence[Ingested]) -> tuple[Listing, list[Ingested], Redo]:
    """Return the listing and the objects read, without those whose redo has to wait, and what is to be done again.

    Raises:
        StoreError: The output store does not answer.
        CatalogError: The catalog is damaged.
    """
    if not listing.again:
        return listing, list(ingested), Redo(asked={}, former={})
    catalog = open_catalog(night.output)
    former = {
        object_name(row): row
        for row in catalog.current_assets
        if row.source_uri == night.source_uri and row.key in listing.again and row.status != "quarantined"
    }
    waits = {key: why for key, why in _obstacles(ingested, former) if key in listing.again}
    kept = [one for one in ingested if one.assets[0].key not in waits]
    listing = replace(listing, new=tuple(item for item in listing.new if item.key not in waits))
    former = {name: row for name, row in former.items() if row.key not in waits}
    asked = waiting_redos(catalog)
    redo = Redo(
        photographs=tuple(_to_do_again(kept, former, asked)),
        asked=asked,
        former=former,
        events=tuple(_put_off(night, catalog, asked, waits)),
    )
    return listing, kept, redo


def _obstacles(ingested: Iterable[Ingested], former: Mapping[str, AssetRow]) -> Iterator[tuple[str, str]]:
    """Yield the objects that are not what they were when they were treated, with the reason."""
    for one in ingested:
        key = one.assets[0].key
        before = {name: row.asset_id for name, row in former.items() if row.key == key}
        now = {object_name(row): row for row in one.assets}
        for name, asset_id in before.items():
            row = now.get(name) or one.assets[0]
            if row.status is not None or row.asset_id != asset_id:
                yield key, row.reason or "changed-while-reading"
                break


def _to_do_again(
    ingested: Sequence[Ingested], former: Mapping[str, AssetRow], asked: Mapping[str, ReviewRow]
) -> Iterator[Photograph]:
    """Yield each photograph asked for once: by the object it was treated from, else by a copy of the same bytes."""
    wanted = [
        (former[object_name(one.asset)].has_derivatives, one)
        for one in photographs_of(ingested)
        if one.asset_id in asked and object_name(one.asset) in former
    ]
    taken = set[str]()
    for _, photograph in sorted(wanted, key=lambda item: not item[0]):
        if photograph.asset_id not in taken:
            taken.add(photograph.asset_id)
            yield photograph


def _put_off(
    night: Night, catalog: Catalog, asked: Mapping[str, ReviewRow], waits: Mapping[str, str]
) -> Iterator[EventRow]:
    for row in catalog.current_assets:
        review = asked.get(row.asset_id or "")
        if row.source_uri == night.source_uri and row.key in waits and review is not None:
            yield _not_done(night, row, review, f"its master cannot be read now: {waits[row.key]}")


def _not_done(night: Night, row: AssetRow, review: ReviewRow, why: str) -> EventRow:
    subject = Subject(key=row.key, asset_id=row.asset_id, sha256=row.sha256)
    detail = f"not treated again as asked in {review.run_id}: {why}"
    return event(night, "app", subject, detail, at=datetime.now(UTC), outcome="fail")


def refused(photographs: Sequence[Photograph], why: str) -> list[Photograph]:
    """Return the photographs as ones that failed before their first stage."""
    return [replace(one, failure=("failed", why)) for one in photographs]


def settle(
    night: Night, redo: Redo, treated: Sequence[Photograph], copies: Copies, ingested: Sequence[Ingested]
) -> tuple[list[Photograph], Copies]:
    """Return the photographs treated again, ready to be committed, and the copies with every outcome that was kept.

    A photograph that failed keeps the outcome and the files it had, and an event says why. Once it was judged, the
    redo counts as tried; before that it waits for another night.

    Args:
        night: The night.
        redo: What was to be done again.
        treated: Its photographs after their last stage.
        copies: The copies among the others.
        ingested: Everything read tonight.
    """
    if not redo.former and not redo.events:
        return [], copies
    files = newest_treatments(open_catalog(night.output), [one.asset_id for one in treated])
    ended = {one.asset_id: _status(one) for one in treated if one.failure is None}
    whole = {object_name(one.asset) for one in treated if one.failure is None}
    settled: dict[str, Status] = {}
    for row in (row for one in ingested for row in one.assets):
        name, asset_id = object_name(row), row.asset_id or ""
        before = redo.former.get(name)
        if name in whole or (before is not None and before.status == "duplicate"):
            continue
        if before is not None or name in copies.settled:
            settled[name] = ended.get(asset_id) or copies.settled.get(name) or _former_status(before)
    duplicate_of = {
        name: row.duplicate_of
        for name, row in redo.former.items()
        if row.status == "duplicate" and row.duplicate_of and name not in whole
    }
    done = [
        _tried(night, redo, one) if one.failure else _replaced(night, redo, one, files.get(one.asset_id, ()))
        for one in treated
    ]
    return done, replace(
        copies,
        duplicate_of={**copies.duplicate_of, **duplicate_of},
        settled={**copies.settled, **settled},
        events=(*copies.events, *redo.events),
    )


def _former_status(row: AssetRow | None) -> Status:
    if row is None or row.status is None:
        raise ValueError("expected the outcome that a photograph had before, found none")
    return row.status


def _status(one: Photograph) -> Status:
    return "published" if one.changed_by else "untouched"


def _tried(night: Night, redo: Redo, one: Photograph) -> Photograph:
    """Return a photograph that failed as one that was judged at most: what was made before stands."""
    reason, detail = one.failure or ("failed", "")
    happened = _not_done(night, one.asset, redo.asked[one.asset_id], f"{reason}: {detail}")
    return Photograph(asset=one.asset, rows={"damage": one.rows.get("damage", ()), "events": (happened,)})


def _replaced(night: Night, redo: Redo, one: Photograph, before: Sequence[TreatmentRow]) -> Photograph:
    """Return a photograph with rows for the files that were not made again, and events for all that are no more."""
    review = redo.asked[one.asset_id]
    at = datetime.now(UTC)
    made = {row.output_path: row for row in one.rows["treatments"] if isinstance(row, TreatmentRow)}
    master = Subject(key=one.asset.key, asset_id=one.asset_id, sha256=one.asset.sha256)
    asked = f" with {review.redo_with}" if review.redo_with else ""
    events = [event(night, "app", master, f"treated again{asked} as asked in {review.run_id}", at=at)]
    withdrawn = []
    for row in before:
        now = made.get(row.output_path)
        if now is not None and getattr(now, "output_sha256", None) == row.output_sha256:
            continue
        subject = replace(master, path=row.output_path, sha256=row.output_sha256)
        how = "replaced by" if now is not None else "not made again by"
        events.append(event(night, "del", subject, f"withdrawn: {how} the redo asked for in {review.run_id}", at=at))
        if now is None:
            withdrawn.append(_withdrawn(night, row, review))
    return one.with_rows("treatments", *withdrawn).with_rows("events", *events)


def _withdrawn(night: Night, row: TreatmentRow, review: ReviewRow) -> TreatmentRow:
    return replace(
        row,
        run_id=night.run_id,
        verdict="rejected",
        reason=f"withdrawn: not made again by the redo asked for in {review.run_id}",
        measures={},
        code_version=night.code_version,
        output_sha256=None,
        output_bytes=None,
        seconds=None,
    )
