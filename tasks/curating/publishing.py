"""Put a set where it can be opened: pictures, then the files, then the head that names them, then away with the old."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from catalogs.schema import ReferenceRow
from oldphoto_core.references.described import Describer
from oldphoto_core.references.errors import BadSetError
from tasks.layout import set_path
from tasks.night import Night
from tasks.references.files import HEAD, Entry, Head, picture_name, read_entries, set_contents
from tasks.references.reading import joined_descriptions
from tasks.storage import ObjectMissingError, StoreError, open_source


def set_uri(night: Night, name: str) -> str:
    """Return the address of a set of the night's output."""
    return f"{night.output_uri.rstrip('/')}/{set_path(name)}".rstrip("/")


def is_whole(night: Night, name: str) -> bool:
    """Return whether a set is there with all its files and pictures; their bytes are not looked at.

    Raises:
        StoreError: The output store does not answer.
    """
    head = _head(night, name)
    if head is None:
        return False
    root = set_path(name)
    present = {item.key.removeprefix(root) for item in night.output.list(root)}
    pictures = _digests_of_pictures(night, name, head)
    return present >= {*head.files, *map(picture_name, pictures)} and len(pictures) == head.references


def publish_set(night: Night, name: str, rows: Sequence[ReferenceRow], describer: Describer, folder: Path) -> bool:
    """Write the files of a set if they are not there already; return whether anything was written.

    Args:
        night: The run.
        name: Name of the set.
        rows: One for each picture; the accepted ones are the set. Without any, no set is left.
        describer: What described them.
        folder: Small pictures of those read now, by digest.

    Raises:
        StoreError: The output store does not answer.
    """
    accepted = {row.reference_id: row for row in rows if row.accepted and row.reference_id}
    before = _head(night, name)
    if not accepted:
        return before is not None and _clear(night, name, keep=frozenset())
    present = {item.key for item in night.output.list(set_path(name, "pictures/"))}
    had = {
        reference_id: digest
        for reference_id, digest in _digests_of_pictures(night, name, before).items()
        if set_path(name, picture_name(reference_id)) in present
    }
    pictures = {one: _put_picture(night, name, folder / f"{one}.jpg", had.get(one)) for one in sorted(accepted)}
    contents = set_contents(
        joined_descriptions(list(accepted.values())),
        [_entry(row, pictures[reference_id]) for reference_id, row in accepted.items()],
    )
    head = Head(
        name=name,
        describer=describer.name,
        weights_sha256=describer.weights_sha256,
        regions=night.settings.modernize.regions,
        working_side_px=night.settings.modernize.working_side_px,
        references=len(accepted),
        files={file: hashlib.sha256(content).hexdigest() for file, content in contents.items()},
    )
    if head == before and is_whole(night, name):
        return False
    for file, content in contents.items():
        night.output.put(set_path(name, file), content)
    night.output.put(set_path(name, HEAD), head.to_bytes(), media_type="application/json")
    _clear(night, name, keep=frozenset({HEAD, *contents, *(picture_name(one) for one in accepted)}))
    return True


def _put_picture(night: Night, name: str, path: Path, had: str | None) -> str:
    """Store a small picture unless the set has it; return its digest."""
    if had is not None and not path.exists():
        return had
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != had:
        night.output.put(set_path(name, picture_name(path.stem)), content, media_type="image/jpeg")
    return digest


def _entry(row: ReferenceRow, picture_sha256: str) -> Entry:
    return Entry(
        reference_id=row.reference_id or "",
        key=row.key,
        licence=row.licence or "",
        width_px=row.width_px or 0,
        height_px=row.height_px or 0,
        size_bytes=row.size_bytes,
        picture_sha256=picture_sha256,
        style=json.loads(row.style or "{}"),
    )


def _head(night: Night, name: str) -> Head | None:
    try:
        return Head.from_bytes(open_source(set_uri(night, name)).read(HEAD))
    except (ObjectMissingError, BadSetError):
        return None


def _digests_of_pictures(night: Night, name: str, head: Head | None) -> dict[str, str]:
    """Return the digests of the small pictures that the set has, by reference."""
    if head is None:
        return {}
    try:
        return {
            entry.reference_id: entry.picture_sha256 for entry in read_entries(open_source(set_uri(night, name)), head)
        }
    except (BadSetError, StoreError):
        return {}


def _clear(night: Night, name: str, *, keep: frozenset[str]) -> bool:
    """Remove what an earlier set has left; the head goes first."""
    root = set_path(name)
    present = [item.key.removeprefix(root) for item in night.output.list(root)]
    stale = sorted((file for file in present if file not in keep), key=lambda file: (file != HEAD, file))
    for file in stale:
        night.output.delete(set_path(name, file))
    return bool(stale)
