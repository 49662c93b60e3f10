"""What a PREMIS 3 document may hold: the order of elements as premis.xsd (Library of Congress, version 3.0) gives it.

Written down from the schema by hand, for the elements we use; ``?`` at most once, ``*`` any number, ``+`` one or more.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

PREMIS = "{http://www.loc.gov/premis/v3}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

_FILE = "objectIdentifier+ significantProperties* objectCharacteristics+ originalName? storage* relationship*"
CHILDREN = {
    "premis": "object+ event* agent*",
    "object premis:file": f"{_FILE} linkingEventIdentifier*",
    "object premis:bitstream": "objectIdentifier+ significantProperties* objectCharacteristics+ storage* relationship*",
    "objectIdentifier": "objectIdentifierType objectIdentifierValue",
    "significantProperties": "significantPropertiesType significantPropertiesValue?",
    "objectCharacteristics": "compositionLevel? fixity* size? format+",
    "fixity": "messageDigestAlgorithm messageDigest messageDigestOriginator?",
    "format": "formatDesignation",
    "formatDesignation": "formatName formatVersion?",
    "storage": "contentLocation storageMedium?",
    "contentLocation": "contentLocationType contentLocationValue",
    "relationship": "relationshipType relationshipSubType relatedObjectIdentifier+ relatedEventIdentifier*",
    "relatedObjectIdentifier": "relatedObjectIdentifierType relatedObjectIdentifierValue",
    "relatedEventIdentifier": "relatedEventIdentifierType relatedEventIdentifierValue",
    "event": "eventIdentifier eventType eventDateTime eventDetailInformation* eventOutcomeInformation* "
    "linkingAgentIdentifier* linkingObjectIdentifier*",
    "eventIdentifier": "eventIdentifierType eventIdentifierValue",
    "eventDetailInformation": "eventDetail? eventDetailExtension*",
    "eventOutcomeInformation": "eventOutcome eventOutcomeDetail*",
    "linkingAgentIdentifier": "linkingAgentIdentifierType linkingAgentIdentifierValue linkingAgentRole*",
    "linkingObjectIdentifier": "linkingObjectIdentifierType linkingObjectIdentifierValue linkingObjectRole*",
    "agent": "agentIdentifier+ agentName* agentType? agentVersion? agentNote*",
    "agentIdentifier": "agentIdentifierType agentIdentifierValue",
}
PLAIN_ATTRIBUTES = {"authority", "authorityURI", "valueURI"}


def misfits(element: ET.Element) -> Iterator[str]:
    """Yield every way in which the element, or one below it, is not what the schema allows."""
    tag = element.tag.removeprefix(PREMIS)
    kind = f"{tag} {element.get(XSI_TYPE)}" if tag == "object" else tag
    if kind not in CHILDREN:
        if len(element):
            yield f"{kind} has children"
        if not (element.text or "").strip():
            yield f"{kind} is empty"
        if unknown := set(element.attrib) - PLAIN_ATTRIBUTES:
            yield f"{kind} has attributes {unknown}"
        return
    found = "".join(f"{child.tag.removeprefix(PREMIS)} " for child in element)
    words = [re.fullmatch(r"(\w+)([?*+]?)", word) for word in CHILDREN[kind].split()]
    if not re.fullmatch("".join(f"(?:{word[1]} ){word[2]}" for word in words if word), found):
        yield f"{kind} holds {found}"
    for child in element:
        yield from misfits(child)
