"""What a derivative says of itself, in XMP: what it was made from, by which steps, and how it came to be.

The master's own packet goes along, ours beside it. What has a standard name gets it: ``Iptc4xmpExt:DigitalSourceType``,
and ``xmpMM`` with ``DocumentID``, ``InstanceID``, ``OriginalDocumentID``, ``DerivedFrom`` (the master) and ``History``.
The rest is in a namespace of our own, ``urn:uuid:604a182c-9c21-4027-8566-3226dba6d979#``, usual prefix ``oldphoto``:

    AssetId                   the photograph, as in the catalog
    Kind                      restored, modernized, access or damage
    MasterSha256              SHA-256 of the master's bytes, hexadecimal
    RunId                     the run that made the file; none for a single command, which no catalog knows
    CodeVersion               the program that made it
    SettingsHash              SHA-256 of the settings behind its last stage, as in the catalog
    ConfigHash                SHA-256 of all settings of the run
    Weights                   bag of "stage/step sha256", the network weights that had a part in it
    MasterDigitalSourceType   what the master declared in DigitalSourceType
    MasterDerivedFrom         what the master declared in DerivedFrom

No clock: the same work gives the same bytes. When it was done is in the catalog, under the run's id.
"""

import base64
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, replace

from oldphoto_core.scan.lineage import OURSELVES, Lineage
from oldphoto_core.scan.source_type import VOCABULARY, code_of, source_type
from oldphoto_core.scan.xmp_grammar import check_xmp
from oldphoto_core.scan.xmp_tree import RDF, Tree, XmpRefusedError, q, read_tree, write_tree

OWN = f"{OURSELVES.urn}#"
"""Our namespace; an address nobody else can hold and nobody need keep."""

_ABOUT = f"{{{RDF}}}about"
_FALSE_OF_ANY = ("xmp:Thumbnails", "xmpNote:HasExtendedXMP", "dcterms:provenance", "tiff:Compression",
                 "tiff:PhotometricInterpretation", "tiff:SamplesPerPixel")  # fmt: skip
_FALSE_WHEN_REDUCED = ("tiff:ImageWidth", "tiff:ImageLength", "tiff:BitsPerSample", "tiff:XResolution",
                       "tiff:YResolution", "tiff:ResolutionUnit", "exif:PixelXDimension", "exif:PixelYDimension",
                       "exif:ColorSpace", "photoshop:ICCProfile", "photoshop:ColorMode")  # fmt: skip
