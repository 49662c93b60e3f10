"""Small facts about EXIF, XMP and IPTC blocks: how they begin, what changes when pixels are turned upright."""

import re
import struct

EXIF_HEAD = b"Exif\0\0"

_XMP_ORIENTATION = re.compile(rb"(tiff:Orientation\s*(?:=\s*[\"']|>)\s*)[1-8]")
_IPTC_RESOURCE = 0x0404


def upright_xmp(packet: bytes) -> bytes:
    """Return the XMP packet with any ``tiff:Orientation`` set to 1; nothing else is touched.

    Examples:
        >>> upright_xmp(b'<rdf:Description tiff:Orientation="6"/>')
        b'<rdf:Description tiff:Orientation="1"/>'
    """
    return _XMP_ORIENTATION.sub(rb"\g<1>1", packet)


def iptc_from_photoshop(resources: bytes) -> bytes | None:
    """Return the IPTC-IIM records among Photoshop image resources; None if there are none or the block is broken.

    Each resource is ``8BIM``, a number, a name padded to even length, a size and the contents, padded too
    (Adobe Photoshop File Formats, "Image Resource Blocks").
    """
    at = 0
    while resources[at : at + 4] == b"8BIM" and at + 12 <= len(resources):
        number = struct.unpack_from(">H", resources, at + 4)[0]
        name = resources[at + 6] + 1
        size_at = at + 6 + name + name % 2
        if size_at + 4 > len(resources):
            return None
        size = struct.unpack_from(">I", resources, size_at)[0]
        if number == _IPTC_RESOURCE:
            return resources[size_at + 4 : size_at + 4 + size] or None
        at = size_at + 4 + size + size % 2
    return None


def photoshop_from_iptc(records: bytes) -> bytes:
    """Return IPTC-IIM records wrapped as the one Photoshop image resource that holds them.

    Examples:
        >>> iptc_from_photoshop(photoshop_from_iptc(b"abc"))
        b'abc'
    """
    return b"8BIM" + struct.pack(">HHI", _IPTC_RESOURCE, 0, len(records)) + records + bytes(len(records) % 2)
