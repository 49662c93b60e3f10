"""Do two pictures show the same print? Local features propose how one lies on the other, then the pixels decide.

Two frames that were exposed within a fraction of a second, with little moving before a still camera (neighbouring
frames of one film), pass for copies here: they differ less than an old print differs from its re-scan. Two viewpoints
of one place do not, nor frames between which somebody took a step.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Float64, Int64

from oldphoto_core.dedupe.features import Features, extract_features, mirrored
from oldphoto_core.dedupe.likeness import Overlay, likeness, overlay, unlike_places
from oldphoto_core.dedupe.movement import MOVED_BLOCKS, moved_blocks
from oldphoto_core.dedupe.orientation import ORIENTATIONS, Orientation, compose
from oldphoto_core.dedupe.records import Box, Candidate, DedupeSettings, Match
from oldphoto_core.image import Photo

RATIO = 0.85
"""Largest ratio of the distances of the best and the second best counterpart of a feature (Lowe's ratio test)."""

TOLERANCE_PX = 5.0
"""How far an agreeing feature may lie from its place, in pixels of the small copy (long side 512)."""

DISPLACED_PX = (10.0, 60.0)
"""How far a feature lies from its place that was displaced: by another viewpoint, or because it moved. Chance
counterparts lie anywhere, most of them farther away; a curled page or a lens moves features less."""

MOVED_PX = (8.0, 150.0)
"""How far something may have moved between two frames."""

TOGETHER_PX = 6.0
"""How far the features of one thing that moved may lie from their common shift."""

MOVED = 8
"""Features that moved together, and where they were there is something else now: this is another frame."""

MOST_SCALE = 8.0
"""Largest magnification of one small copy against the other."""

OtherPhoto = Float32[np.ndarray, "H2 W2 3"]
"""A photograph as ``Photo``, of another size than the first."""

Points = Float32[np.ndarray, "N 2"] | Float64[np.ndarray, "N 2"]

Affine = Float64[np.ndarray, "2 3"]
"""Takes a point (x, y, 1) of the second picture to its place on the first."""

Pairs = Int64[np.ndarray, "N 2"]
"""Numbers of a feature of the first picture and of its counterpart in the second."""


@dataclass(frozen=True, slots=True)
class _Placement:
    """How the second picture, perhaps mirrored, lies on the first."""

    affine: Affine
    inliers: int
    spread: float
    displaced: float
    moved: int
    overlay: Overlay


def verify(photo_a: Photo, photo_b: OtherPhoto, candidate: Candidate, settings: DedupeSettings) -> Match | None:
    """Return the match if both photographs show the same print, else None.

    Args:
        photo_a: The picture that ``candidate.a`` names; a long side of 512 pixels is enough.
        photo_b: The picture that ``candidate.b`` names.
        candidate: The pair; its transform says only whether to look for a mirrored picture first.
        settings: How sure to be.
    """
    return verify_features(extract_features(photo_a), extract_features(photo_b), candidate, settings)


def verify_features(a: Features, b: Features, candidate: Candidate, settings: DedupeSettings) -> Match | None:
    """Return the match if both pictures show the same print, else None; for features kept between pairs.

    The transform of the match is measured: the orientation nearest to how the second picture really lies.
    """
    mirror_first = candidate.transform.startswith("mirror")
    for mirror in (mirror_first, not mirror_first):
        placement = _place(a, mirrored(b) if mirror else b, settings)
        if placement is not None and _is_copy(placement, settings):
            return Match(
                a=candidate.a,
                b=candidate.b,
                relation="near",
                distance=candidate.distance,
                transform=_orientation(placement.affine, mirror=mirror),
                inliers=placement.inliers,
                overlap=placement.overlay.share_of_smaller,
                a_on_b=_box(_inverted(placement.affine), a.grey.shape, b.grey.shape, mirror=mirror),
                b_on_a=_box(placement.affine, b.grey.shape, a.grey.shape, mirror=False),
            )
    return None


def told_apart(a: Features, b: Features, settings: DedupeSettings) -> bool:
    """Return whether both show one scene, but not the same print: something moved between them, as on frames of a roll.

    Pictures of which nothing can be proven, different ones among them, are not told apart.
    """
    for one in (b, mirrored(b)):
        placement = _place(a, one, settings)
        if placement is not None and _fits(placement, settings):
            return _something_moved(placement)
    return False


def _place(a: Features, b: Features, settings: DedupeSettings) -> _Placement | None:
    """Return the placement that most features agree on, if it is one that a scanner could have made."""
    pairs = _counterparts(a, b)
    if len(pairs) < settings.least_inliers:
        return None
    on_a, on_b = a.points[pairs[:, 0]], b.points[pairs[:, 1]]
    affine, _ = cv2.estimateAffine2D(on_b, on_a, method=cv2.RANSAC, ransacReprojThreshold=TOLERANCE_PX)
    if affine is None or not _scanner_like(affine, settings):
        return None
    error = np.linalg.norm(on_b @ affine[:, :2].T + affine[:, 2] - on_a, axis=1)
    inliers = on_a[error <= TOLERANCE_PX]
    if len(inliers) < settings.least_inliers:
        return None
    laid = overlay(a.grey, b.grey, affine)
    spread = float(cv2.contourArea(cv2.convexHull(inliers))) / max(1.0, laid.area_px)
    displaced = int(np.sum((error >= DISPLACED_PX[0]) & (error <= DISPLACED_PX[1])))
    moved = _moved(on_a, on_b @ affine[:, :2].T + affine[:, 2], laid)
    return _Placement(affine, len(inliers), spread, displaced / (displaced + len(inliers)), moved, laid)


def _moved(on_a: Points, laid_b: Points, laid: Overlay) -> int:
    """Return how many features lie elsewhere by one common shift while their old place shows something else.

    In a row of windows, too, features find a neighbour of their counterpart; but there the old place looks the same.
    """
    shift = laid_b - on_a
    far = np.linalg.norm(shift, axis=1)
    some = np.flatnonzero((far >= MOVED_PX[0]) & (far <= MOVED_PX[1]))
    if len(some) < MOVED:
        return 0
    near = np.linalg.norm(shift[some, None] - shift[None, some], axis=2) <= TOGETHER_PX
    together = some[near[int(near.sum(axis=1).argmax())]]
    if len(together) < MOVED:
        return 0
    scale = max(laid.a.shape) / laid.long_side_px
    unlike = [unlike_places(laid, places[together].astype(np.float64) * scale) for places in (on_a, laid_b)]
    return int((unlike[0] | unlike[1]).sum())


def _is_copy(placement: _Placement, settings: DedupeSettings) -> bool:
    if not (_fits(placement, settings) and likeness(placement.overlay) >= settings.least_likeness):
        return False
    regular = placement.displaced <= settings.most_displaced
    if not regular and likeness(placement.overlay, quantile=0.25) < settings.regular_likeness:
        return False
    return not _something_moved(placement)


def _fits(placement: _Placement, settings: DedupeSettings) -> bool:
    """Return whether enough of one picture lies on the other, held by features from all over it."""
    enough = placement.overlay.share_of_smaller >= settings.least_overlap
    return enough and placement.spread >= settings.least_spread


def _something_moved(placement: _Placement) -> bool:
    """Return whether features or blocks prove that something stood elsewhere."""
    return placement.moved >= MOVED or moved_blocks(placement.overlay) >= MOVED_BLOCKS


def _counterparts(a: Features, b: Features) -> Pairs:
    """Return the features that are each other's best counterpart and clearly better than the second best."""
    if min(len(a.points), len(b.points)) < 2:
        return np.zeros((0, 2), dtype=np.int64)
    similarity = a.descriptors @ b.descriptors.T
    best, clear = _best_and_clear(similarity)
    back, _ = _best_and_clear(similarity.T)
    own = np.arange(len(a.points))
    keep = clear & (back[best] == own)
    return np.stack([own[keep], best[keep]], axis=1)


def _best_and_clear(similarity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the best column of each row, and whether it passes the ratio test against the second best."""
    best = similarity.argmax(axis=1)
    second = np.partition(similarity, -2, axis=1)[:, -2]
    first = similarity.max(axis=1)
    # The squared distance of unit vectors is 2 - 2 * similarity.
    return best, (1.0 - first) < RATIO**2 * (1.0 - second)


def _scanner_like(affine: Affine, settings: DedupeSettings) -> bool:
    """Return whether the placement is a turn and a scale, perhaps stretched along an edge, and no mirror."""
    large, small = np.linalg.svd(affine[:, :2], compute_uv=False)
    turned_over = np.linalg.det(affine[:, :2]) <= 0
    fits = small >= 1.0 / MOST_SCALE and large <= MOST_SCALE and large <= settings.most_stretch * small
    return bool(fits and not turned_over and _shear(affine) <= settings.most_shear)


def _shear(affine: Affine) -> float:
    """Return how far the edges of one picture are from a right angle on the other, as the cosine between them.

    A copy stretched along its own edges keeps the right angle one way round at least.
    """
    linear = affine[:, :2]
    length_product = np.linalg.norm(linear, axis=0).prod(), np.linalg.norm(linear, axis=1).prod()
    ways = abs(linear[:, 0] @ linear[:, 1]) / length_product[0], abs(linear[0] @ linear[1]) / length_product[1]
    return float(min(ways))


def _inverted(affine: Affine) -> Affine:
    """Return the placement of the first picture on the second."""
    back = np.linalg.inv(affine[:, :2])
    return np.concatenate([back, -back @ affine[:, 2:]], axis=1)


def _box(affine: Affine, size: tuple[int, ...], other: tuple[int, ...], *, mirror: bool) -> Box:
    """Return the frame of a picture (height, width) on another one, which may have been mirrored for the placement."""
    corners = np.array([[x, y, 1.0] for x in (0, size[1]) for y in (0, size[0])])
    # Places of pixels are those of their middles; edges lie half a pixel farther out.
    there = (corners - [0.5, 0.5, 0.0]) @ affine.T + 0.5
    low, high = np.clip([there.min(axis=0), there.max(axis=0)], 0.0, [other[1], other[0]]) / [other[1], other[0]]
    left = 1.0 - high[0] if mirror else low[0]
    return (float(left), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))


def _orientation(affine: Affine, *, mirror: bool) -> Orientation:
    """Return what was done to the first picture to get the second, to the nearest quarter turn."""
    # The affine turns b clockwise into a (y points down), so b is a turned the other way, then mirrored if at all.
    clockwise = math.atan2(affine[1, 0] - affine[0, 1], affine[0, 0] + affine[1, 1])
    turned = ORIENTATIONS[round(-clockwise / (math.pi / 2)) % 4]
    return compose(turned, "mirror") if mirror else turned
