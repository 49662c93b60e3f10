"""Modern looks from several references: a small network after MROPM-Net (Gunawan et al., CVPR 2023).

The paper's are: one encoder for photograph and references, dense cross-attention between their places, local style
codes brought over by it and fused with global ones, and a soft-max at each place that merges what the references give.
Ours are: matching by lightness and texture alone, since the colours of an old print must not decide; codes that are
means and spreads of colours; in place of the paper's decoder, which paints every pixel anew, a smooth field of colour
maps (``style_field.py``), which keeps the structure whatever happens and fits pictures of any size; and one candidate
more in the soft-max, the photograph as it is, so that references which fit nowhere do nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from oldphoto_core.networks.compact.colour_statistics import STATISTICS, colour_statistics, standardised
from oldphoto_core.networks.compact.style_codes import Codes, Looked, closed_form, codes_of
from oldphoto_core.networks.compact.style_encoder import Block, ContentEncoder
from oldphoto_core.networks.compact.style_field import NUMBERS, StyleField, apply_field
from oldphoto_core.networks.compact.style_statistics import (
    TEXTURE,
    cell_moments,
    cell_texture,
    content_of,
    luma_of,
    range_of,
)

GAIN = 0.2
"""What the last layer's numbers are multiplied with, so that first steps stay small."""

_FIRST_SHARPNESS = (8.0, 24.0)
_FIRST_TRUST = 2.0  # how strongly the greatest cosines speak for a reference


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleConfig:
    """How large it is; the default comes to 0.5 M parameters."""

    half: int = 24
    """Channels at half of the working size."""

    quarter: int = 40
    """Channels at a quarter."""

    eighth: int = 64
    """Channels at an eighth, where places are matched."""

    key: int = 24
    """Numbers that a place is matched by, in each view."""

    overall: int = 32
    """Numbers that sum up the whole of a photograph and its reference."""

    depth: int = 6
    """Nodes of the field from dark to light."""

    textured: bool = True
    """Whether places are matched by ``cell_texture`` as well, which turning and mirroring leave as it is."""

    def __post_init__(self) -> None:
        """Refuse a network without numbers."""
        if min(self.half, self.quarter, self.eighth, self.key, self.overall) < 1 or self.depth < 2:
            raise ValueError(f"every width must be 1 or more and depth 2 or more, found {self}")


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """What one reference has to give to each photograph."""

    grid: Float[Tensor, "M 12 D h w"]
    """Its field of maps."""

    claim: Float[Tensor, "M h w"]
    """How strongly it asks to be taken before the other references."""

    fitness: Float[Tensor, "M h w"]
    """How well it fits at all: where no reference is above zero, the photograph mostly keeps its own style."""

    similarity: Float[Tensor, "M y x"]
    """How alike its best matching cell is, in [0, 1]."""


