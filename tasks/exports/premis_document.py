"""One photograph's history as a PREMIS 3 document, made through premisrw of metsrw."""

import json
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from catalogs.schema import EventRow
from tasks.exports import premis_terms as terms
from tasks.exports.catalogued import Record
from tasks.exports.errors import ExportPackagesError
from tasks.exports.premis_objects import (
    Derivative,
    Element,
    derivative_object,
    derivatives_of,
    identifier,
    master_objects,
    master_reference,
    treatment_of,
)

OUR_NAME = "oldphoto"
"""Whoever else acted without saying a version is a person."""


def premis_xml(record: Record) -> bytes:
    """Return the document: objects, events, agents; UTF-8, indented, the same bytes for the same rows.

    Args:
        record: What was done to the photograph.

    Raises:
        ExportPackagesError: metsrw is not installed.
    """
    premisrw, etree = _libraries()
    version = premisrw.utils.PREMIS_3_0_VERSION
    made = derivatives_of(record)
    attributes = premisrw.utils.PREMIS_VERSIONS_MAP[version]["meta"]
    document = (
        "premis",
        dict(attributes),
        *master_objects(record),
        *(derivative_object(one, master_reference(record.item)) for one in made.values()),
        *(_event(record, event, made) for event in record.events),
        *_agents(record),
    )
    root = premisrw.data_to_premis(printable(document), version)
    xml: bytes = etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8")
    return xml


def printable(element: Any) -> Any:  # noqa: ANN401 - a nest of tuples, attributes and texts
    r"""Return the element with every character that XML cannot hold spelled out, as in ``\x1b``.

    Examples:
        >>> printable(("original_name", "box\x1b/1.tif"))
        ('original_name', 'box\\x1b/1.tif')
    """
    if isinstance(element, str):
        return "".join(sign if _is_xml(sign) else sign.encode("unicode_escape").decode() for sign in element)
    return tuple(printable(part) for part in element) if isinstance(element, tuple) else element


def _is_xml(sign: str) -> bool:
    """Return whether XML 1.0 can hold the character (its section 2.2); a bare CR would come back as LF."""
    code = ord(sign)
    return code in {0x9, 0xA} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def _event(record: Record, event: EventRow, made: dict[str, Derivative]) -> Element:
    derived = made.get(event.object_sha256 or "") if event.object_path else None
    linked = [(master_reference(record.item), terms.AS_SOURCE)]
    linked += [(derived.reference, terms.AS_OUTCOME)] if derived else []
    return (
        "event",
        identifier("event_identifier", ("UUID", event.event_id)),
        terms.event_type(event.event_type).element("event_type"),
        ("event_date_time", event.happened_at.astimezone(UTC).isoformat().replace("+00:00", "Z")),
        ("event_detail_information", ("event_detail", event.detail)),
        ("event_detail_information", ("event_detail", "; ".join(_particulars(record, event)))),
        ("event_outcome_information", terms.outcome(event.outcome).element("event_outcome")),
        identifier("linking_agent_identifier", _agent_reference(event), _role(event).element("linking_agent_role")),
        *(
            identifier("linking_object_identifier", reference, role.element("linking_object_role"))
            for reference, role in linked
        ),
    )


def _particulars(record: Record, event: EventRow) -> Iterator[str]:
    """Yield what lets the event be repeated, in the form ``name="value"`` that metsrw parses."""
    treatment = treatment_of(record, event)
    facts = {
        "run": event.run_id,
        "key": event.key,
        "weights-sha256": event.weights_sha256,
        "engine": treatment and treatment.engine,
        "settings-sha256": treatment and treatment.settings_hash,
    }
    for name, value in facts.items():
        if value is not None:
            yield f"{name}={json.dumps(value, ensure_ascii=False)}"


def _is_person(event: EventRow) -> bool:
    return event.agent != OUR_NAME and not event.agent_version


def _role(event: EventRow) -> terms.Term:
    return terms.VALIDATOR if _is_person(event) else terms.EXECUTING


def _agent_reference(event: EventRow) -> tuple[str, str]:
    if _is_person(event):
        return "oldphoto person", event.agent
    return "oldphoto software", f"{event.agent} {event.agent_version}".strip()


def _agents(record: Record) -> Iterator[Element]:
    for reference, event in {_agent_reference(event): event for event in record.events}.items():
        person = _is_person(event)
        yield (
            "agent",
            identifier("agent_identifier", reference),
            ("agent_name", event.agent),
            (terms.PERSON if person else terms.SOFTWARE).element("agent_type"),
            *([] if person else [("agent_version", event.agent_version)]),
        )


def _libraries() -> tuple[Any, Any]:
    try:
        from lxml import etree  # noqa: PLC0415 - of an extra
        from metsrw.plugins import premisrw  # noqa: PLC0415 - of an extra
    except ModuleNotFoundError as error:
        raise ExportPackagesError("metsrw") from error
    return premisrw, etree
