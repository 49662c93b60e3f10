"""Which references one photograph draws on, and which region of which of them serves each of its regions."""

from dataclasses import dataclass

from oldphoto_core.classical.regions import Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionChoice:
    """What was found for one region of a photograph."""

    region: int
    """Its label, from 0 at the top of the picture downwards."""

    share: float
    """Share of the photograph it covers, in (0, 1]."""

    reference_id: str | None
    """SHA-256 of the reference that serves it; None: nothing fits well enough, the region keeps its own style."""

    reference_region: int | None
    """Label of the region of that reference; None without a reference."""

    similarity: float
    """How well it fits, in [0, 1]; 0 without a reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The references of one photograph."""

    references: tuple[str, ...]
    """SHA-256 of the references that serve a region, the most useful first; empty if none fits."""

    labels: Labels
    """The region of each pixel of the photograph at the describer's working size."""

    regions: tuple[RegionChoice, ...]
    """One entry for each label, in order; their shares add up to 1."""

    @property
    def coverage(self) -> float:
        """Share of the photograph that some reference serves, in [0, 1]."""
        return float(sum(region.share for region in self.regions if region.reference_id is not None))
