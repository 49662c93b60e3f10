"""What became of each face that was found."""

from dataclasses import dataclass
from typing import Literal

from oldphoto_core.faces.align import DetectedFace, GeometryProblem

FaceOutcome = Literal["restored", "too-small", "bad-output"] | GeometryProblem
"""What became of a face; all but the first leave the photograph as it is there."""


@dataclass(frozen=True, slots=True)
class FaceRecord:
    """What was done about one face."""

    face: DetectedFace
    """Box, landmarks and score, as the detector gave them."""

    outcome: FaceOutcome
    """Restored, or why not."""

    mean_change: float
    """Mean change of a value in the face, weighted by the mask, in [0, 1]; 0 if it was not restored."""

    @property
    def accepted(self) -> bool:
        """Whether the mended face is in the picture."""
        return self.outcome == "restored"
