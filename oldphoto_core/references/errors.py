"""What can be wrong with a set of references."""

from oldphoto_core.errors import OldPhotoError


class BadSetError(OldPhotoError, ValueError):
    """The stored numbers of a set are not what they should be."""


class DescriberError(OldPhotoError, ValueError):
    """What should describe pictures is not there, or cannot."""
