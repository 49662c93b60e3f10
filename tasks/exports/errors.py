"""What can go wrong with an export."""

from oldphoto_core.errors import OldPhotoError


class ExportError(OldPhotoError):
    """An export could not be made; nothing half-written was left."""


class ExportArgumentsError(ExportError, ValueError):
    """What was asked for cannot be exported to where, or as what, was asked."""


class ExportPackagesError(ExportError):
    """A library that only exports need is not installed."""

    def __init__(self, package: str) -> None:
        """Say which one, and how to get it."""
        super().__init__(f"{package} is not installed; install it with: pip install 'oldphoto[archive]'")
