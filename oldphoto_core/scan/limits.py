"""How large a scan may be before it is refused unread."""

from dataclasses import dataclass

from oldphoto_core.errors import ScanError


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanLimits:
    """The sizes within which a file is read; they are checked on the header, before any pixel is decoded."""

    max_bytes: int = 4 * 1024**3
    """Largest file, in bytes."""

    max_pixels: int = 300_000_000
    """Largest picture, in pixels (width times height)."""

    min_side_px: int = 16
    """Shortest side that can be a photograph, in pixels."""

    max_pages: int = 1000
    """Most pages one file may hold."""

    def __post_init__(self) -> None:
        """Refuse limits that no file could meet."""
        for name in ("max_bytes", "max_pixels", "min_side_px", "max_pages"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, found {getattr(self, name)}")

    def check_bytes(self, size_bytes: int) -> None:
        """Refuse a file that is empty or too large.

        Raises:
            ScanError: ``empty`` or ``too-many-bytes``.
        """
        if size_bytes == 0:
            raise ScanError("empty", "the file has no bytes; copy it again from its source")
        if size_bytes > self.max_bytes:
            raise ScanError("too-many-bytes", f"the file has {size_bytes} bytes, at most {self.max_bytes} are read")

    def check_size(self, *, width: int, height: int, pages: int) -> None:
        """Refuse a picture by the size its header states, in pixels, and by its number of pages.

        Raises:
            ScanError: ``too-small`` or ``too-many-pixels``.
        """
        if min(width, height) < self.min_side_px:
            detail = f"the picture is {width} x {height} pixels, a side needs at least {self.min_side_px}"
            raise ScanError("too-small", detail)
        if width * height > self.max_pixels:
            detail = f"the header states {width} x {height} pixels, at most {self.max_pixels} are decoded"
            raise ScanError("too-many-pixels", detail)
        if pages > self.max_pages:
            raise ScanError("too-many-pixels", f"the file has {pages} pages or more, at most {self.max_pages} are read")
