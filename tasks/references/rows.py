"""Rows for the references of a curated set that a night uses: its own catalog says what it could choose from."""

from catalogs.schema import ReferenceRow
from tasks.night import Night
from tasks.references.reading import description_of
from tasks.references.sets import BuiltSet
from tasks.settings import canonical_json


def rows_of_set(built: BuiltSet, night: Night, *, settings_hash: str) -> list[ReferenceRow]:
    """Return a row for each reference of a set, by its name; as entity tag each has the digest of its small picture.

    Args:
        built: The set.
        night: The run, with the set's address as its references.
        settings_hash: Identity of the settings behind the rows.

    Raises:
        BadSetError: A file of the set was changed, or its looks were taken with other settings.
    """
    styles = {style.reference_id: style for style in built.styles}
    rows = [
        ReferenceRow(
            run_id=night.run_id,
            reference_id=entry.reference_id,
            source_uri=night.references_uri or built.uri,
            key=entry.key,
            etag=entry.picture_sha256,
            size_bytes=entry.size_bytes,
            accepted=True,
            reason=None,
            width_px=entry.width_px,
            height_px=entry.height_px,
            licence=entry.licence,
            style=canonical_json(styles[entry.reference_id].to_dict()),
            settings_hash=settings_hash,
            set_name=built.head.name,
            describer=built.head.describer,
            weights_sha256=built.head.weights_sha256,
            description=description_of(built.collection.only(frozenset({entry.reference_id}))),
        )
        for entry in built.entries
    ]
    return sorted(rows, key=lambda row: row.key)
