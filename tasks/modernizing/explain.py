"""A picture that explains a modernized photograph: before, after, which region took its look from which reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from oldphoto_core.classical.regions import at_working_size
from oldphoto_core.classical.style_masks import decode_mask
from oldphoto_core.image import Mask, Photo, luma, to_bytes8
from oldphoto_core.inference.style import Modernization, RegionStyle
from tasks.report.region_shapes import innermost

COLOURS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (204, 121, 167), (240, 228, 66), (0, 114, 178), (213, 94, 0))
"""Of references, told apart with any sight (Okabe and Ito, 2008), as R, G, B; the eighth begins anew."""

OWN_LOOK = (150, 150, 150)
"""Of regions that keep their own look."""

_PANEL_PX = 480
_THUMBNAIL_PX = 96
_GAP_PX = 16
_LINE_PX = 24
_TEXT = (25, 25, 25)
_PAPER = (250, 250, 248)
_TINT = 0.55
_NUMBER_PX = 14.0
_LONGEST_NAME = 90

REASONS = {
    "monochrome": "it is black-and-white or toned",
    "no-references": "there are no references",
    "already-modern": "its tones look modern already",
    "no-good-reference": "no reference fits it well enough",
    "edges-changed": "the result had other edges",
    "clipped": "the result lost light or dark tones",
    "gradients-reversed": "the result turned lightness round",
    "colour-explosion": "the colours of the result were too strong",
    "flattened": "the result had too little contrast",
}
"""Why a photograph was left as it is, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReference:
    """A reference as the legend shows it."""

    name: str
    """What a person knows it as."""

    picture: Photo
    """Its pixels."""


@dataclass(frozen=True, slots=True)
class ExplanationKeeper:
    """Where explanations are written."""

    place: Path
    """A file for one photograph, else a folder."""

    is_folder: bool
    """Which of the two."""

    def path_of(self, name: str, page: int | None) -> Path:
        """Return where the explanation of a photograph goes."""
        page_part = "" if page is None else f"-p{page}"
        if self.is_folder:
            below = PurePosixPath(name)
            return self.place / below.with_name(f"{below.stem}{page_part}.png")
        return self.place.with_stem(f"{self.place.stem}{page_part}")

    def keep(self, name: str, page: int | None, drawn: Image.Image) -> None:
        """Write the explanation of a photograph as PNG."""
        path = self.path_of(name, page)
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn.save(path, format="PNG")


def explained(before: Photo, found: Modernization, references: Mapping[str, ShownReference]) -> Image.Image:
    """Return the explanation of one photograph.

    Args:
        before: The photograph as it came.
        found: What became of it.
        references: At least those that the regions name, by digest.
    """
    order = _by_share(found.regions)
    panels = [("before", _small(before)), ("after", _small(found.photo))]
    if found.regions:
        panels.append(("regions by reference", _regions_drawn(before, found.regions, order)))
    width = len(panels) * (_PANEL_PX + _GAP_PX) + _GAP_PX
    panel_height = max(picture.height for _, picture in panels)
    rows = len(order)
    legend_height = rows * (_THUMBNAIL_PX + _GAP_PX)
    drawn = Image.new("RGB", (width, 3 * _GAP_PX + 2 * _LINE_PX + panel_height + legend_height), _PAPER)
    draw = ImageDraw.Draw(drawn)
    draw.text((_GAP_PX, _GAP_PX), _headline(found), _TEXT, font=_font(17))
    top = _GAP_PX + _LINE_PX
    for place, (title, picture) in enumerate(panels):
        left = _GAP_PX + place * (_PANEL_PX + _GAP_PX)
        draw.text((left, top), title, _TEXT, font=_font(14))
        drawn.paste(picture, (left, top + _LINE_PX))
    top += _LINE_PX + panel_height + _GAP_PX
    for reference_id in order:
        regions = [region for region in found.regions if region.reference_id == reference_id]
        shown = None if reference_id is None else references.get(reference_id)
        _legend_row(drawn, (_GAP_PX, top), _colour(reference_id, order), shown, regions)
        top += _THUMBNAIL_PX + _GAP_PX
    return drawn


def _headline(found: Modernization) -> str:
    if found.verdict != "applied":
        return f"left as it is: {REASONS.get(found.reason, found.reason)}"
    measures = found.measures
    words = [f"edges kept {measures['edge_ssim']:.3f}"]
    if "strength_kept" in measures:
        words.append(f"strength {measures['strength_kept']:.2f}")
    words.append(f"tint held back {measures.get('tint_held_back', 0.0):.0%}")
    return "modernized · " + " · ".join(words)


def _by_share(regions: Sequence[RegionStyle]) -> list[str | None]:
    """Return the references by the share of the picture they serve, the largest first; its own look comes last."""
    shares: dict[str | None, float] = {}
    for region in regions:
        shares[region.reference_id] = shares.get(region.reference_id, 0.0) + region.share
    return sorted(shares, key=lambda one: (one is None, -shares[one], one or ""))


