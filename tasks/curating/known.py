"""What the catalog knows of the pictures offered to a set: which rows still hold, what has changed, what is gone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from catalogs.columns import row_to_dict
from catalogs.read import Catalog
from catalogs.schema import ReferenceRow
from oldphoto_core.references.described import Describer
from tasks.masters import TRY_AGAIN
from tasks.night import Night
from tasks.settings import NightSettings, settings_hash
from tasks.storage import ObjectInfo

GONE = "removed"
"""Reason of a picture that was a reference and is not at the source any more."""


def set_identity(settings: NightSettings, describer: Describer) -> str:
    """Return the identity of what decides a set; how strongly styles are applied later is no part of it."""
    looks = {"regions": settings.modernize.regions, "working_side_px": settings.modernize.working_side_px}
    return settings_hash([looks, settings.deciding()["dedupe"], describer.name, describer.weights_sha256])


def recorded_rows(catalog: Catalog, name: str, source_uri: str) -> dict[str, ReferenceRow]:
    """Return the newest row of each picture ever offered to the set from this source; those removed are left out."""
    rows = cast("Iterable[ReferenceRow]", catalog.rows("references"))
    newest = {row.key: row for row in rows if (row.set_name, row.source_uri) == (name, source_uri)}
    return {key: row for key, row in newest.items() if row.reason != GONE}


def known_rows(
    recorded: Mapping[str, ReferenceRow], items: Sequence[ObjectInfo], licences: Mapping[str, str], identity: str
) -> dict[str, ReferenceRow]:
    """Return the rows that still hold: same file, same licence, same settings, and no trouble that may have passed."""
    return {
        item.key: row
        for item in items
        if (row := recorded.get(item.key)) is not None
        and (row.etag, row.size_bytes) == (item.etag, item.size)
        and row.settings_hash == identity
        and row.licence == licences.get(item.key)
        and row.reason not in TRY_AGAIN
    }


def says_the_same(row: ReferenceRow, recorded: ReferenceRow | None) -> bool:
    """Return whether a row would tell the catalog nothing new."""
    if recorded is None:
        return False
    return row_to_dict(replace(row, run_id="")) == row_to_dict(replace(recorded, run_id=""))


def removed_rows(night: Night, recorded: Mapping[str, ReferenceRow], items: Sequence[ObjectInfo]) -> list[ReferenceRow]:
    """Return a row for each picture that is at the source no more."""
    keys = {item.key for item in items}
    return [
        replace(row, run_id=night.run_id, accepted=False, reason=GONE, copy_of=None, style=None, description=None)
        for key, row in sorted(recorded.items())
        if key not in keys
    ]
