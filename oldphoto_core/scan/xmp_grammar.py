"""Which RDF is XMP (ISO 16684-1, Annex C). Readers give up on a whole packet for one fault, our part of it included."""

import xml.etree.ElementTree as ET

from oldphoto_core.scan.xmp_tree import RDF, XML, Tree, XmpRefusedError, q

_CONTAINERS = frozenset({q("rdf:Bag"), q("rdf:Seq"), q("rdf:Alt")})
_DESCRIPTION, _ITEM, _VALUE = q("rdf:Description"), q("rdf:li"), q("rdf:value")
_PARSE_TYPE, _RESOURCE, _TYPE = q("rdf:parseType"), q("rdf:resource"), q("rdf:datatype")
_OF_NODES = frozenset({f"{{{XML}}}lang", *(f"{{{RDF}}}{name}" for name in ("about", "ID", "nodeID"))})
_NO_PROPERTIES = (f"{{{RDF}}}", f"{{{XML}}}")
_OF_ANY = frozenset({f"{{{XML}}}lang", q("rdf:ID")})
_OF_FORM = _OF_ANY | {_PARSE_TYPE}


def check_xmp(tree: Tree) -> None:
    """Refuse RDF that readers of XMP refuse: nodes of other types, properties twice or without a namespace, literals.

    Raises:
        XmpRefusedError: It is no XMP; the message says what was found.
    """
    seen: set[str] = set()
    abouts = {node.get(f"{{{RDF}}}about", "") for node in tree.rdf} - {""}
    if len(abouts) > 1:
        raise XmpRefusedError("it speaks of several things")
    for node in tree.rdf:
        if node.tag != _DESCRIPTION:
            raise XmpRefusedError(f"there is {_named(node.tag)} where only rdf:Description may be")
        _check_fields(node, seen, allowed=frozenset())


def _check_fields(node: ET.Element, seen: set[str], *, allowed: frozenset[str] = frozenset({_VALUE})) -> None:
    """Check the properties of a node, or the fields of a structure: each has a namespace and is there once."""
    names = [name for name in node.attrib if name not in (_OF_NODES if node.tag == _DESCRIPTION else _OF_FORM)]
    for name in (*names, *(child.tag for child in node)):
        if name in seen:
            raise XmpRefusedError(f"{_named(name)} is there twice")
        if not name.startswith("{") or (name.startswith(_NO_PROPERTIES) and name not in allowed):
            raise XmpRefusedError(f"there is {_named(name)} where a property should be")
        seen.add(name)
    if (node.text or "").strip() or any((child.tail or "").strip() for child in node):
        raise XmpRefusedError(f"there is text in {_named(node.tag)} where properties should be")
    for child in node:
        _check_value(child)


def _check_value(element: ET.Element) -> None:
    """Check the value of a property or of an item of an array."""
    form, others = element.get(_PARSE_TYPE), element.attrib.keys() - _OF_ANY - {_PARSE_TYPE}
    if form == "Resource" and not others:
        _check_fields(element, set())
    elif form is not None:
        raise XmpRefusedError(f"{_named(element.tag)} has a value of the form {form}")
    elif len(element):
        _check_node(element, others)
    elif others:
        _check_short_form(element, others)


def _check_node(element: ET.Element, others: set[str]) -> None:
    node = element[0]
    if len(element) > 1 or others or (element.text or "").strip() or (node.tail or "").strip():
        raise XmpRefusedError(f"{_named(element.tag)} has more than one value")
    if node.tag == _DESCRIPTION:
        _check_fields(node, set())
    elif node.tag not in _CONTAINERS or node.attrib or any(item.tag != _ITEM for item in node):
        raise XmpRefusedError(f"the value of {_named(element.tag)} is no structure and no array")
    else:
        if (node.text or "").strip() or any((item.tail or "").strip() for item in node):
            raise XmpRefusedError(f"there is text between the items of {_named(element.tag)}")
        for item in node:
            _check_value(item)


def _check_short_form(element: ET.Element, others: set[str]) -> None:
    """Check a structure written as attributes, or an address."""
    if others == {_TYPE}:
        return
    if (element.text or "").strip() or others >= {_RESOURCE, _VALUE}:
        raise XmpRefusedError(f"{_named(element.tag)} has more than one value")
    for name in others - {_RESOURCE, _VALUE}:
        if not name.startswith("{") or name.startswith(_NO_PROPERTIES):
            raise XmpRefusedError(f"{_named(element.tag)} has the attribute {_named(name)}")


def _named(name: str) -> str:
    return repr(name.rpartition("}")[2][:60])
