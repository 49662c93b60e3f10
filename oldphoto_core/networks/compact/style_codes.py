"""Style of a photograph beside that of a reference, place by place: cross-attention, local codes and global ones."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from oldphoto_core.networks.compact.style_statistics import mean_and_spread, opponent_matrix

_STEEPEST = 1.1  # most |log| of how much a spread is widened


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What was read off pictures of one size."""

    quarter: Float[Tensor, "N A h2 w2"]
    """Features of the content at a quarter of the size."""

    eighth: Float[Tensor, "N B h w"]
    """Features of the content at an eighth."""

    keys: Float[Tensor, "N G P C"]
    """What cells are matched by, P = h w of them, one unit vector for each of G views."""

    moments: Float[Tensor, "N P 6"]
    """Colours of each cell; see ``cell_moments``."""

    overall: Float[Tensor, "N S"]
    """Statistics of the whole picture."""

    def of(self, pictures: Int64[Tensor, " M"]) -> "Looked":
        """Return some of the pictures, by their numbers."""
        parts = (self.quarter, self.eighth, self.keys, self.moments, self.overall)
        return Looked(*(part[pictures] for part in parts))


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """Colours of a photograph's places, and of the places of its reference that are like them."""

    own: tuple[Float[Tensor, "N V P 3"], Float[Tensor, "N V P 3"]]
    """Mean and spread of the photograph itself around places like this one, in each of V = G + 1 scopes; the last is
    the whole picture."""

    theirs: tuple[Float[Tensor, "N V P 3"], Float[Tensor, "N V P 3"]]
    """The same of the reference."""

    likeness: Float[Tensor, "N L P"]
    """How well each place is matched: greatest and mean cosine of each view, and how much of the attention it got
    lies on few places."""

    attention: Float[Tensor, "N G P R"]
    """Share that each of the reference's R cells has in each place; sums to 1 over them."""


def codes_of(photo: Looked, reference: Looked, sharpness: Float[Tensor, " G"]) -> Codes:
    """Return the codes of photographs and their references.

    Both sides are gathered by the same keys at the same sharpness, the photograph's from itself: so the two means, and
    the two spreads, are over places of one kind, and what leads from one to the other is a change of style.

    Args:
        photo: The photographs.
        reference: One reference for each, perhaps of another size.
        sharpness: What cosines are multiplied with before the soft-max, in each view.
    """
    cosine = photo.keys @ reference.keys.transpose(-1, -2)  # (N, G, P, R)
    steep = sharpness[:, None, None]
    attention = (steep * cosine).softmax(dim=-1)
    itself = (steep * (photo.keys @ photo.keys.transpose(-1, -2))).softmax(dim=-1)
    focus = attention.square().sum(dim=-1).sqrt()
    likeness = torch.cat([cosine.amax(dim=-1), cosine.mean(dim=-1), focus], dim=1)
    return Codes(
        mean_and_spread(_gathered(itself, photo.moments)),
        mean_and_spread(_gathered(attention, reference.moments)),
        likeness,
        attention,
    )


def closed_form(
    codes: Codes, share: Float[Tensor, "N V P"], widening: Float[Tensor, "N V P"]
) -> Float[Tensor, "N 12 P"]:
    """Return the affine map of R, G, B that moves mean and spread of each opponent channel to the reference's.

    This is the transfer of Reinhard et al. (2001), in the scopes of ``Codes`` by shares; a map is given as what it
    adds to the identity.

    Args:
        codes: Means and spreads.
        share: How much of each scope's map is taken; 0 is the identity.
        widening: How much of the change of spread is taken, in [0, 1].
    """
    (own_mean, own_spread), (their_mean, their_spread) = codes.own, codes.theirs
    steep = (their_spread / own_spread).log().clamp(-_STEEPEST, _STEEPEST)
    gain = torch.exp(widening[..., None] * steep)  # (N, V, P, 3)
    slope = (share[..., None] * (gain - 1.0)).sum(dim=1)  # (N, P, 3)
    shift = (share[..., None] * (their_mean - gain * own_mean)).sum(dim=1)
    matrix = opponent_matrix(gain)
    mixing = torch.einsum("di,npd,dj->nijp", matrix, slope, matrix).flatten(1, 2)  # (N, 9, P)
    return torch.cat([mixing, torch.einsum("di,npd->nip", matrix, shift)], dim=1)


def _gathered(attention: Tensor, moments: Tensor) -> Float[Tensor, "N V P 6"]:
    """Return the mean of moments by each view's attention, and over the whole picture."""
    local = attention @ moments[:, None]
    whole = moments.mean(dim=1)[:, None, None].expand(-1, 1, local.shape[2], -1)
    return torch.cat([local, whole], dim=1)
