"""What a person may choose about the diagnosis."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DiagnosisSettings:
    """Sizes that bound the cost, and how cautious the mask is.

    Examples:
        >>> DiagnosisSettings(mask_long_side_px=512).mask_long_side_px
        512
    """

    view_long_side_px: int = 1024
    """Blur, noise, tone and cast are judged with the long side reduced to this many pixels."""

    mask_long_side_px: int = 2048
    """The mask is drawn with the long side reduced to this many pixels, and enlarged again."""

    caution: float = 0.0
    """Log odds that a line or a speck must have beyond even; more marks less and saves more real detail."""

    largest_masked_stain: float = 0.005
    """Share of the picture. A larger stain is reported but left out of the mask: the picture still shows through it,
    so it wants a change of tone, not painting over."""

    def __post_init__(self) -> None:
        """Refuse sizes at which nothing can be measured, and shares outside [0, 1]."""
        if self.view_long_side_px < 64 or self.mask_long_side_px < 64:
            raise ValueError(
                "view_long_side_px and mask_long_side_px must be at least 64, "
                f"found {self.view_long_side_px} and {self.mask_long_side_px}"
            )
        if not 0.0 <= self.largest_masked_stain <= 1.0:
            raise ValueError(f"largest_masked_stain must lie in [0, 1], found {self.largest_masked_stain}")
