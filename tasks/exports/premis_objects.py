"""The objects of a PREMIS document: the master, its page, what was made of it; as the nested tuples of premisrw."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from catalogs.schema import AssetRow, EventRow, TreatmentRow
from oldphoto_core.scan.source_type import VOCABULARY
from tasks.exports import premis_terms as terms
from tasks.exports.catalogued import Item, Record

Element = tuple[Any, ...]

MEDIA_TYPES = {"TIFF": "image/tiff", "JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
MEDIA_TYPES |= {"JPEG2000": "image/jp2"}
SUFFIX_TYPES = {".tif": "image/tiff", ".jpg": "image/jpeg", ".png": "image/png", ".json": "application/json"}
UNKNOWN = "unknown"

MASTER_ID = "oldphoto asset"
"""Type of the identifiers of masters and pages; the value is an asset_id."""

FILE_ID = "SHA-256"
"""Type of the identifiers of derivatives; the value is the file's digest."""

FACTS = (
    ("width_px", "width", " px"),
    ("height_px", "height", " px"),
    ("source_bit_depth", "bit depth", " bit"),
    ("colour", "colour model", ""),
    ("icc_name", "ICC profile", ""),
    ("dpi", "resolution", " pixels per inch"),
    ("orientation", "EXIF orientation", ""),
    ("pixel_sha256", "SHA-256 of the upright decoded pixels", ""),
)
"""Column, words, unit: what of the master is told as significant properties."""


@dataclass(slots=True)
class Derivative:
    """A file that was made: what the rows of several runs say of these very bytes."""

    sha256: str
    """Its digest."""

    size: int | None = None
    """Length in bytes, where known."""

    paths: dict[str, None] = field(default_factory=dict)
    """Where it lies below the output root; a set that keeps its order."""

    events: dict[str, None] = field(default_factory=dict)
    """Identifiers of the events that made it."""

    source_type: str | None = None
    """Code of its IPTC digital source type, where recorded."""

    @property
    def reference(self) -> tuple[str, str]:
        """Type and value of its identifier."""
        return FILE_ID, self.sha256


def derivatives_of(record: Record) -> dict[str, Derivative]:
    """Return every file that rows or events speak of, by digest, oldest first."""
    found: dict[str, Derivative] = {}
    for row in record.treatments:
        if row.output_path and row.output_sha256:
            made = found.setdefault(row.output_sha256, Derivative(row.output_sha256))
            made.size = row.output_bytes
            made.paths[row.output_path] = None
            made.source_type = row.digital_source_type or made.source_type
    for event in record.events:
        if event.object_path and event.object_sha256:
            made = found.setdefault(event.object_sha256, Derivative(event.object_sha256))
            made.paths[event.object_path] = None
            if event.event_type in {"cre", "nor"} and event.outcome != "fail":
                made.events[event.event_id] = None
    return found


def master_reference(item: Item) -> tuple[str, str]:
    """Return type and value of the identifier of the photograph's own object: the master, or its page."""
    return MASTER_ID, item.name


def identifier(tag: str, reference: tuple[str, str], *more: Element) -> Element:
    """Return an identifier of two parts, such as ``linking_object_identifier``."""
    kind, value = reference
    return (tag, (f"{tag}_type", kind), (f"{tag}_value", value), *more)


def master_objects(record: Record) -> list[Element]:
    """Return the master as a file; before it, of a master with several pages, the page as a bitstream of it."""
    item, lead = record.item, record.item.lead
    facts, linked = list(_facts(lead)), list(_copies(lead))
    if lead.page is None:
        return [_file(item.outcomes, (MASTER_ID, item.name), facts, linked)]
    whole = (MASTER_ID, item.master_name)
    page = (
        "object",
        {"xsi:type": "premis:bitstream"},
        identifier("object_identifier", (MASTER_ID, item.name)),
        ("significant_properties", *_property("page", f"{lead.page} of {lead.pages}")),
        *facts,
        ("object_characteristics", ("composition_level", "0"), _format(MEDIA_TYPES.get(lead.format or ""))),
        _relationship(terms.STRUCTURAL, terms.IS_PART_OF, whole),
        *linked,
    )
    return [page, _file(item.outcomes, whole, [], [])]


