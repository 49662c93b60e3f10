"""Where the picture lies inside a plain border: scanner lid, mount, white margin of the print."""

import numpy as np

from oldphoto_core.dedupe.proxy import Scaled
from oldphoto_core.image import Grey

LAYERS = 2
"""Borders that may lie around one another: the scanner's lid around the paper's margin."""

MOST = 0.3
"""Largest share of a side that one layer may take from each edge."""

SPREAD = 0.06
"""Largest distance between the 10th and 90th percentile of a plain line, in [0, 1]; grain and dust fit in."""

DRIFT = 0.08
"""Largest distance of a plain line's median from that of the outermost line, in [0, 1]."""


def trim_border(grey: Grey) -> Scaled:
    """Return the view of the picture inside its plain borders; the picture itself if it has none.

    A line of pixels is border as long as it is plain and as light as the outermost line of that edge. An edge that
    would lose more than 30 % to one border keeps it: a clear sky or a dark room is not a border.

    Args:
        grey: Luma in [0, 1]; a small copy of the picture (long side about 128) is enough, and quick.

    Examples:
        >>> card = np.ones((40, 40), dtype=np.float32)
        >>> card[8:32, 4:36] = np.indices((24, 32)).sum(axis=0) % 2
        >>> trim_border(card).shape
        (24, 32)
    """
    inner = grey
    for _ in range(LAYERS):
        rows = slice(_plain_lines(inner), inner.shape[0] - _plain_lines(inner[::-1]))
        columns = slice(_plain_lines(inner.T), inner.shape[1] - _plain_lines(inner.T[::-1]))
        inner = inner[rows, columns]
    return inner


def _plain_lines(grey: Grey) -> int:
    """Return how many rows from the top are border."""
    low, middle, high = np.percentile(grey, (10.0, 50.0, 90.0), axis=1)
    plain = (high - low <= SPREAD) & (np.abs(middle - middle[0]) <= DRIFT)
    count = plain.size if bool(plain.all()) else int(np.argmin(plain))
    return count if count <= MOST * plain.size else 0
