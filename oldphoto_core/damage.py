"""The words for damage: kinds, severity in [0, 1], the report."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

DamageKind = Literal[
    "blur",
    "noise",
    "fading",
    "colour-cast",
    "low-contrast",
    "jpeg-blocks",
    "low-resolution",
    "scratch",
    "crease",
    "stain",
    "tear",
    "dust",
]
"""Kinds of damage a report speaks of; ``noise`` includes grain, ``stain`` foxing, ``tear`` missing parts."""

DAMAGE_KINDS: tuple[DamageKind, ...] = get_args(DamageKind)

STRUCTURED_KINDS: frozenset[DamageKind] = frozenset({"scratch", "crease", "stain", "tear", "dust"})
"""Kinds that lie on some pixels and not on others, and so have a mask."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How sure we are that one kind of damage is there, and how bad it is."""

    probability: float
    """Belief that the damage is present, in [0, 1]."""

    severity: float
    """How much of it there is if present: 0 none, 0.5 plainly visible, 1 the picture is lost to it."""

    def __post_init__(self) -> None:
        """Refuse values outside [0, 1]."""
        for name in ("probability", "severity"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} must lie in [0, 1], found {value}")


@dataclass(frozen=True, slots=True)
class DamageReport:
    """What is wrong with one photograph.

    Examples:
        >>> nothing = {kind: Finding(0.0, 0.0) for kind in DAMAGE_KINDS}
        >>> DamageReport(findings=nothing, mask_share=0.0, measures={}).present()
        ()
    """

    findings: Mapping[DamageKind, Finding]
    """One finding for each of the twelve kinds, none left out."""

    mask_share: float
    """Share of the picture under the mask of structured damage, in [0, 1]."""

    measures: Mapping[str, float]
    """The raw measurements the findings rest on, with the unit in the name (``noise_sigma`` in [0, 1])."""

    def __post_init__(self) -> None:
        """Refuse a report that leaves kinds out."""
        missing = [kind for kind in DAMAGE_KINDS if kind not in self.findings]
        if missing or len(self.findings) != len(DAMAGE_KINDS):
            raise ValueError(f"a report names all of {DAMAGE_KINDS} and no other; found {tuple(self.findings)}")
        if not 0.0 <= self.mask_share <= 1.0:
            raise ValueError(f"mask_share must lie in [0, 1], found {self.mask_share}")

    def present(self, threshold: float = 0.5) -> tuple[DamageKind, ...]:
        """Return the kinds whose probability reaches the threshold, in the fixed order."""
        return tuple(kind for kind in DAMAGE_KINDS if self.findings[kind].probability >= threshold)