_REPEATED = ("RunId", "CodeVersion", "SettingsHash", "ConfigHash", "AssetId", "Kind", "MasterSha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """The packet for a derivative."""

    packet: bytes
    """The XMP packet."""

    source_type: str | None
    """The code in its DigitalSourceType; None: it has none."""

    left_out: str | None
    """Why the master's own packet is not in it, as a sentence; None if it is, or if there was none."""


def mark(lineage: Lineage, master: bytes | None, *, most_bytes: int | None = None) -> Marked:
    """Return the packet of a derivative: what the master's says, and where the derivative comes from.

    Everything in the master's packet goes along but what would be false of the derivative: thumbnails, pointers to more
    data in the master's file, and of a reduced copy its size and colour space. Its identity and origin become those of
    ``DerivedFrom``. A packet that cannot be merged is left out, and the result says why.

    Args:
        lineage: Where the derivative comes from.
        master: The master's packet; None if it has none.
        most_bytes: Longest packet that the file can hold; with the master's, it is left out if this is exceeded.
    """
    said: str | None = None
    try:
        tree = _blank() if master is None else _xmp_tree(master)
        said = _plain(_take(tree, q("Iptc4xmpExt:DigitalSourceType")))
        merged = _marked(lineage, tree, said)
        if master is None or most_bytes is None or len(merged.packet) <= most_bytes:
            return merged
        why = f"with it the packet has {len(merged.packet)} bytes, and the file holds {most_bytes}"
    except XmpRefusedError as error:
        why = str(error)
    return replace(_marked(lineage, _blank(), said), left_out=f"the master's XMP was left out: {why}")


def why_not_merged(packet: bytes) -> str | None:
    """Return why a packet cannot go along with derivatives, as the end of a sentence; None if it can."""
    try:
        _xmp_tree(packet)
    except XmpRefusedError as error:
        return str(error)
    return None


def read_marks(packet: bytes) -> Mapping[str, str | tuple[str, ...]]:
    """Return what a packet written by ``mark`` says of itself.

    Returns:
        Each name of our namespace that is there with its value; ``Weights`` as a tuple; and under ``DigitalSourceType``
        the last part of IPTC's address.

    Raises:
        XmpRefusedError: It cannot be read.
    """
    tree = read_tree(packet)
    found: dict[str, str | tuple[str, ...]] = {}
    for name in _REPEATED:
        value = _take(tree, f"{{{OWN}}}{name}")
        if isinstance(value, str):
            found[name] = value
    weights = _take(tree, f"{{{OWN}}}Weights")
    if isinstance(weights, ET.Element):
        found["Weights"] = tuple(item.text or "" for item in weights.iter(q("rdf:li")))
    code = code_of(_plain(_take(tree, q("Iptc4xmpExt:DigitalSourceType"))) or "")
    return found | ({"DigitalSourceType": code} if code is not None else {})


def _marked(lineage: Lineage, tree: Tree, said: str | None) -> Marked:
    """Return the packet of a derivative over the master's tree, from which its DigitalSourceType is taken already."""
    for name in (*_FALSE_OF_ANY, *(_FALSE_WHEN_REDUCED if lineage.kind == "access" else ())):
        _take(tree, q(name))
    for name in (*_REPEATED, "Weights", "MasterDigitalSourceType", "MasterDerivedFrom"):
        _take(tree, f"{{{OWN}}}{name}")  # the master is a derivative of ours itself
    about = next((item.get(_ABOUT, "") for item in tree.rdf.findall(q("rdf:Description"))), "")
    ours = ET.Element(q("rdf:Description"), {_ABOUT: about})
    if _take(tree, q("tiff:Orientation")) is not None:
        ET.SubElement(ours, q("tiff:Orientation")).text = "1"
    code = _source_type(lineage, said)
    if code is not None:
        ET.SubElement(ours, q("Iptc4xmpExt:DigitalSourceType")).text = VOCABULARY + code
    _add_identity(ours, lineage, tree)
    _add_own(ours, lineage, said)
    tree.rdf.append(ours)
    packet = write_tree(replace(tree, prefixes={**tree.prefixes, "oldphoto": OWN}))
    return Marked(packet=packet, source_type=code, left_out=None)


def _source_type(lineage: Lineage, said: str | None) -> str | None:
    if lineage.kind == "damage":
        return "dataDrivenMedia"
    return source_type(code_of(said or ""), changed=bool(lineage.steps), learned=lineage.learned)


def _add_identity(ours: ET.Element, lineage: Lineage, tree: Tree) -> None:
    digest = base64.urlsafe_b64encode(bytes.fromhex(lineage.master_sha256)).decode().rstrip("=")
    name = f"ni:///sha-256;{digest}"  # RFC 6920: the name of these very bytes
    document = _plain(_take(tree, q("xmpMM:DocumentID"))) or name
    instance = _plain(_take(tree, q("xmpMM:InstanceID"))) or name
    original = _plain(_take(tree, q("xmpMM:OriginalDocumentID"))) or document
    before = _take(tree, q("xmpMM:DerivedFrom"))
    history = _take(tree, q("xmpMM:History"))
    for field, value in (
        ("xmpMM:DocumentID", lineage.document_id),
        ("xmpMM:InstanceID", lineage.instance_id),
        ("xmpMM:OriginalDocumentID", original),
    ):
        ET.SubElement(ours, q(field)).text = value
    _add_fields(
        ET.SubElement(ours, q("xmpMM:DerivedFrom")),
        {"stRef:documentID": document, "stRef:instanceID": instance, "stRef:originalDocumentID": original},
    )
    entries = ET.SubElement(ET.SubElement(ours, q("xmpMM:History")), q("rdf:Seq"))
    if isinstance(history, ET.Element):
        entries.extend(history.findall(f"{q('rdf:Seq')}/{q('rdf:li')}"))
    for action, parameters in _actions(lineage):
        fields = {"action": action, "instanceID": lineage.instance_id, "parameters": parameters}
        agent = {"softwareAgent": f"oldphoto {lineage.code_version}"}
        item = ET.SubElement(entries, q("rdf:li"))
        _add_fields(item, {f"stEvt:{field}": value for field, value in (fields | agent).items()})
    if isinstance(before, ET.Element):
        before.tag = f"{{{OWN}}}MasterDerivedFrom"
        ours.append(before)
    elif before is not None:
        ET.SubElement(ours, f"{{{OWN}}}MasterDerivedFrom").text = before


def _actions(lineage: Lineage) -> list[tuple[str, str]]:
    """Return what was done, as ``stEvt:action`` and ``stEvt:parameters``."""
    edits = [("edited", str(step)) for step in lineage.steps]
    made = {"access": [("converted", "reduced copy for viewing, JPEG, sRGB")],
            "damage": [("produced", "mask of structured damage, white is damaged")]}.get(lineage.kind, [])  # fmt: skip
    return [("derived", f"from the master with SHA-256 {lineage.master_sha256}"), *edits, *made]


def _add_own(ours: ET.Element, lineage: Lineage, said: str | None) -> None:
    values = (lineage.run_id, lineage.code_version, lineage.settings_hash, lineage.config_hash, lineage.asset_id,
              lineage.kind, lineage.master_sha256)  # fmt: skip
    for name, value in zip(_REPEATED, values, strict=True):
        if value is not None:
            ET.SubElement(ours, f"{{{OWN}}}{name}").text = value
    if said is not None:
        ET.SubElement(ours, f"{{{OWN}}}MasterDigitalSourceType").text = said
    if lineage.learned:
        bag = ET.SubElement(ET.SubElement(ours, f"{{{OWN}}}Weights"), q("rdf:Bag"))
        for step in lineage.steps:
            if step.weights_sha256 is not None:
                ET.SubElement(bag, q("rdf:li")).text = f"{step.stage}/{step.name} {step.weights_sha256}"


def _add_fields(parent: ET.Element, fields: Mapping[str, str]) -> None:
    parent.set(q("rdf:parseType"), "Resource")
    for name, value in fields.items():
        ET.SubElement(parent, q(name)).text = value


def _take(tree: Tree, name: str) -> str | ET.Element | None:
    """Remove a property of the picture, not of things it is made of; return its text if it is simple, else it."""
    found: str | ET.Element | None = None
    for description in tree.rdf.findall(q("rdf:Description")):
        if name in description.attrib:
            found = description.attrib.pop(name)
        for child in description.findall(name):
            description.remove(child)
            found = child if len(child) or child.attrib else child.text or ""
    return found


def _plain(value: str | ET.Element | None) -> str | None:
    """Return the text of a simple property, or the address it points to."""
    if isinstance(value, ET.Element):
        value = value.get(f"{{{RDF}}}resource") or value.text
    return value.strip() or None if value else None


def _xmp_tree(packet: bytes) -> Tree:
    tree = read_tree(packet)
    check_xmp(tree)
    return tree


def _blank() -> Tree:
    return Tree(ET.Element(q("rdf:RDF")), {})
