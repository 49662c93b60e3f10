"""How far a style may move colours, whatever references say; see ``style_restraint``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RestraintSettings:
    """How far colours may go."""

    max_skin_hue_deg: float = 8.0
    """Largest turn of the CIELAB hue of skin beyond where it was and where preferred skin lies, in degrees."""

    max_skin_chroma_gain: float = 1.5
    """Largest factor on the chroma of skin; what a cast added may go."""

    neutral_chroma: float = 6.0
    """CIELAB chroma up to which a colour counts as neutral; up to twice of it, in part."""

    max_neutral_tint: float = 4.0
    """CIELAB chroma that a neutral colour may gain."""

    max_delta_e: float = 45.0
    """Largest change of any pixel, as Euclidean distance in CIELAB (CIE 1976)."""

    def __post_init__(self) -> None:
        """Refuse bounds that bound nothing."""
        if not 0.0 <= self.max_skin_hue_deg <= 180.0:
            raise ValueError(f"max_skin_hue_deg must lie in [0, 180], found {self.max_skin_hue_deg}")
        if self.max_skin_chroma_gain < 1.0:
            raise ValueError(f"max_skin_chroma_gain is a factor of at least 1, found {self.max_skin_chroma_gain}")
        for name in ("neutral_chroma", "max_neutral_tint", "max_delta_e"):
            if getattr(self, name) <= 0.0:
                raise ValueError(f"{name} must be above 0, found {getattr(self, name)}")
