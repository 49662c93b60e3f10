"""How far two clouds of latents lie apart: the sliced Wasserstein distance.

The paper's ablation of the latent adversary gives "Wasserstein distance" between latents of real and of synthetic old
photographs without saying how it was worked out. Here it is the sliced one (Rabin et al. 2011; Bonneel et al. 2015),
which is exact on each slice and needs no network: the mean, over random directions, of the one-dimensional distance of
order 1 of what is projected onto them. Clouds are first divided by their common spread, so that a latent that is merely
drawn larger is not called farther apart: numbers of two autoencoders can be compared with each other, though not with
those in the paper.
"""

import numpy as np
from jaxtyping import Float

DIRECTIONS = 256

_Cloud = np.ndarray


def latent_distance(
    one: Float[_Cloud, "N C"], other: Float[_Cloud, "M C"], *, directions: int = DIRECTIONS, seed: int = 0
) -> float:
    """Return the sliced Wasserstein distance of order 1 of two clouds, in units of their common spread.

    Args:
        one: Points, one a row.
        other: Points, as many or more or fewer.
        directions: How many slices.
        seed: Of the directions.

    Returns:
        0 or more; 0 for equal clouds, whatever their order.

    Raises:
        ValueError: A cloud is empty, holds NaN or infinity, or there is no direction.
    """
    _check(one, other, directions)
    spread = common_spread(one, other)
    if spread == 0.0:
        return 0.0
    chance = np.random.Generator(np.random.PCG64(seed))
    drawn = chance.standard_normal((one.shape[1], directions))
    slices = drawn / np.linalg.norm(drawn, axis=0)
    first, second = one.astype(np.float64) @ slices, other.astype(np.float64) @ slices
    each = [wasserstein_of_line(first[:, number], second[:, number]) for number in range(directions)]
    return float(np.mean(each)) / spread


def wasserstein_of_line(one: Float[np.ndarray, " N"], other: Float[np.ndarray, " M"]) -> float:
    """Return the Wasserstein distance of order 1 of two samples of numbers: the area between their distributions.

    Examples:
        >>> wasserstein_of_line(np.array([0.0, 1.0]), np.array([2.0, 2.0, 3.0, 3.0]))
        2.0
    """
    one, other = np.sort(one), np.sort(other)
    places = np.sort(np.concatenate([one, other]))
    below = np.searchsorted(one, places[:-1], side="right") / one.size
    below_other = np.searchsorted(other, places[:-1], side="right") / other.size
    return float(np.sum(np.abs(below - below_other) * np.diff(places)))


def common_spread(one: Float[_Cloud, "N C"], other: Float[_Cloud, "M C"]) -> float:
    """Return the root mean square distance of a coordinate from its mean, over both clouds, each counting half."""
    clouds = (one.astype(np.float64), other.astype(np.float64))
    middle = 0.5 * (clouds[0].mean(axis=0) + clouds[1].mean(axis=0))
    return float(np.sqrt(np.mean([np.square(cloud - middle).mean() for cloud in clouds])))


def _check(one: Float[_Cloud, "N C"], other: Float[_Cloud, "M C"], directions: int) -> None:
    if one.size == 0 or other.size == 0 or directions < 1:
        raise ValueError(
            f"expected points in both clouds and a direction, found {one.shape}, {other.shape}, {directions}"
        )
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise ValueError("expected finite latents, found NaN or infinity: the network has diverged")
