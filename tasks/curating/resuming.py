"""Pictures that a build has read before it broke off: their rows lie beside their small pictures on this machine."""

import json
from dataclasses import replace

from catalogs.columns import row_from_dict, row_to_dict
from catalogs.schema import ReferenceRow
from tasks.masters import TRY_AGAIN
from tasks.night import Night
from tasks.references.reading import Reading, read_reference
from tasks.settings import canonical_json, settings_hash
from tasks.storage import ObjectInfo


def read_once(night: Night, item: ObjectInfo, reading: Reading) -> ReferenceRow:
    """Return the row of one picture, from an interrupted build if there was one; arguments as ``read_reference``.

    Raises:
        StoreError: The store does not answer at all.
        OSError: The machine is at fault.
    """
    if reading.pictures is None:
        return read_reference(night, item, reading)
    licence = reading.licences.get(item.key)
    name = settings_hash([night.source_uri, item.key, item.etag, item.size, licence])[:32]
    kept = reading.pictures / f"{name}.json"
    if kept.exists():
        row = row_from_dict(ReferenceRow, json.loads(kept.read_text("utf-8")))
        if not row.accepted or (reading.pictures / f"{row.reference_id}.jpg").exists():
            return replace(row, run_id=night.run_id)
    row = read_reference(night, item, reading)
    if row.reason not in TRY_AGAIN:
        part = kept.with_suffix(".part")
        part.write_text(canonical_json(row_to_dict(row)), "utf-8")
        part.replace(kept)
    return row
