"""Times of frames: those that were promised and did not come, and whether they come at one rate."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from tasks.film.facts import Stamp

MOST_LOST = 0.5
"""Where more of the packets than this gave no frame, packets are no frames here (fields, for one), and none is lost."""

REGULAR = 0.9
"""Share of the distances between frames that must be one period for a rate to be called steady in spite of holes."""


def merged(found: Sequence[Stamp], promised: Sequence[int]) -> list[Stamp]:
    """Return the frames that came and, in their places, those whose packet came and gave none.

    Args:
        found: The frames that decoded, in the order shown.
        promised: Times of the packets, in any order.

    Examples:
        >>> [stamp.repair for stamp in merged([Stamp(pts=0), Stamp(pts=2)], [0, 2, 1])]
        [None, 'repeated', None]
    """
    missing = Counter(promised) - Counter(stamp.pts for stamp in found)
    lost = [Stamp(pts=pts, repair="repeated") for pts in missing.elements() if missing[pts] == 1]
    if not promised or len(lost) > MOST_LOST * len(promised):
        return list(found)
    return sorted([*found, *lost], key=lambda stamp: stamp.pts)


def steady_rate(
    stamps: Sequence[Stamp], time_base: Fraction, nominal: Fraction | None
) -> tuple[Fraction | None, list[str]]:
    """Return the frames per second, None if it varies, and a sentence for each hole in the time.

    Times kept in thousandths of a second, as Matroska does, may be off by one tick. A hole is a distance of several
    periods in a reel that else keeps its rate: frames that the file no longer holds.

    Args:
        stamps: Every frame, in order.
        time_base: Length of a tick, in seconds.
        nominal: Frames per second as the container says.
    """
    gaps = [after.pts - before.pts for before, after in pairwise(stamps)]
    if not gaps:
        return nominal, []
    for rate in _candidates(gaps, time_base, nominal):
        period = 1 / (rate * time_base)
        off = [abs(gap - period) for gap in gaps]
        if max(off) <= 1:
            return rate, []
        regular = sum(one <= 1 for one in off)
        holes = [(number, gap) for number, gap in enumerate(gaps) if abs(gap - period) > 1]
        whole = all(gap > period and abs(gap / period - round(gap / period)) * period <= 1 for _, gap in holes)
        if whole and regular >= REGULAR * len(gaps):
            return rate, [_hole_words(number, round(gap / period) - 1) for number, gap in holes]
    return None, []


def filled(stamps: Sequence[Stamp], rate: Fraction, time_base: Fraction) -> list[Stamp]:
    """Return the frames with one that repeats its neighbour for each whole period that is missing between two.

    Examples:
        >>> reel = [Stamp(pts=0), Stamp(pts=80)]
        >>> [(one.pts, one.repair) for one in filled(reel, Fraction(25), Fraction(1, 1000))]
        [(0, None), (40, 'repeated'), (80, None)]
    """
    period = 1 / (rate * time_base)
    whole: list[Stamp] = []
    for stamp in stamps:
        missing = round((stamp.pts - whole[-1].pts) / period) - 1 if whole else 0
        start = whole[-1].pts if whole else 0
        whole += [Stamp(pts=round(start + place * period), repair="repeated") for place in range(1, missing + 1)]
        whole.append(stamp)
    return whole


def early_end(stamps: Sequence[Stamp], time_base: Fraction, promised_s: Fraction | None, rate: Fraction) -> list[str]:
    """Return a sentence if the frames end well before the time that the container gives for them."""
    if promised_s is None:
        return []
    missing = (promised_s - (stamps[-1].pts - stamps[0].pts) * time_base) * rate - 1
    if missing < 1.5:
        return []
    return [
        f"frames end about {round(missing)} frames before the time the container gives: the file is cut off or damaged"
    ]


def _candidates(gaps: Sequence[int], time_base: Fraction, nominal: Fraction | None) -> list[Fraction]:
    usual = Counter(gaps).most_common(1)[0][0]
    measured = [1 / (usual * time_base)] if usual > 0 else []
    return [rate for rate in (nominal, *measured) if rate is not None and rate > 0]


def _hole_words(number: int, frames: int) -> str:
    what = "1 frame is" if frames == 1 else f"{frames} frames are"
    return f"the time of {what} missing after frame {number}; no frame was made up for it"
