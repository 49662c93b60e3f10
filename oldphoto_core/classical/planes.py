"""A photograph as planes in which white noise stays white: one for a grey photograph, three for a coloured one.

The three are an orthonormal opponent transform of R, G, B: brightness (R+G+B)/sqrt(3), (R-B)/sqrt(2) and
(R-2G+B)/sqrt(6). Noise of equal strength in R, G and B has that same strength in each plane.
"""

import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Grey, Photo

_OPPONENT = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]], dtype=np.float64)
OPPONENT: Float32[np.ndarray, "3 3"] = (_OPPONENT / np.linalg.norm(_OPPONENT, axis=1, keepdims=True)).astype(np.float32)
"""Rows: weights of R, G, B in brightness and in the two colour planes."""


def has_equal_channels(photo: Photo) -> bool:
    """Return whether the three channels are the same numbers."""
    return bool(np.array_equal(photo[..., 0], photo[..., 1]) and np.array_equal(photo[..., 0], photo[..., 2]))


def to_planes(photo: Photo) -> tuple[Grey, ...]:
    """Return the planes: the one channel of a grey photograph, else brightness and two colour planes.

    Examples:
        >>> len(to_planes(np.zeros((2, 2, 3), dtype=np.float32)))
        1
    """
    if has_equal_channels(photo):
        return (np.ascontiguousarray(photo[..., 0]),)
    opponent = photo @ OPPONENT.T
    return tuple(np.ascontiguousarray(opponent[..., plane]) for plane in range(3))


def from_planes(planes: tuple[Grey, ...]) -> Photo:
    """Return the photograph of the planes, not clipped; one plane gives three equal channels."""
    if len(planes) == 1:
        return np.repeat(planes[0][..., None], 3, axis=2)
    return np.stack(planes, axis=2) @ OPPONENT
