"""What can go wrong with weights, one class per thing a person can do about it."""

from oldphoto_core.errors import OldPhotoError


class ModelError(OldPhotoError):
    """Something about installed or fetched weights that a person can act on."""


class UnknownModelError(ModelError, ValueError):
    """No weights have this name."""


class ModelMissingError(ModelError):
    """The weights are not installed; the message holds the command that fetches them."""


class ModelChangedError(ModelError):
    """Bytes are not those whose digest was recorded or published.

    Attributes:
        expected: SHA-256 on record.
        found: SHA-256 of the bytes.
    """

    def __init__(self, message: str, *, expected: str, found: str) -> None:
        """Keep the facts; both digests are appended to the message."""
        super().__init__(f"{message}\n  expected {expected}\n  found    {found}")
        self.expected = expected
        self.found = found


class NotWeightsError(ModelError):
    """An archive, folder or file does not hold the weights that were looked for, or is damaged."""


class LedgerError(ModelError):
    """The ledger of installed weights cannot be read."""


class UnreachableError(ModelError):
    """A file could not be downloaded.

    Attributes:
        address: What was asked for.
        reason: Why it did not come, in words.
    """

    def __init__(self, address: str, reason: str, advice: str = "") -> None:
        """Keep the facts."""
        super().__init__(f"cannot fetch {address}: {reason}{advice and chr(10)}{advice}")
        self.address = address
        self.reason = reason
