"""Whether probabilities mean what they say."""

import numpy as np
from jaxtyping import Bool, Float

BINS = 10


def calibration_error(
    probabilities: Float[np.ndarray, " N"], present: Bool[np.ndarray, " N"], *, bins: int = BINS
) -> float | None:
    """Return the expected calibration error: how far stated probability lies from observed frequency, on average.

    Probabilities fall into bins of equal width; each bin weighs as much as it holds (Naeini et al. 2015).

    Args:
        probabilities: Stated for the event, in [0, 1]; 1 belongs to the last bin.
        present: Whether it came true.
        bins: Number of bins.

    Returns:
        In [0, 1]; None for no probabilities at all.

    Examples:
        >>> calibration_error(np.array([0.75, 0.75, 0.75, 0.75]), np.array([True, True, True, False]))
        0.0
    """
    if probabilities.size == 0:
        return None
    number = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    gap = np.bincount(number, weights=probabilities - present, minlength=bins)
    return float(np.abs(gap).sum() / probabilities.size)
