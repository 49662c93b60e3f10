"""Scratches, creases and dust: candidates scored, evidence summed, and a mask of what is believed.

Precision comes first: what the mask covers is painted over later, so a rope taken for a scratch is a rope lost. A
photograph must hold evidence that hardly any clean one holds before anything is marked; only then are the candidates
that score well believed.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Float64

from oldphoto_core.diagnosis.components import Components
from oldphoto_core.diagnosis.lines import FEATURES, Field, Level, describe, find_lines
from oldphoto_core.diagnosis.parallels import have_parallels
from oldphoto_core.diagnosis.scores import DARK_LINE, LIGHT_LINE, LIGHT_SPECK
from oldphoto_core.diagnosis.specks import describe_specks, find_specks
from oldphoto_core.diagnosis.toning import is_one_tone, off_curve
from oldphoto_core.diagnosis.views import enlarge_mask, shrink
from oldphoto_core.image import Mask, Photo, luma

SMALLEST_LEVEL_PX = 400
"""Lines are sought at full size, half, a quarter, while the long side has at least so many pixels."""

CREASE_LENGTH = 0.5
"""A line longer than this share of the short side is a crease, a shorter one a scratch."""

BORDER = 0.05
"""Share of a side; lines that run within it are frames and the edges of prints."""

USUAL_AREA_PX = 3.0e5
"""Size of the photographs that the scores were fitted on; larger ones hold more false candidates."""

LINE_EVIDENCE = 4.2
"""Log odds, raised by ``DOUBT``, where positive, summed over the lines: enough to mark them. 1 of 100 clean photographs
have more."""

SPECK_EVIDENCE = 80.0
"""The same for specks, times area in pixels."""

SUPPORT = 0.5
"""Neglect shows in more than one way: evidence of specks, as a share of what is needed and up to all of it, lends so
much to lines, and the other way round."""

DOUBT = 0.7
"""Log odds added to each candidate when evidence is summed: many doubtful cracks are as telling as one sure one."""

COLOUR_WEIGHT = 0.7
"""Weight of the evidence in a colour photograph, whose scenes hold more that passes for damage."""

LARGEST_SPECK_PX = 15
"""Area in pixels beyond which a speck tells no more: one large light spot is not a dusty print."""

LINE_BELIEVED = 1.0
"""Log odds from which a line is marked, once the photograph has the evidence."""

MOST_BONUS = 0.7
"""Log odds that each line gains at most where there is more evidence than needed: on a ruin faint lines count."""

SPECK_BELIEVED = -0.6
"""The same for specks."""

MOST_FLANK_DIFFERENCE = 0.8
"""A line whose sides differ by nearly its own rise is the lit rim of something: a nose, a hem, a roof."""

MOST_AREA = 9.0
"""Pixels of area for each of extent; a group with more is a net of lines: mortar, lattice, a fence."""

NEVER = -99.0


@dataclass(frozen=True, slots=True)
class Marks:
    """Masks at the size of the photograph, and the evidence for each."""

    scratch: Mask
    """Lines up to half the short side."""

    crease: Mask
    """Longer lines."""

    dust: Mask
    """Specks."""

    scratch_evidence: float
    """Evidence of lines over what is needed to mark them; less if most of it comes from long ones."""

    crease_evidence: float
    """The same; less if most of it comes from short ones."""

    speck_evidence: float
    """Evidence of specks over what is needed to mark them."""


@dataclass(frozen=True, slots=True)
class _Scored:
    """The line candidates of one level and one polarity."""

    lines: Components
    log_odds: Float64[np.ndarray, " N"]
    long: Bool[np.ndarray, " N"]

    def evidence(self, *, long: bool) -> float:
        """Return the log odds raised by ``DOUBT``, where positive, summed over the long or the short lines."""
        return float(np.maximum(self.log_odds[self.long == long] + DOUBT, 0.0).sum())


def find_marks(photo: Photo, *, caution: float) -> Marks:
    """Return scratches, creases and dust; masks at the size of the photograph, empty without enough evidence.

    Args:
        photo: The photograph, at the size at which the mask is wanted.
        caution: Log odds taken off every candidate.
    """
    toned = is_one_tone(photo)
    weight, support = (1.0, SUPPORT) if toned else (COLOUR_WEIGHT, 0.0)
    levels = [_score_lines(view, caution, toned=toned) for view in _pyramid(photo)]
    short, long = (weight * _strongest(levels, long=is_long) for is_long in (False, True))
    shape = photo.shape[0], photo.shape[1]
    scratch, crease = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    dust, specks = _find_dust(photo, caution, toned=toned)
    specks *= weight
    lines_share = (short + long) / LINE_EVIDENCE + support * min(1.0, specks / SPECK_EVIDENCE)
    specks_share = specks / SPECK_EVIDENCE + support * min(1.0, (short + long) / LINE_EVIDENCE)
    if lines_share >= 1.0:
        bonus = min(MOST_BONUS, lines_share - 1.0)
        for scored in (one for level in levels for one in level):
            good = scored.log_odds > LINE_BELIEVED - bonus
            scratch |= _grown(scored.lines.paint(good & ~scored.long), shape)
            crease |= _grown(scored.lines.paint(good & scored.long), shape)
    if specks_share < 1.0:
        dust[:] = False
    total = max(short + long, 1e-9)
    return Marks(
        scratch=scratch,
        crease=crease & ~scratch,
        dust=dust & ~scratch & ~crease,
        scratch_evidence=lines_share * min(1.0, 2.0 * short / total),
        crease_evidence=lines_share * min(1.0, 2.0 * long / total),
        speck_evidence=specks_share,
    )


def _pyramid(photo: Photo) -> list[Float32[np.ndarray, "_ _ 3"]]:
    """Return the photograph, its half, its quarter, down to the smallest level."""
    views = [photo]
    while max(views[-1].shape[:2]) >= 2 * SMALLEST_LEVEL_PX:
        views.append(shrink(views[-1], max(views[-1].shape[:2]) // 2))
    return views


def _score_lines(view: Photo, caution: float, *, toned: bool) -> tuple[_Scored, _Scored]:
    """Return the light and the dark lines of one level with their log odds."""
    level, chroma = _level(view), _excess_chroma(view, toned=toned)
    scored = []
    for tone, score in ((level, LIGHT_LINE), (255 - level, DARK_LINE)):
        ridges = find_lines(tone)
        description = describe(tone, chroma, ridges)
        log_odds = score.log_odds(description)
        log_odds[description[:, FEATURES.index("log_flank_difference")] > np.log(MOST_FLANK_DIFFERENCE)] = NEVER
        log_odds[_hugs_border(ridges.lines)] = NEVER
        log_odds[ridges.lines.areas > MOST_AREA * ridges.lines.extent_px()] = NEVER
        log_odds[have_parallels(ridges.lines, log_odds > -DOUBT)] = NEVER
        log_odds -= caution
        long = ridges.lines.extent_px() > CREASE_LENGTH * min(tone.shape)
        scored.append(_Scored(lines=ridges.lines, log_odds=log_odds, long=long))
    return scored[0], scored[1]


def _strongest(levels: list[tuple[_Scored, _Scored]], *, long: bool) -> float:
    """Return the evidence of the level that has most of it: the same scratch may show on several."""
    return max(
        sum(one.evidence(long=long) for one in level) / _excess_area(level[0].lines.shape) ** 0.5 for level in levels
    )


def _find_dust(photo: Photo, caution: float, *, toned: bool) -> tuple[Mask, float]:
    """Return the mask of believed specks, and the evidence of specks for a photograph of the usual area.

    Only light specks: dust on a negative prints light, and dark specks cannot be told from birds, aircraft and people
    far away.
    """
    level, chroma = _level(photo), _excess_chroma(photo, toned=toned)
    specks, rise = find_specks(level)
    log_odds = LIGHT_SPECK.log_odds(describe_specks(level, chroma, specks, rise)) - caution
    log_odds[_hugs_border(specks)] = NEVER
    evidence = np.maximum(log_odds + DOUBT, 0.0) * np.minimum(specks.areas, LARGEST_SPECK_PX)
    mask = specks.paint(log_odds > SPECK_BELIEVED)
    return _grown(mask, specks.shape), float(evidence.sum()) / _excess_area(specks.shape)


def _excess_area(shape: tuple[int, int]) -> float:
    """Return how many times larger than usual a picture is, at least 1."""
    return max(1.0, shape[0] * shape[1] / USUAL_AREA_PX)


def _hugs_border(found: Components) -> Bool[np.ndarray, " N"]:
    """Return which groups lie wholly within the border of the scan."""
    height, width = found.shape
    left, top, wide, high = found.boxes.T
    across, down = BORDER * width, BORDER * height
    return (left + wide < across) | (left > width - across) | (top + high < down) | (top > height - down)


def _grown(mask: Mask, shape: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    """Return a mask one pixel wider, for the soft rim of a mark, at the size of the photograph."""
    return enlarge_mask(cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_), shape)


def _level(photo: Photo) -> Level:
    """Return luma in 8-bit steps."""
    return np.rint(np.clip(luma(photo), 0.0, 1.0) * 255.0).astype(np.uint8)


def _excess_chroma(photo: Photo, *, toned: bool) -> Field:
    """Return CIE Lab chroma less what is usual: in the picture, or in a toned print at the same lightness."""
    lab = cv2.cvtColor(np.clip(photo, 0.0, 1.0), cv2.COLOR_RGB2LAB)
    chroma = cv2.magnitude(lab[..., 1], lab[..., 2])
    return off_curve(lab[..., 0], chroma) if toned else chroma - np.float32(np.median(chroma))
