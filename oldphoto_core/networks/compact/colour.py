"""Fading and colour cast: a small network looks at statistics of a thumbnail and predicts one smooth colour transform.

It sees the old photograph, and a reference photograph where there is one.
"""

import itertools
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.networks.compact.colour_statistics import STATISTICS, colour_statistics, standardised
from oldphoto_core.networks.compact.colour_transform import COEFFICIENTS, ColourTransform, apply_colour, transform_of

GAIN = 0.2
"""What the last layer's numbers are multiplied with, so that first steps stay small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourConfig:
    """How large it is; the default comes to 0.08 M parameters."""

    width: int = 192
    """Numbers in each hidden layer."""

    layers: int = 2
    """Hidden layers."""

    with_reference: bool = False
    """Whether it can look at a reference; it must do without one as well."""

    def __post_init__(self) -> None:
        """Refuse a network without hidden numbers."""
        if self.width < 1 or self.layers < 1:
            raise ValueError(f"width and layers must be 1 or more, found {self}")


class ColourRestorer(nn.Module):
    """Photograph in [0, 1] to one with its tones and hues back; untrained, it changes nothing.

    Examples:
        >>> photo = torch.rand(1, 3, 20, 30)
        >>> torch.equal(ColourRestorer(ColourConfig(width=4))(photo), photo)
        True
    """

    def __init__(self, config: ColourConfig = ColourConfig()) -> None:
        super().__init__()
        self.config = config
        inputs = 2 * STATISTICS + 1 if config.with_reference else STATISTICS
        widths = [inputs] + [config.width] * config.layers
        layers: list[nn.Module] = []
        for narrow, wide in itertools.pairwise(widths):
            layers += [nn.Linear(narrow, wide), nn.SiLU()]
        last = nn.Linear(config.width, COEFFICIENTS)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.layers = nn.Sequential(*layers, last)

    def forward(
        self,
        photo: Float[Tensor, "N 3 H W"],
        reference: Float[Tensor, "N 3 _ _"] | None = None,
        has_reference: Float[Tensor, " N"] | None = None,
    ) -> Float[Tensor, "N 3 H W"]:
        """Return the photograph, same size; for the arguments see ``predict``."""
        with torch.autocast(photo.device.type, enabled=False):  # it is tiny, and fewer bits would show as banding
            return apply_colour(photo.float(), self.predict(photo, reference, has_reference))

    def predict(
        self,
        photo: Float[Tensor, "N 3 _ _"],
        reference: Float[Tensor, "N 3 _ _"] | None = None,
        has_reference: Float[Tensor, " N"] | None = None,
    ) -> ColourTransform:
        """Return the transform for photographs; a thumbnail is enough, and gives nearly the same.

        Args:
            photo: The old photographs.
            reference: A photograph with good colours for each; None where there is none for any.
            has_reference: 1 for photographs whose reference counts, 0 for those that have none; None: all count.

        Raises:
            ValueError: A reference was given to a network that looks at none.
        """
        seen = standardised(colour_statistics(photo))
        if self.config.with_reference:
            seen = torch.cat([seen, _of_reference(seen, reference, has_reference)], dim=1)
        elif reference is not None:
            raise ValueError("this network looks at no reference: build it with_reference=True, or give none")
        return transform_of(GAIN * self.layers(seen))


def _of_reference(seen: Tensor, reference: Tensor | None, has_reference: Tensor | None) -> Tensor:
    """Return the statistics of the reference and a 1, or zeros throughout."""
    if reference is None:
        return seen.new_zeros(seen.shape[0], STATISTICS + 1)
    statistics = standardised(colour_statistics(reference))
    shown = torch.cat([statistics, seen.new_ones(seen.shape[0], 1)], dim=1)
    return shown if has_reference is None else shown * has_reference[:, None]