class StyleMerger(nn.Module):
    """Photograph and references to the photograph in their look; untrained, it changes nothing."""

    def __init__(self, config: StyleConfig = StyleConfig()) -> None:
        super().__init__()
        self.config = config
        views = len(_FIRST_SHARPNESS)
        scopes = views + 1
        self.encoder = ContentEncoder((config.half, config.quarter, config.eighth))
        self.keys = _keys(config, views * config.key)
        self.log_sharpness = nn.Parameter(torch.tensor([math.log(one) for one in _FIRST_SHARPNESS]))
        self.overall = nn.Sequential(
            nn.Linear(2 * STATISTICS, 2 * config.overall), nn.SiLU(), nn.Linear(2 * config.overall, config.overall)
        )
        fused = config.eighth + 12 * scopes + 3 * views + config.overall
        self.fuse = nn.Sequential(nn.Conv2d(fused, config.eighth, 1), Block(config.eighth), Block(config.eighth))
        self.join = nn.Sequential(
            nn.Conv2d(config.eighth + config.quarter, config.quarter, 3, padding=1), Block(config.quarter), nn.SiLU()
        )
        self.trust = nn.Conv2d(3 * views, 2, 1)
        self.sizes = (scopes, scopes, NUMBERS * config.depth, 1, 1)
        self.last = nn.Conv2d(config.quarter, sum(self.sizes), 1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]  # there is one
        nn.init.zeros_(self.trust.weight)
        nn.init.zeros_(self.trust.bias)  # type: ignore[arg-type]
        self.trust.weight.data[:, :views] = _FIRST_TRUST

    def forward(
        self,
        photo: Float[Tensor, "N 3 H W"],
        references: Float[Tensor, "N K 3 H W"],
        present: Bool[Tensor, "N K"] | None = None,
    ) -> Float[Tensor, "N 3 H W"]:
        """Return the photographs in the look of their references, same size, not clipped; see ``styled``."""
        field = self.styled(photo, references, present)[0]
        with torch.autocast(photo.device.type, enabled=False):
            return apply_field(photo.float(), field)

    def styled(
        self,
        photo: Float[Tensor, "N 3 H W"],
        references: Float[Tensor, "N K 3 H W"],
        present: Bool[Tensor, "N K"] | None = None,
    ) -> tuple[StyleField, Codes]:
        """Return the fields for photographs, and how their places were matched with each reference that is there.

        Args:
            photo: sRGB in [0, 1], sides multiples of 8.
            references: Of the same size.
            present: Which of them are there; None: all.
        """
        there = torch.ones(references.shape[:2], dtype=torch.bool, device=photo.device) if present is None else present
        looked = self.look(torch.cat([photo, references[there]]))
        everyone = torch.arange(len(photo), device=photo.device)
        whose = everyone[:, None].expand_as(there)[there]
        rest = torch.arange(len(photo), len(looked.eighth), device=photo.device)
        candidate, codes = self.candidate(looked.of(whose), looked.of(rest))
        return merged(photo, candidate, there), codes

    def field(self, photo: Float[Tensor, "1 3 H W"], references: Sequence[Float[Tensor, "1 3 _ _"]]) -> StyleField:
        """Return the field for one photograph and references of any sizes whose sides are multiples of 8."""
        own = self.look(photo)
        each = [self.candidate(own, self.look(one))[0] for one in references]
        joined = Candidate(*(torch.cat([getattr(one, part.name) for one in each]) for part in fields(Candidate)))
        return merged(photo, joined, torch.ones(1, len(each), dtype=torch.bool, device=photo.device))

    def look(self, picture: Float[Tensor, "N 3 H W"]) -> Looked:
        """Return what is read off pictures of one size."""
        with torch.autocast(picture.device.type, enabled=False):  # colours in fewer bits would show as banding
            content = content_of(picture.float())
            moments = cell_moments(picture.float()).flatten(2).transpose(-1, -2)
            texture = cell_texture(content)
            overall = standardised(colour_statistics(picture.float()))
        quarter, eighth = self.encoder(content)
        seen = torch.cat([eighth, texture.to(eighth.dtype)], dim=1) if self.config.textured else eighth
        keys = self.keys(seen).float().unflatten(1, (-1, self.config.key)).flatten(3)  # (N, G, C, P)
        keys = F.normalize(keys, dim=2).transpose(-1, -2)
        return Looked(quarter, eighth, keys, moments, overall)

    def candidate(self, photo: Looked, reference: Looked) -> tuple[Candidate, Codes]:
        """Return what each reference has to give to its photograph, and what that was made from."""
        height, width = photo.eighth.shape[-2:]
        with torch.autocast(photo.keys.device.type, enabled=False):
            codes = codes_of(photo, reference, self.log_sharpness.exp())
        overall = self.overall(torch.cat([photo.overall, reference.overall], dim=1))
        local = _as_map(torch.cat([_standard(codes), codes.likeness], dim=1), photo)
        whole = overall[:, :, None, None].expand(-1, -1, height, width)
        fused = self.fuse(torch.cat([photo.eighth, local.to(photo.eighth.dtype), whole], dim=1))
        found = self.join(torch.cat([_enlarged(fused, photo.quarter), photo.quarter], dim=1))
        share, widening, residual, claim, fitness = self.last(found).float().split(self.sizes, dim=1)
        with torch.autocast(photo.keys.device.type, enabled=False):
            cells = [F.adaptive_avg_pool2d(one, (height, width)).flatten(2) for one in (share, widening)]
            base = _as_map(closed_form(codes, GAIN * cells[0], torch.sigmoid(cells[1])), photo)
            nodes = residual.reshape(len(found), NUMBERS, self.config.depth, *found.shape[-2:])
            grid = _enlarged(base, found)[:, :, None] + GAIN * nodes
            trust = _enlarged(self.trust(_as_map(codes.likeness, photo)), found)
        views = photo.keys.shape[1]
        best = _as_map(codes.likeness[:, :views].mean(dim=1, keepdim=True).clamp(0.0, 1.0), photo)[:, 0]
        return Candidate(grid, claim[:, 0] + trust[:, 0], fitness[:, 0] + trust[:, 1], best), codes