def derivative_object(made: Derivative, source: tuple[str, str]) -> Element:
    """Return a derived file, related to what it was made of by the events that made it."""
    media_type = next((SUFFIX_TYPES.get(PurePosixPath(path).suffix) for path in made.paths), None)
    source_type = f"{VOCABULARY}{made.source_type}"
    properties = [("significant_properties", *_property("IPTC digital source type", source_type))]
    related = [identifier("related_event_identifier", ("UUID", event_id)) for event_id in made.events]
    return (
        "object",
        {"xsi:type": "premis:file"},
        identifier("object_identifier", made.reference),
        *(properties if made.source_type else []),
        _characteristics(made.sha256, made.size, media_type),
        *(_storage("path below the output root", path) for path in made.paths),
        _relationship(terms.DERIVATION, terms.HAS_SOURCE, source, *related),
    )


def _file(
    outcomes: Sequence[AssetRow], reference: tuple[str, str], facts: list[Element], linked: list[Element]
) -> Element:
    lead = next((row for row in reversed(outcomes) if row.has_derivatives), outcomes[-1])
    addresses = {f"{row.source_uri.rstrip('/')}/{quote(row.key, errors='replace')}": None for row in outcomes}
    return (
        "object",
        {"xsi:type": "premis:file"},
        identifier("object_identifier", reference),
        *facts,
        _characteristics(lead.sha256, lead.size_bytes, MEDIA_TYPES.get(lead.format or "")),
        ("original_name", lead.key),
        *(_storage("URI", address) for address in addresses),
        *linked,
    )


def _facts(row: AssetRow) -> list[Element]:
    told = [(words, getattr(row, column), unit) for column, words, unit in FACTS]
    return [
        ("significant_properties", *_property(words, f"{value}{unit}"))
        for words, value, unit in told
        if value is not None
    ]


def _property(kind: str, value: str | None) -> tuple[Element, Element]:
    return ("significant_properties_type", kind), ("significant_properties_value", value or "")


def _characteristics(sha256: str | None, size: int | None, media_type: str | None) -> Element:
    fixity = [("fixity", terms.SHA256.element("message_digest_algorithm"), ("message_digest", sha256))]
    return (
        "object_characteristics",
        ("composition_level", "0"),
        *(fixity if sha256 else []),
        *([("size", str(size))] if size is not None else []),
        _format(media_type),
    )


def _format(media_type: str | None) -> Element:
    return ("format", ("format_designation", ("format_name", media_type or UNKNOWN)))


def _storage(kind: str, place: str) -> Element:
    return ("storage", ("content_location", ("content_location_type", kind), ("content_location_value", place)))


def _relationship(kind: terms.Term, sub: terms.Term, other: tuple[str, str], *events: Element) -> Element:
    return (
        "relationship",
        kind.element("relationship_type"),
        sub.element("relationship_sub_type"),
        identifier("related_object_identifier", other),
        *events,
    )


def _copies(row: AssetRow) -> list[Element]:
    """Return the relationship of a copy to the best photograph of its group; the vocabulary has no word for it."""
    if row.duplicate_of in {None, row.asset_id}:
        return []
    best = identifier("related_object_identifier", (MASTER_ID, row.duplicate_of or ""))
    kind = ("relationship_type", "duplication")
    return [("relationship", kind, ("relationship_sub_type", "is a copy of"), best)]


def treatment_of(record: Record, event: EventRow) -> TreatmentRow | None:
    """Return the row of the treatment whose file the event speaks of."""
    if event.object_path is None:
        return None
    same = (event.object_path, event.object_sha256)
    return next((row for row in record.treatments if (row.output_path, row.output_sha256) == same), None)
