"""An XMP packet as a tree of elements: read without trust, written the same way every time (ISO 16684-1)."""

import codecs
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from operator import itemgetter
from xml.sax.saxutils import escape

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
META = "adobe:ns:meta/"
XML = "http://www.w3.org/XML/1998/namespace"

MOST_BYTES = 8 * 2**20
"""Longest packet that is read, in bytes; packets of long editing histories come to some hundred thousand."""

MOST_ELEMENTS = 20_000
MOST_DEPTH = 64

WELL_KNOWN = {
    "x": META,
    "rdf": RDF,
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
    "stEvt": "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
    "stRef": "http://ns.adobe.com/xap/1.0/sType/ResourceRef#",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "dcterms": "http://purl.org/dc/terms/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
"""Namespaces by the prefix that standards give them."""

_HEAD, _TAIL = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n', '\n<?xpacket end="r"?>'
_END = "</x:xmpmeta>"
_RESERVED = frozenset({"xml", "xmlns"})
_PIECE = 2**16

_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
"""How a packet begins that is not UTF-8."""


class XmpRefusedError(ValueError):
    """An XMP packet is not merged; the message says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The RDF of a packet."""

    rdf: ET.Element
    """``rdf:RDF``."""

    prefixes: dict[str, str]
    """Namespaces by the prefix the packet gave them; of two claims to a prefix, the first."""


def q(name: str) -> str:
    """Return a name such as ``dc:title`` as ElementTree writes it.

    Examples:
        >>> q("tiff:Orientation")
        '{http://ns.adobe.com/tiff/1.0/}Orientation'
    """
    prefix, _, local = name.partition(":")
    return f"{{{WELL_KNOWN[prefix]}}}{local}"


def read_tree(packet: bytes) -> Tree:
    """Return the RDF of a packet.

    Entities are declared in a document type, and no packet may have one (ISO 16684-1, 7.3): such a packet is refused
    before it is parsed. The packet is decoded here, so no declared encoding can hide one.

    Raises:
        XmpRefusedError: It is too long, too deep, no well-formed XML, no RDF, or has a document type.
    """
    if len(packet) > MOST_BYTES:
        raise XmpRefusedError(f"it has {len(packet)} bytes; up to {MOST_BYTES} are read")
    builder = _Builder()
    parser = ET.XMLParser(target=builder, encoding="utf-8")  # noqa: S314 - no document type ever reaches it
    try:
        text = _decoded(packet)
        if "<!DOCTYPE" in text:
            raise XmpRefusedError("it has a document type, which is never read")
        content = _inner(text).encode()
        for start in range(0, len(content), _PIECE):
            parser.feed(content[start : start + _PIECE])
        root = parser.close()
    except (ET.ParseError, UnicodeError) as error:
        raise XmpRefusedError(f"it is not well-formed XML ({error})") from error
    rdf = root if root.tag == q("rdf:RDF") else root.find(q("rdf:RDF"))
    if rdf is None:
        raise XmpRefusedError("there is no rdf:RDF in it")
    return Tree(rdf, builder.prefixes)


def write_tree(tree: Tree) -> bytes:
    """Return the packet as UTF-8; the same tree gives the same bytes.

    The packet is marked read-only: nobody changes a derivative in place, it is made again.
    """
    names = _prefix_of_each(tree)
    spaces = "".join(f' xmlns:{prefix}="{_attribute(uri)}"' for uri, prefix in sorted(names.items(), key=itemgetter(1)))
    body = "".join(_written(tree.rdf, names | {XML: "xml"}, 1)).replace("<rdf:RDF", f"<rdf:RDF{spaces}", 1)
    return f'{_HEAD}<x:xmpmeta xmlns:x="{META}">\n{body}\n</x:xmpmeta>{_TAIL}'.encode()


class _Builder(ET.TreeBuilder):
    """Builds elements and remembers prefixes; refuses what no honest packet holds before it can do harm."""

    def __init__(self) -> None:
        super().__init__()
        self.prefixes: dict[str, str] = {}
        self._depth = 0
        self._count = 0

    def start_ns(self, prefix: str, uri: str) -> None:
        """Remember a prefix."""
        self.prefixes.setdefault(prefix, uri)

    def start(self, tag: str, attrs: dict[str, str], /) -> ET.Element:
        """Open an element unless there are too many, or too many inside each other."""
        self._depth += 1
        self._count += 1
        if self._depth > MOST_DEPTH or self._count > MOST_ELEMENTS:
            raise XmpRefusedError(f"its elements are more than {MOST_ELEMENTS}, or more than {MOST_DEPTH} deep")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        """Close an element."""
        self._depth -= 1
        return super().end(tag)


def _prefix_of_each(tree: Tree) -> dict[str, str]:
    """Return a prefix for each namespace in use: the standard's, else the packet's own, else a number."""
    used = {_split(name)[0] for element in tree.rdf.iter() for name in (element.tag, *element.attrib)}
    chosen = {uri: prefix for prefix, uri in WELL_KNOWN.items() if uri in used}
    own = {uri: prefix for prefix, uri in tree.prefixes.items() if prefix and prefix not in _RESERVED}
    taken = set(WELL_KNOWN) | _RESERVED
    unnamed = (f"ns{number}" for number in count(1))
    for uri in sorted(used - chosen.keys() - {"", XML}):
        prefix = own.get(uri, "")
        if not prefix or prefix in taken:
            prefix = next(name for name in unnamed if name not in taken)
        taken.add(prefix)
        chosen[uri] = prefix
    return chosen


def _decoded(packet: bytes) -> str:
    encoding = next((name for head, name in _ENCODINGS if packet.startswith(head)), "utf-8-sig")
    return packet.decode(encoding).strip("\0 \t\r\n")


def _inner(text: str) -> str:
    """Return what lies inside the wrapper ``xpacket``, which some writers damage and no reader needs."""
    start, end = text.find("<x:xmpmeta"), text.rfind(_END)
    return text[start : end + len(_END)] if 0 <= start < end else text


def _written(element: ET.Element, names: dict[str, str], depth: int) -> Iterator[str]:
    tag = _prefixed(element.tag, names)
    pairs = sorted((_prefixed(name, names), value) for name, value in element.attrib.items())
    yield f"{' ' * depth}<{tag}" + "".join(f' {name}="{_attribute(value)}"' for name, value in pairs)
    text = element.text or ""
    if len(element) == 0:
        yield f">{_text(text)}</{tag}>" if text else "/>"
        return
    yield f">{_text(text.strip())}\n"
    for child in element:
        yield from _written(child, names, depth + 1)
        yield f"{_text((child.tail or '').strip())}\n"
    yield f"{' ' * depth}</{tag}>"


def _split(name: str) -> tuple[str, str]:
    uri, closing, local = name.removeprefix("{").partition("}")
    return (uri, local) if closing else ("", name)


def _prefixed(name: str, names: dict[str, str]) -> str:
    uri, local = _split(name)
    return f"{names[uri]}:{local}" if uri else local


def _text(value: str) -> str:
    return escape(value, {"\r": "&#13;"})


def _attribute(value: str) -> str:
    return escape(value, {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})
