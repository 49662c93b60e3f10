"""What may be set about finding references for a photograph."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalSettings:
    """How references are chosen from a set; equal settings give equal choices."""

    max_references: int = 3
    """Largest number of reference pictures one photograph draws on."""

    min_similarity: float = 0.7
    """Least similarity in [0, 1] at which a region may be served; see ``similarity`` for its meaning."""

    least_gain: float = 0.03
    """A further reference must add this share of the photograph, weighted by similarity, after its disagreement."""

    disagreement: float = 0.25
    """How much is taken off where a further reference disagrees in light or colour with one chosen before."""

    max_contradiction: float = 12.0
    """Largest distance of a* and b* between two regions, each seen from the mean of its picture; see ``tints``."""

    max_tint_distance: float = 30.0
    """Largest distance of a* and b* between two regions as they are."""

    shortlist: int = 200
    """References that are nearest as whole pictures and are looked at region by region."""

    region_hits: int = 50
    """Nearest regions of all references, for each region of the photograph, whose references are looked at too."""

    def __post_init__(self) -> None:
        """Refuse values that choose nothing or everything."""
        for name in ("max_references", "shortlist", "region_hits"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, found {getattr(self, name)}")
        for name in ("max_contradiction", "max_tint_distance"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name} must be above 0, found {getattr(self, name)}")
        for name in ("min_similarity", "least_gain", "disagreement"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must lie in [0, 1], found {getattr(self, name)}")
