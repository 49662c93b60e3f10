"""The stylisation network: the photograph in the colours of one reference, place by place."""

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.networks.keys import Renaming
from oldphoto_core.networks.mropm.autoencoder import WIDTHS, Decoder, Encoded, Encoder
from oldphoto_core.networks.mropm.correlation import Correlation
from oldphoto_core.networks.mropm.style import EPS, SLOPE, StyleCodes, StyleExtractor, moments

LEVELS = (1, 2)
"""Scales at which the photograph is restyled; the checkpoint holds 3 and 4 too, which reach no output."""

_RESIDUAL_BLOCKS = (3, 2, 1, 0)


@dataclass(frozen=True, slots=True)
class Content:
    """A photograph ready to be styled by any number of references."""

    encoded: Encoded
    """Its features."""

    embedded: Tensor
    """What it is compared by."""

    half: Tensor
    """Its features on the way back, at half the size: the same whatever the reference."""


@dataclass(frozen=True, slots=True)
class Stylised:
    """A photograph in the style of one reference."""

    image: Tensor
    """RGB, not bound to [0, 1], shape (N, 3, H, W)."""

    feature: Tensor
    """What the merging works with, shape (N, 64, H, W)."""

    similarity: Tensor
    """Largest and mean logit of each place, shape (N, 2, H/8, W/8)."""


class Stylization(nn.Module):
    """Styles a photograph by one reference at a time (paper's single-stylisation subnet; release: ``netS``).

    RGB in [0, 1], sides multiples of 8; one photograph at a time. The reference may have another size, which the
    published code does not allow.
    """

    OFFICIAL: ClassVar[Renaming] = (
        ("correlation_block", "correlation"),
        ("alignment_block", "alignment"),
        ("local_global_fusion_block", "fusion"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()
        self.style_extractor = StyleExtractor()
        self.correlation = Correlation()
        self.alignment = _Alignment()
        self.fusion = _Fusion()

    def forward(self, content: Float[Tensor, "1 3 H W"], reference: Float[Tensor, "1 3 _H _W"]) -> Stylised:
        """Return the photograph in the style of the reference."""
        return self.styled(self.read(content), reference)

    def read(self, content: Float[Tensor, "1 3 H W"]) -> Content:
        """Return what is needed of the photograph, once for all references."""
        encoded = self.encoder(content)
        half = self.decoder.to_half(self.decoder.to_quarter(encoded.features[3], encoded), encoded)
        return Content(encoded, self.correlation.embed(encoded.features), half)

    def styled(self, content: Content, reference: Float[Tensor, "1 3 _H _W"]) -> Stylised:
        """Return the photograph in the style of a reference."""
        encoded = self.encoder(reference)
        codes = self._codes(encoded)
        local = tuple(part for code in codes for part in (code.local_mean, code.local_std))
        attended = self.correlation(content.embedded, self.correlation.embed(encoded.features), local)
        x = self._restyled(content.half, codes[1], attended.codes[2:], level=2)
        x = self.decoder.to_full(x, content.encoded)
        x = self._restyled(x, codes[0], attended.codes[:2], level=1)
        return Stylised(self.decoder.to_rgb(x), x, attended.similarity)

    def _codes(self, encoded: Encoded) -> tuple[StyleCodes, StyleCodes]:
        """Return the style codes of a reference, which are read off its own way back."""
        half = self.decoder.to_half(self.decoder.to_quarter(encoded.features[3], encoded), encoded)
        full = self.decoder.to_full(half, encoded)
        return self.style_extractor(full, 1), self.style_extractor(half, 2)

    def _restyled(self, x: Tensor, codes: StyleCodes, local: tuple[Tensor, ...], *, level: int) -> Tensor:
        """Return features with their own style taken out and that of the reference put in (AdaIN, place by place)."""
        size = x.shape[2:]
        mean, std = (self.alignment(code, size, level) for code in local)
        new_mean = self.fusion(codes.global_mean, mean, "mean", level)
        new_std = self.fusion(codes.global_std, std, "std", level)
        own_mean, own_std = moments(x)
        return (x - own_mean) / (own_std + EPS) * new_std + new_mean


class _Alignment(nn.Module):
    """Codes brought by attention, enlarged to the features they restyle and smoothed."""

    def __init__(self) -> None:
        super().__init__()
        for level, (width, count) in enumerate(zip(WIDTHS, _RESIDUAL_BLOCKS, strict=True), start=1):
            self.add_module(f"post_l{level}", nn.Sequential(*(_Residual(width) for _ in range(count))))

    def forward(self, code: Tensor, size: torch.Size, level: int) -> Tensor:
        return self.get_submodule(f"post_l{level}")(F.interpolate(code, size, mode="nearest"))


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.model = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.LeakyReLU(SLOPE), nn.Conv2d(width, width, 3, padding=1)
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.model(x)


class _Fusion(nn.Module):
    """The style of the whole reference and that of the matching place, made into one."""

    def __init__(self) -> None:
        super().__init__()
        for level, width in enumerate(WIDTHS, start=1):
            for name in ("mean", "std"):
                self.add_module(f"l{level}_{name}_fusion", _fusing(width))

    def forward(self, whole: Tensor, local: Tensor, name: str, level: int) -> Tensor:
        return self.get_submodule(f"l{level}_{name}_fusion")(torch.cat([whole.expand_as(local), local], dim=1))


def _fusing(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(2 * width, width, 3, padding=1),
        nn.LeakyReLU(SLOPE),
        nn.Conv2d(width, width, 3, padding=1),
        nn.LeakyReLU(SLOPE),
        nn.Conv2d(width, width, 3, padding=1),
    )