def merged(photo: Float[Tensor, "N 3 H W"], candidate: Candidate, present: Bool[Tensor, "N K"]) -> StyleField:
    """Return one field for each photograph from those of its references.

    Shares among references are the paper's soft-max over them. The share that keeps its own style is the soft-max's
    one candidate more, held against the references' mean fitness by these shares, not against their sum: the same
    reference given twice is as good as given once, and their order does not matter.

    Args:
        photo: The photographs.
        candidate: What the references that are there have to give, those of a photograph in a row.
        present: Which of K references of each photograph are there; one without any keeps all of its own style.
    """
    claim, fitness = (_laid_out(one, present) for one in (candidate.claim, candidate.fitness))
    absent = ~present[:, :, None, None]
    among = claim.masked_fill(absent, -1e4).softmax(dim=1)  # (N, K, h, w)
    taken = torch.sigmoid((among * fitness).sum(dim=1, keepdim=True)) * present.any(dim=1)[:, None, None, None]
    weights = torch.cat([among * taken, 1.0 - taken], dim=1)
    grid = (weights[:, :-1, None, None] * _laid_out(candidate.grid, present)).sum(dim=1)
    limits = range_of(luma_of(photo.float()))
    return StyleField(grid, limits, weights, _laid_out(candidate.similarity, present))


def _standard(codes: Codes) -> Float[Tensor, "N _ P"]:
    """Return means and the logarithms of spreads of both sides as channels, each about within [-2, 2]."""
    (own_mean, own_spread), (their_mean, their_spread) = codes.own, codes.theirs
    own_log, their_log = (0.5 * (one.log() + 2.0) for one in (own_spread, their_spread))
    parts = (2.0 * own_mean, 2.0 * (their_mean - own_mean), own_log, their_log - own_log)
    return torch.cat([part.transpose(-1, -2).flatten(1, 2) for part in parts], dim=1)


def _keys(config: StyleConfig, numbers: int) -> nn.Module:
    """Return what makes keys of features."""
    if not config.textured:
        return nn.Conv2d(config.eighth, numbers, 1)
    wide = nn.Conv2d(config.eighth + TEXTURE, config.eighth, 1)
    return nn.Sequential(wide, nn.SiLU(), nn.Conv2d(config.eighth, numbers, 1))


def _laid_out(values: Tensor, present: Tensor) -> Tensor:
    """Return what belongs to the references that are there, photograph by photograph, zero for the others."""
    numbers = present.flatten().nonzero()[:, 0]
    everyone = values.new_zeros(present.numel(), *values.shape[1:]).index_copy(0, numbers, values)
    return everyone.reshape(*present.shape, *values.shape[1:])


def _as_map(cells: Float[Tensor, "M C P"], photo: Looked) -> Float[Tensor, "M C h w"]:
    """Return what belongs to the cells of a photograph as a map of them."""
    return cells.reshape(*cells.shape[:2], *photo.eighth.shape[-2:])


def _enlarged(maps: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(maps, size=like.shape[-2:], mode="bilinear", align_corners=False)
