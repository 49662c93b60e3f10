"""Which format a file is in, by its first bytes; its name is not asked."""

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.facts import ScanFormat

HEAD_BYTES = 32
"""How many first bytes are enough."""

_KNOWN: tuple[tuple[bytes, ScanFormat], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0\x08\0\0\0", "TIFF"),
    (b"MM\0+\0\x08\0\0", "TIFF"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
)

_REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "GIF, which holds 256 colours and moving pictures"),
    (b"%PDF", "PDF, a document"),
    (b"BM", "BMP"),
    (b"8BPS", "a Photoshop document"),
    (b"8BPB", "a Photoshop document"),
    (b"FUJIFILMCCD-RAW", "a camera RAW file"),
    (b"IIRO", "a camera RAW file"),
    (b"IIU\0", "a camera RAW file"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\x76\x2f\x31\x01", "OpenEXR, floating-point pixels"),
    (b"SDPX", "DPX"),
    (b"XPDS", "DPX"),
)

_ADVICE = "export the scan as a TIFF of 8 or 16 bits"


def sniff(head: bytes) -> ScanFormat:
    """Return the format that the first bytes of a file belong to.

    Args:
        head: The first ``HEAD_BYTES`` bytes, fewer if the file is shorter.

    Raises:
        ScanError: ``unsupported-format`` for pictures of a kind that is not read, ``not-an-image`` for all else.

    Examples:
        >>> sniff(b"II*" + bytes(29))
        'TIFF'
    """
    if head[:2] == b"II" and head[8:10] == b"CR":
        raise ScanError("unsupported-format", f"this is a camera RAW file (CR2); {_ADVICE}")
    for magic, name in _KNOWN:
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    _refuse_known(head)
    raise ScanError("not-an-image", f"the file begins with {head[:8]!r}, which no picture format begins with")


def _refuse_known(head: bytes) -> None:
    for magic, what in _REFUSED:
        if head.startswith(magic):
            raise ScanError("unsupported-format", f"this is {what}; {_ADVICE}")
    if head[4:8] == b"ftyp":
        brand = head[8:12].decode("latin-1")
        raise ScanError("unsupported-format", f"this is HEIC, AVIF, RAW or a film (brand {brand!r}); {_ADVICE}")
