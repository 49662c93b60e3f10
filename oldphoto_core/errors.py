"""OldPhotoError and one class per thing a caller can do about it."""

from typing import Literal

ScanProblem = Literal[
    "empty",
    "truncated",
    "not-an-image",
    "unsupported-format",
    "too-many-pixels",
    "too-many-bytes",
    "too-small",
    "decode-error",
]
"""Why a scan cannot be used; stored as the reason of a quarantined asset."""


class OldPhotoError(Exception):
    """Something about a photograph, a setting or a network that the caller can act on."""


class PhotoShapeError(OldPhotoError, ValueError):
    """An array is not a photograph of the expected shape, type or range.

    Attributes:
        found: The offending shape, type or range, in words.
        expected: What was expected, in words.
    """

    def __init__(self, *, found: str, expected: str) -> None:
        """Keep the facts and word the message."""
        super().__init__(f"expected {expected}, found {found}")
        self.found = found
        self.expected = expected


class ScanError(OldPhotoError, ValueError):
    """A file cannot be read as a scan; the batch goes on without it.

    Attributes:
        problem: A short code from a closed set, for counting.
        detail: One sentence for a person: what was found, what was expected.
    """

    def __init__(self, problem: ScanProblem, detail: str) -> None:
        """Keep the code and the sentence."""
        super().__init__(f"{problem}: {detail}")
        self.problem: ScanProblem = problem
        self.detail = detail


class NothingToFillFromError(OldPhotoError, ValueError):
    """The mask of damage leaves nothing sound to fill the damage from."""


class DeviceError(OldPhotoError, ValueError):
    """There is no such device on this machine."""
