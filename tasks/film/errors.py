"""What can be wrong with a reel, or with the machine that is to read it."""

from typing import Literal

from oldphoto_core.errors import OldPhotoError

ReelProblem = Literal[
    "not-a-film",
    "no-video",
    "no-frames",
    "mixed-sizes",
    "unsupported-format",
    "decode-error",
    "changed-while-reading",
]
"""Why a reel cannot be used; stored as the reason of a quarantined asset."""


class ReelError(OldPhotoError, ValueError):
    """A reel cannot be read.

    Attributes:
        problem: A short code from a closed set, for counting.
        detail: One sentence for a person: what was found, what was expected.
    """

    def __init__(self, problem: ReelProblem, detail: str) -> None:
        """Keep the code and the sentence."""
        super().__init__(f"{problem}: {detail}")
        self.problem: ReelProblem = problem
        self.detail = detail


class FilmArgumentError(ValueError):
    """What was asked for cannot be done with any reel: a destination that holds no film, one that is the source."""


class FilmExtraMissingError(FilmArgumentError):
    """The library that reads and writes video is not installed."""

    def __init__(self) -> None:
        """Word the message."""
        super().__init__("films need the video libraries, which are not installed: pip install 'oldphoto[film]'")


class VerificationError(OldPhotoError, RuntimeError):
    """What was written does not decode to the frames that were restored; nothing was put in its place."""
