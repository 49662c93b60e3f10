"""How well scores rank what is there above what is not: area under the ROC curve, average precision."""

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import rankdata


def roc_auc(scores: Float[np.ndarray, " N"], present: Bool[np.ndarray, " N"]) -> float | None:
    """Return the chance that a random present one scores above a random absent one; ties count half.

    Args:
        scores: Any real numbers, more is surer.
        present: The truth.

    Returns:
        In [0, 1], 0.5 by chance; None where the truth is all one way.

    Examples:
        >>> roc_auc(np.array([0.1, 0.9, 0.4]), np.array([False, True, False]))
        1.0
    """
    positives = int(np.count_nonzero(present))
    negatives = present.size - positives
    if positives == 0 or negatives == 0:
        return None
    # The Mann-Whitney statistic (Hanley and McNeil 1982).
    above = float(rankdata(scores)[present].sum()) - positives * (positives + 1) / 2.0
    return above / positives / negatives


def average_precision(scores: Float[np.ndarray, " N"], present: Bool[np.ndarray, " N"]) -> float | None:
    """Return the mean precision over the present ones, ranked by score; equal scores are taken together.

    No interpolation: the sum over thresholds of precision times the gain in recall.

    Returns:
        In (0, 1], about the share of present ones by chance; None where nothing is present.

    Examples:
        >>> average_precision(np.array([0.9, 0.8, 0.1]), np.array([True, False, True])).__round__(4)
        0.8333
    """
    positives = int(np.count_nonzero(present))
    if positives == 0:
        return None
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(present[order])
    ends = np.append(np.flatnonzero(np.diff(ranked)), ranked.size - 1)
    precision, recall = hits[ends] / (ends + 1.0), hits[ends] / positives
    return float(np.sum(precision * np.diff(recall, prepend=0.0)))
