"""What the search for copies takes and gives: settings, members, candidates, matches, groups."""

import math
from dataclasses import dataclass
from typing import Literal

from oldphoto_core.dedupe.fingerprint import HASH_BITS, Fingerprint
from oldphoto_core.dedupe.orientation import Orientation

Relation = Literal["bytes", "pixels", "near"]
"""How two objects are copies: the same file, the same decoded picture, or two scans of one print."""


Box = tuple[float, float, float, float]
"""Left, top, width and height of the upright frame around one picture as it lies on another, as shares of the width and
the height of that other as it is stored; cut off at its edges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DedupeSettings:
    """How alike two pictures must be. The values come from generated re-scans of training pictures."""

    radius: int = 17
    """Largest distance of two hashes that alone is worth a geometric check: differing bits of 128. Landmarks find what
    lies farther apart; every twelve bits more cost the index ten times the lookups."""

    least_relief: float = 0.015
    """Pictures plainer than this (``Fingerprint.relief``) are compared exactly only: their hashes are noise."""

    least_inliers: int = 10
    """Fewest local features that must agree on one placement of one picture on the other."""

    most_stretch: float = 2.0
    """Largest ratio of the two scales of that placement: copies are sometimes squeezed into another format."""

    most_shear: float = 0.1
    """Largest cosine between the axes of one picture as they lie on the other: a new viewpoint tilts them."""

    least_overlap: float = 0.6
    """Smallest share of the smaller picture that must lie on the other."""

    least_spread: float = 0.1
    """Smallest share of the overlap that the agreeing features must surround."""

    most_displaced: float = 0.25
    """Largest share of features that lie near their place but not on it; halves of a stereo card have 0.4."""

    regular_likeness: float = 0.8
    """Correlation that three blocks of four must reach to excuse more of those: windows of a facade look alike."""

    least_likeness: float = 0.5
    """Smallest median correlation, over the textured blocks of the overlap, of one picture with the other."""

    def __post_init__(self) -> None:
        """Refuse values that compare everything or nothing."""
        if not 0 <= self.radius < HASH_BITS:
            raise ValueError(f"radius must lie in [0, {HASH_BITS}), found {self.radius}")
        if self.least_inliers < 3:
            raise ValueError(f"a placement needs 3 features or more, found least_inliers={self.least_inliers}")
        if self.most_stretch < 1.0:
            raise ValueError(f"most_stretch is a ratio of 1 or more, found {self.most_stretch}")
        for name in (
            "most_shear",
            "most_displaced",
            "regular_likeness",
            "least_relief",
            "least_overlap",
            "least_spread",
            "least_likeness",
        ):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must lie in [0, 1], found {getattr(self, name)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One object of the collection, as the search for copies sees it."""

    id: str
    """Names the object; unique, although several objects may hold the same bytes."""

    sha256: str
    """Digest of the file; pages of one file share it."""

    pixel_digest: str
    """Digest of the decoded picture, see ``pixel_digest``."""

    fingerprint: Fingerprint
    """The perceptual hashes."""

    width_px: int
    """Width of the master; 0 if unknown, like the next two."""

    height_px: int
    """Height of the master."""

    bit_depth: int
    """Bits per channel of the master."""

    sharpness: float
    """Any measure that grows with sharpness, the same for all members."""

    known: bool
    """Whether the object was catalogued before this run."""

    def __post_init__(self) -> None:
        """Refuse sizes and measures that cannot be ranked."""
        if min(self.width_px, self.height_px, self.bit_depth) < 0 or not math.isfinite(self.sharpness):
            raise ValueError(
                f"{self.id} cannot have a negative size or depth or an endless sharpness, found {self.width_px} by "
                f"{self.height_px} pixels, {self.bit_depth} bits, sharpness {self.sharpness}"
            )

    def same_picture(self, other: "Member") -> bool:
        """Return whether both decode to the same pixels."""
        return self.pixel_digest == other.pixel_digest

    def same_file(self, other: "Member") -> bool:
        """Return whether both are the same bytes and, in a file of several pages, the same page."""
        return self.sha256 == other.sha256 and self.same_picture(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Two pictures whose hashes are close: worth a geometric check, proof of nothing."""

    a: str
    """Identifier of the one, the smaller string."""

    b: str
    """Identifier of the other."""

    distance: int
    """Differing bits of 128 (64 of pHash, 64 of dHash) in the best pairing of views."""

    transform: Orientation
    """What was done to ``a`` to get ``b``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Two objects that show the same print."""

    a: str
    """Identifier of the one, the smaller string."""

    b: str
    """Identifier of the other."""

    relation: Relation
    """How they are copies."""

    distance: int
    """Differing bits of 128; 0 for exact relations."""

    transform: Orientation
    """What was done to ``a`` to get ``b``; ``identity`` for exact relations."""

    inliers: int | None
    """Local features that agree on one placement; None for exact relations."""

    overlap: float | None
    """Share of the smaller picture that lies on the other, in [0, 1]; None for exact relations."""

    a_on_b: Box | None = None
    """Where ``a`` lies on ``b``; None for exact relations, or where it was not measured."""

    b_on_a: Box | None = None
    """Where ``b`` lies on ``a``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A member of a group, seen from the primary."""

    id: str
    """Names the object."""

    relation: Relation
    """How it is a copy of the primary."""

    distance: int
    """Differing bits of 128 to the primary; along the shortest chain of matches where no direct one exists."""

    transform: Orientation
    """What was done to the primary to get this member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyGroup:
    """All objects that show one print."""

    primary: str
    """Identifier of the best one."""

    members: tuple[Copy, ...]
    """The others, by identifier; at least one."""
