"""Where the colours of a photograph contradict a reference, however faded they are.

What an old print has lost must not choose its reference, so references are found without colour. But texture and place
cannot tell a lawn from a carpet, and a print that kept some colour still says which of two regions is the warmer one.
So a region of a reference may not serve where its a* and b*, seen from the mean of its own picture, lie too far from
those of the photograph's region, seen from the mean of the photograph: a cast of the whole print drops out. And not
where the two are too far apart as they are.

Measured on 347 photographs with the describer ``together``: left halves aged (true colours known), the partner half
removed from the library, so that only other photographs could serve; each region by its best reference of similarity
0.6 and more. Four tenths of the way from the aged colour to that of the reference lies 12.6 from the truth without this
rule and 10.1 with it (a* and b*, mean over the area; the aged colour itself 12.0), and nearer than the aged colour in
70 of 100 cases instead of 58; 84 hundredths of the area still find a reference.
"""

from typing import Final

import numpy as np
from jaxtyping import Bool, Float64

LEAST_SPREAD: Final = 2.0
"""A photograph whose regions spread less than this in a* and b* says nothing about colours: nothing contradicts it."""

Tints = Float64[np.ndarray, "N 2"]
"""Mean a* and b* of regions."""


def mean_tint(tints: Tints, shares: Float64[np.ndarray, " N"]) -> Float64[np.ndarray, " 2"]:
    """Return the mean a* and b* of a picture from those of its regions."""
    return shares @ tints / shares.sum()


def contradicted(
    ours: Tints,
    shares: Float64[np.ndarray, " N"],
    theirs: Float64[np.ndarray, "R 2"],
    their_shares: Float64[np.ndarray, " R"],
    *,
    most: float,
    most_as_they_are: float,
) -> Bool[np.ndarray, "N R"]:
    """Return which regions of one reference may not serve which regions of the photograph.

    Args:
        ours: Tints of the photograph's regions.
        shares: Share of the photograph each covers.
        theirs: Tints of the reference's regions.
        their_shares: Share of the reference each covers.
        most: Largest distance of the two tints, each seen from the mean of its picture.
        most_as_they_are: Largest distance of the two tints.
    """
    middle, their_middle = mean_tint(ours, shares), mean_tint(theirs, their_shares)
    away = ours - middle
    if np.sqrt(shares @ (away**2).sum(axis=1) / shares.sum()) < LEAST_SPREAD:
        return np.zeros((len(ours), len(theirs)), dtype=bool)
    from_means = np.linalg.norm(away[:, None] - (theirs - their_middle)[None], axis=2)
    as_they_are = np.linalg.norm(ours[:, None] - theirs[None], axis=2)
    return (from_means > most) | (as_they_are > most_as_they_are)
