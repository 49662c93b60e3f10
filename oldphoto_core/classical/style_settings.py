"""What may be set about giving a photograph a modern look, and the bounds that hold whatever the references say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from oldphoto_core.classical.style_bounds import RestraintSettings

StyleEngineName = Literal["classical", "own", "official"]
"""Measured statistics, the project's own network, or the published networks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleSettings:
    """How a photograph takes its style from references; equal settings give equal pictures."""

    engine: StyleEngineName = "classical"
    """Which engine does the work."""

    max_references: int = 3
    """Largest number of reference pictures one photograph draws on."""

    min_similarity: float = 0.7
    """Least similarity in [0, 1] at which a reference region may serve; see ``style_matching`` for its meaning."""

    strength: float = 0.4
    """Share of the way to a reference region's look that a plainly faded picture goes at similarity 1, in [0, 1]; of
    the classical engine."""

    learned_strength: float = 1.0
    """Share of the way that a learned engine goes, in [0, 1]."""

    spare_modern: bool = True
    """Whether a learned engine leaves photographs alone whose tones look modern already; the classical engine's changes
    shrink with fading anyway."""

    network_side_px: int = 512
    """Longer side at which the published networks see photograph and references, in pixels; memory grows with its
    square."""

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
    """Least similarity of edges before and after, in [0, 1]; below it the result is rejected. Of the classical engine,
    whose tone curve alone moves it."""

    min_learned_edge_ssim: float = 0.9
    """The same of learned engines. A result below it is taken back towards the photograph first, see ``gentler``."""

    gentler: tuple[float, ...] = (1.0, 0.8, 0.6, 0.4)
    """Shares of a learned engine's change that are tried, from the largest, until one does no harm."""

    min_served_share: float = 0.02
    """Least share of the picture that references must serve by a learned engine's own weights; below it nothing is
    done."""

    max_clipped_share: float = 0.02
    """Largest share of pixels that may newly lose a channel to black or white."""

    max_reversed_share: float = 0.005
    """Largest share of visible lightness steps that may change direction."""

    max_chroma_growth: float = 1.6
    """Largest factor on the 99th percentile of chroma; beyond it the colours have exploded."""

    min_contrast_kept: float = 0.75
    """Least share of the gradient of luma that must be left; below it the picture has been flattened."""

    restraint: RestraintSettings = field(default_factory=RestraintSettings)
    """How far skin, neutral colours and any colour may go."""

    def __post_init__(self) -> None:
        """Refuse settings under which the bounds would not hold."""
        for name in _SHARES:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must lie in [0, 1], found {getattr(self, name)}")
        for name in _FACTORS:
            if getattr(self, name) < 1.0:
                raise ValueError(f"{name} is a factor of at least 1, found {getattr(self, name)}")
        for name, (low, high) in _RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must lie in [{low}, {high}], found {getattr(self, name)}")
        if not self.gentler or not all(0.0 < share <= 1.0 for share in self.gentler):
            raise ValueError(f"gentler needs shares above 0 and up to 1, found {self.gentler}")


_SHARES: Final = (
    "min_similarity",
    "strength",
    "learned_strength",
    "tone_strength",
    "min_edge_ssim",
    "min_learned_edge_ssim",
    "min_served_share",
    "min_contrast_kept",
)
_FACTORS: Final = ("max_exponent", "max_white_gain", "max_contrast_gain", "max_chroma_gain", "max_chroma_growth")
_RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "max_references": (1, 8),
    "regions": (1, 255),
    "smoothing_px": (1, 1024),
    "working_side_px": (32, 1024),
    "network_side_px": (128, 2048),
    "max_lightness_shift": (0.0, 9.0),
    "max_contrast_gain": (1.0, 1.25),
}