def _colour(reference_id: str | None, order: Sequence[str | None]) -> tuple[int, int, int]:
    return OWN_LOOK if reference_id is None else COLOURS[order.index(reference_id) % len(COLOURS)]


def _regions_drawn(before: Photo, regions: Sequence[RegionStyle], order: Sequence[str | None]) -> Image.Image:
    """Return the photograph in grey, each region in the colour of its reference and with its number."""
    base = _small(before)
    grey = np.repeat(luma(np.asarray(base, dtype=np.float32) / np.float32(255.0))[..., None], 3, axis=2)
    painted = 255.0 * grey
    masks = [_mask_at(region, base.size) for region in regions]
    for region, mask in zip(regions, masks, strict=True):
        colour = np.array(_colour(region.reference_id, order), dtype=np.float32)
        painted[mask] = (1.0 - _TINT) * painted[mask] + _TINT * colour
    picture = Image.fromarray(np.rint(painted).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for region, mask in zip(regions, masks, strict=True):
        draw.text(
            _inside(innermost(mask), base.size),
            str(region.region),
            (0, 0, 0),
            _font(18),
            "mm",
            stroke_width=3,
            stroke_fill=(255, 255, 255),
        )
    return picture


def _inside(point: tuple[float, float], size: tuple[int, int]) -> tuple[float, float]:
    """Return the point nearest to one at which a number is not cut by the picture's edge."""
    x, y = (
        min(max(value, _NUMBER_PX), max(side - _NUMBER_PX, _NUMBER_PX)) for value, side in zip(point, size, strict=True)
    )
    return x, y


def _mask_at(region: RegionStyle, size: tuple[int, int]) -> Mask:
    mask = decode_mask(region.mask_rle, width_px=region.mask_width_px, height_px=region.mask_height_px)
    return np.asarray(Image.fromarray(mask.astype(np.uint8)).resize(size, Image.Resampling.NEAREST)) > 0


def _legend_row(
    drawn: Image.Image,
    corner: tuple[int, int],
    colour: tuple[int, int, int],
    shown: ShownReference | None,
    regions: Sequence[RegionStyle],
) -> None:
    draw = ImageDraw.Draw(drawn)
    left, top = corner
    draw.rectangle((left, top, left + _LINE_PX, top + _THUMBNAIL_PX), fill=colour, outline=_TEXT)
    left += _LINE_PX + _GAP_PX
    if shown is not None:
        thumbnail = _small(shown.picture)
        thumbnail.thumbnail((2 * _THUMBNAIL_PX, _THUMBNAIL_PX))
        drawn.paste(thumbnail, (left, top))
    left += 2 * _THUMBNAIL_PX + _GAP_PX
    numbers = ", ".join(str(region.region) for region in regions)
    share = sum(region.share for region in regions)
    lines = [
        _own_look(regions) if shown is None else _elided(shown.name),
        f"{share:.0%} of the picture: region{'s' if len(regions) > 1 else ''} {numbers}",
    ]
    if shown is not None:
        alike, weight = (_mean(regions, name) for name in ("similarity", "weight"))
        lines.append(f"similarity {alike:.2f}, weight {weight:.2f}")
    shifts = [_mean(regions, name) for name in ("shift_l", "shift_a", "shift_b")]
    lines.append("mean change L* {:+.1f}  a* {:+.1f}  b* {:+.1f}".format(*shifts))
    for number, line in enumerate(lines):
        draw.text((left, top + number * _LINE_PX), line, _TEXT, font=_font(16 if number == 0 else 14))


def _own_look(regions: Sequence[RegionStyle]) -> str:
    """Return in words that regions keep their own look; of a network that shares them out, how far."""
    kept = [dict(region.merge).get(None, 1.0) for region in regions]
    weight = float(np.average(kept, weights=[region.share for region in regions]))
    return "keeps its own look" if weight >= 1.0 else f"keeps most of its own look, weight {weight:.2f}"


def _mean(regions: Sequence[RegionStyle], name: str) -> float:
    """Return the mean of a number over regions, weighted by their share."""
    return float(np.average([getattr(one, name) for one in regions], weights=[one.share for one in regions]))


def _elided(name: str) -> str:
    """Return a name short enough for a line, its end kept: there the file's own name stands.

    Examples:
        >>> len(_elided("a" * 200)), _elided("b.jpg")
        (90, 'b.jpg')
    """
    return name if len(name) <= _LONGEST_NAME else f"…{name[1 - _LONGEST_NAME :]}"


def _small(photo: Photo) -> Image.Image:
    return Image.fromarray(to_bytes8(at_working_size(photo, _PANEL_PX)))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
