"""White Gaussian noise, drawn through a table: four times as fast as the generator's own."""

from functools import lru_cache
from math import prod

import numpy as np
from jaxtyping import Float32
from scipy.special import ndtri

_LEVELS = 1 << 16


def gaussian(shape: tuple[int, ...], rng: np.random.Generator) -> Float32[np.ndarray, "..."]:
    """Return white noise of mean 0 and standard deviation 1, one of 65536 equally likely quantiles a sample.

    Args:
        shape: Any shape.
        rng: The source of chance: two bytes a sample.

    Returns:
        float32 of that shape; nothing lies beyond 4.4 standard deviations.
    """
    drawn = np.frombuffer(rng.bytes(2 * prod(shape)), dtype="<u2")
    return _quantiles().take(drawn).reshape(shape)


@lru_cache(maxsize=1)
def _quantiles() -> Float32[np.ndarray, " N"]:
    """Return the middles of 65536 equally likely bands of the normal distribution, scaled to variance one."""
    middles = ndtri((np.arange(_LEVELS) + 0.5) / _LEVELS)
    table = (middles / middles.std()).astype(np.float32)
    table.setflags(write=False)
    return table
