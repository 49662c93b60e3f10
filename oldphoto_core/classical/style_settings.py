"""What may be set about giving a photograph a modern look, and the bounds that hold whatever the references say."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleSettings:
    """How a photograph takes its style from references; equal settings give equal pictures."""

    engine: Literal["classical"] = "classical"
    """Which engine does the work."""

    max_references: int = 3
    """Largest number of reference pictures one photograph draws on."""

    min_similarity: float = 0.7
    """Least similarity in [0, 1] at which a reference region may serve; see ``style_matching`` for its meaning."""

    strength: float = 0.4
    """Share of the way to a reference region's look that a plainly faded picture goes at similarity 1, in [0, 1]."""

    tone_strength: float = 0.8
    """Share of the way to the tones modern pictures agree on (deep shadows, clean white) at full fading, in [0, 1]."""

    regions: int = 6
    """Largest number of regions a photograph is divided into."""

    working_side_px: int = 320
    """Longer side at which regions and parameter maps are computed, in pixels."""

    smoothing_px: int = 20
    """Radius of the guided filter that turns region values into maps, in pixels at the working size."""

    max_exponent: float = 2.2
    """Largest power a colour channel is raised to; bounds darkening and the growth of grain."""

    max_white_gain: float = 1.15
    """Largest factor a colour channel is brightened by."""

    max_lightness_shift: float = 8.0
    """Largest change of L* that a reference may cause, in CIELAB units; at most 9."""

    max_tint_shift: float = 8.0
    """Largest change of a* and of b* that a reference may cause before chroma gain, in CIELAB units."""

    max_contrast_gain: float = 1.2
    """Largest factor, and inverse of the least, on the lightness spread of a region; at most 1.25."""

    max_chroma_gain: float = 1.25
    """Largest factor, and inverse of the least, on the tint spread of a region."""

    min_second_hue: float = 1.1
    """Least ``second_hue`` of a colour photograph, in CIELAB units; below it an unevenly toned print is assumed."""

    min_edge_ssim: float = 0.8
    """Least similarity of edges before and after, in [0, 1]; below it the result is rejected."""

    max_clipped_share: float = 0.02
    """Largest share of pixels that may newly lose a channel to black or white."""

    max_reversed_share: float = 0.005
    """Largest share of visible lightness steps that may change direction."""

    max_chroma_growth: float = 1.6
    """Largest factor on the 99th percentile of chroma; beyond it the colours have exploded."""

    def __post_init__(self) -> None:
        """Refuse settings under which the bounds would not hold."""
        for name in ("min_similarity", "strength", "tone_strength", "min_edge_ssim"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must lie in [0, 1], found {getattr(self, name)}")
        for name in ("max_exponent", "max_white_gain", "max_contrast_gain", "max_chroma_gain", "max_chroma_growth"):
            if getattr(self, name) < 1.0:
                raise ValueError(f"{name} is a factor of at least 1, found {getattr(self, name)}")
        for name in ("max_references", "regions", "smoothing_px"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, found {getattr(self, name)}")
        if not 32 <= self.working_side_px <= 1024:
            raise ValueError(f"working_side_px must lie in [32, 1024], found {self.working_side_px}")
        if not 0.0 <= self.max_lightness_shift <= 9.0 or self.max_contrast_gain > 1.25:
            found = (self.max_lightness_shift, self.max_contrast_gain)
            raise ValueError(f"need max_lightness_shift in [0, 9] and max_contrast_gain <= 1.25, found {found}")
