"""The methods of modernizing that can be named on the command line."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

import numpy as np

from oldphoto_core.classical.style_masks import decode_mask
from oldphoto_core.errors import OldPhotoError
from oldphoto_core.evaluation.style_baselines import Pixels, histogram_matching, monge_kantorovich, reinhard
from oldphoto_core.evaluation.style_method import References, Restyler, StyleAnswer, StyleMethod, Weights
from oldphoto_core.image import Photo
from oldphoto_core.inference.style import Modernization, StyleSettings, describe_reference, modernize

Transfer = Callable[[Photo, Pixels], Photo]

TRANSFERS: Mapping[str, tuple[Transfer, str]] = MappingProxyType(
    {
        "reinhard": (reinhard, "Mean and spread in CIELAB (Reinhard et al. 2001)"),
        "histogram": (histogram_matching, "Histogram matching of R, G, B"),
        "monge-kantorovich": (monge_kantorovich, "Linear Monge-Kantorovich transfer (Pitié and Kokaram 2007)"),
    }
)
"""Colour transfers by statistics of whole pictures, each with its name for readers."""

Answering = Callable[[Photo, References], StyleAnswer]

NIGHT_SETTINGS = StyleSettings(engine="own", spare_modern=False)
"""As in a night, but photographs whose tones look modern already are not spared: here all of them are aged."""

_NIGHT_ABOUT = (
    "Our own engine as in a night: references that do not fit are refused, the change is bounded, skin and neutral "
    "colours are held back, and a result that does harm is thrown away."
)

FIRST = "-first"
OWN = "own"
NIGHT = "own-night"
OWN_NAMES = (OWN, "own-first", "own-plain", NIGHT)
"""Our own network: with all references, with the first alone, without merging, and within all that surrounds it."""

STYLE_METHODS: tuple[str, ...] = (
    "input",
    *(name for transfer in TRANSFERS for name in (transfer, transfer + FIRST)),
    "classical",
    *OWN_NAMES,
)
"""Every method that can be named, in the usual order of the columns."""


class UnknownStyleMethodError(OldPhotoError, ValueError):
    """A method was named that does not exist."""


def style_methods(
    names: Sequence[str], own: Restyler | None = None, night: Answering | None = None, *, own_settings: str = ""
) -> tuple[StyleMethod, ...]:
    """Return the methods of these names, each once.

    Args:
        names: As ``STYLE_METHODS`` has them.
        own: Our own network; needed for the names of ``OWN_NAMES``.
        night: The same as a night uses it, with choice of references, bounds and checks; needed for ``own-night``.
        own_settings: Digest of its weights.

    Raises:
        UnknownStyleMethodError: One does not exist, or needs our own network and there is none.
    """
    unknown = [name for name in names if name not in STYLE_METHODS]
    if unknown or not names:
        found = ", ".join(unknown) or "none"
        raise UnknownStyleMethodError(f"expected methods among {', '.join(STYLE_METHODS)}, found {found}")
    return tuple(_method(name, own, night, own_settings) for name in dict.fromkeys(names))


def _method(name: str, own: Restyler | None, night: Answering | None, settings: str) -> StyleMethod:
    if name == "input":
        return StyleMethod(name, "The old photograph as it is.", lambda photo, _: StyleAnswer(photo))
    if name == "classical":
        about = "The classical engine, as in a night: regions, bounded changes, refuses what does not fit. It chooses."
        return StyleMethod(name, about, _classical, settings=f"{StyleSettings()}")
    if name in OWN_NAMES:
        if own is None or (night is None and name == NIGHT):
            raise UnknownStyleMethodError(f"{name} needs the weights of our own network, found none")
        if night is not None and name == NIGHT:
            return StyleMethod(name, _NIGHT_ABOUT, night, settings=f"{settings}, {NIGHT_SETTINGS}")
        about, answer = _OWN[name]
        return StyleMethod(name, about, partial(answer, own), settings=settings)
    transfer, about = TRANSFERS[name.removesuffix(FIRST)]
    if name.endswith(FIRST):
        return StyleMethod(name, f"{about}, towards the first reference alone.", partial(_towards, transfer, most=1))
    return StyleMethod(name, f"{about}, towards the pixels of all references together.", partial(_towards, transfer))


def _towards(transfer: Transfer, photo: Photo, references: References, *, most: int | None = None) -> StyleAnswer:
    """Return what a transfer makes towards the pixels of all references, or of the first ones, put together."""
    pixels = np.concatenate([one.reshape(1, -1, 3) for one in references[:most]], axis=1)
    return StyleAnswer(np.clip(transfer(photo, pixels), np.float32(0.0), np.float32(1.0)))


def _classical(photo: Photo, references: References) -> StyleAnswer:
    settings = StyleSettings()
    styles = [describe_reference(one, str(number), settings) for number, one in enumerate(references)]
    result = modernize(photo, styles, settings)
    return StyleAnswer(result.photo, regions_as_weights(result, len(references)))


def regions_as_weights(result: Modernization, references: int) -> Weights:
    """Return a record of regions as maps: all of a region to its reference, or to keeping its own style.

    Args:
        result: What the classical engine gave; its references are named by their numbers.
        references: How many there were.
    """
    if not result.regions:
        kept = np.zeros((references + 1, 1, 1), dtype=np.float32)
        kept[-1] = 1.0
        return kept
    first = result.regions[0]
    weights = np.zeros((references + 1, first.mask_height_px, first.mask_width_px), dtype=np.float32)
    for region in result.regions:
        mask = decode_mask(region.mask_rle, width_px=region.mask_width_px, height_px=region.mask_height_px)
        weights[references if region.reference_id is None else int(region.reference_id), mask] = 1.0
    return weights


def _own(own: Restyler, photo: Photo, references: References) -> StyleAnswer:
    result = own.apply(photo, references)
    return StyleAnswer(result.photo, result.weights)


def _own_first(own: Restyler, photo: Photo, references: References) -> StyleAnswer:
    return StyleAnswer(own.apply(photo, references[:1]).photo)


def _own_plain(own: Restyler, photo: Photo, references: References) -> StyleAnswer:
    """Return the plain average of what each reference alone gives."""
    each = [own.apply(photo, [one]).photo for one in references]
    return StyleAnswer(np.stack(each).mean(axis=0, dtype=np.float32))


_OWN: Mapping[str, tuple[str, Callable[[Restyler, Photo, References], StyleAnswer]]] = MappingProxyType(
    {
        OWN: ("Our own network with all references. It chooses, and may keep a place as it is.", _own),
        "own-first": ("The same with the first reference alone.", _own_first),
        "own-plain": ("The same without merging: what each reference alone gives, averaged.", _own_plain),
    }
)
