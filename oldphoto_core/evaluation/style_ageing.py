"""How the colours of a clean picture are changed to make an old photograph of it."""

from typing import Literal, get_args

import numpy as np

from oldphoto_core.damage import DamageKind
from oldphoto_core.evaluation.style_labels import RegionLabels
from oldphoto_core.image import Photo
from oldphoto_core.synthesis.drawn import drawn
from oldphoto_core.synthesis.published_mropm import PublishedMropm

StyleKind = Literal["regions", "prints", "whole"]
"""``regions``: each region after the style-variant transform that the paper trains with: colour jitter, often blur,
noise, low resolution, JPEG. ``prints``: each of three groups of regions faded as another print: dyes lost, paper
yellowed, a shift to magenta. ``whole``: one such fading over all, as on a real print."""

KINDS: tuple[StyleKind, ...] = get_args(StyleKind)

GROUPS = 3
SEVERITY = (0.25, 0.75)
_FADING: tuple[DamageKind, ...] = ("fading", "colour-cast")


def aged(kind: StyleKind, photo: Photo, labels: RegionLabels, rng: np.random.Generator) -> Photo:
    """Return a clean picture as an old photograph, in [0, 1].

    Args:
        kind: How.
        photo: The clean picture; it is not changed.
        labels: Its regions.
        rng: The source of chance.
    """
    if kind == "regions":
        return PublishedMropm(labels=labels).apply(photo, rng).photo
    if kind == "whole":
        return _faded(photo, rng)
    names = rng.permutation(int(labels.max()) + 1)
    old = np.empty_like(photo)
    for group in np.array_split(names, min(GROUPS, names.size)):
        inside = np.isin(labels, group)
        old[inside] = _faded(photo, rng)[inside]
    return old


def _faded(photo: Photo, rng: np.random.Generator) -> Photo:
    kind = _FADING[int(rng.integers(len(_FADING)))]
    damage = drawn(kind, float(rng.uniform(*SEVERITY)), rng)
    return damage.apply(photo, rng).photo
