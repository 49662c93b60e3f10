"""What a person may choose about the diagnosis."""

from dataclasses import dataclass
from typing import Literal

DiagnosisEngine = Literal["classical", "own"]
"""Who judges: measurements alone, or our own networks with them."""


@dataclass(frozen=True, slots=True)
class DiagnosisSettings:
    """Sizes that bound the cost, and how cautious the mask is.

    Examples:
        >>> DiagnosisSettings(mask_long_side_px=512).mask_long_side_px
        512
    """

    engine: DiagnosisEngine = "own"
    """Who judges."""

    view_long_side_px: int = 1024
    """Blur, noise, tone and cast are judged with the long side reduced to this many pixels."""

    mask_long_side_px: int = 2048
    """The mask is drawn with the long side reduced to this many pixels, and enlarged again."""

    caution: float = 0.0
    """Log odds that a line or a speck must have beyond even; more marks less and saves more real detail."""

    largest_masked_stain: float = 0.005
    """Share of the picture. A larger stain is reported but left out of the mask: the picture still shows through it,
    so it wants a change of tone, not painting over."""

    report_long_side_px: int = 640
    """Structured damage is drawn for the report of the own networks with the long side reduced to this many pixels:
    about the size of the pictures they learned from."""

    drawn_long_side_px: int = 1280
    """The same for their mask; it is enlarged again."""

    least_to_mask: float = 0.8
    """Probability of a kind in the report of the own networks below which nothing is masked for it, in [0, 1]; for some
    kinds the weights ask for more (``mask_rules``). Of 42 sound photographs held out of training, filling touched five
    from 0.5 on and none from 0.75 on; one of seven that come with scikit-image was still filled then, at 0.79."""

    def __post_init__(self) -> None:
        """Refuse sizes at which nothing can be measured, and shares outside [0, 1]."""
        for name in ("view_long_side_px", "mask_long_side_px", "report_long_side_px", "drawn_long_side_px"):
            if getattr(self, name) < 64:
                raise ValueError(f"{name} must be at least 64, found {getattr(self, name)}")
        for name in ("largest_masked_stain", "least_to_mask"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must lie in [0, 1], found {getattr(self, name)}")
