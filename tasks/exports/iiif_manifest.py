"""Manifests of IIIF Presentation 3: one for each photograph, and the collection of them all.

A photograph with a result has three canvases: master and result side by side, painted on one canvas; then each alone,
at full size. Every viewer opens a manifest at its first canvas, so most show both at once, with no mode to choose
(Mirador and TIFY do). The Universal Viewer paints only the first picture of a canvas; for such viewers the manifest is
``paged``, which shows the first canvas as a cover and the other two as an opening, master left, result right.
(``Choice`` shows one picture at a time, and many viewers only the first.)
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.exports.errors import ExportArgumentsError
from tasks.exports.iiif_tiles import TiledImage

CONTEXT = "http://iiif.io/api/presentation/3/context.json"
GAP = 1 / 50
"""Between master and result on their common canvas, as a share of the master's width."""

_RIGHTS = re.compile(r"http://(creativecommons\.org/(licenses|publicdomain)/\S+|rightsstatements\.org/vocab/\S+)")
_BASE = re.compile(r"https?://[^\s/?#\"<>\\]+(/[^\s?#\"<>\\]*)?")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture of a photograph."""

    label: str
    """What it is, in a word: Master, Restored."""

    image: TiledImage
    """Its tiles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What a manifest tells of a photograph."""

    address: str
    """Address of its folder on the web."""

    label: str
    """The master's name."""

    pictures: Sequence[Shown]
    """One or two: the master first."""

    facts: Mapping[str, str]
    """What is known of it, by name."""

    notice: str
    """What everyone who sees it must be told."""

    rights: str | None
    """Address of licence or rights statement, where known."""

    has_provenance: bool
    """Whether provenance.json lies beside the manifest."""


def check_address(base: str) -> str:
    """Return the address without its last slash.

    Raises:
        ExportArgumentsError: It is no address that others can follow.

    Examples:
        >>> check_address("https://iiif.example.org/prints/")
        'https://iiif.example.org/prints'
    """
    if not _BASE.fullmatch(base):
        raise ExportArgumentsError(f"expected an address such as https://iiif.example.org/prints, found {base!r}")
    return base.rstrip("/")


def check_rights(rights: str) -> str:
    """Return the address of a licence or statement, as the standard wants it.

    Raises:
        ExportArgumentsError: It is none of Creative Commons or RightsStatements.org.

    Examples:
        >>> check_rights("https://creativecommons.org/publicdomain/mark/1.0/")
        'http://creativecommons.org/publicdomain/mark/1.0/'
    """
    plain = rights.replace("https://", "http://", 1).replace("//www.", "//", 1)
    if not _RIGHTS.fullmatch(plain):
        raise ExportArgumentsError(
            f"expected http://creativecommons.org/… or http://rightsstatements.org/vocab/…, found {rights!r}"
        )
    return plain


def manifest(photograph: Presented) -> Json:
    """Return the manifest of a photograph."""
    address, pictures = photograph.address, photograph.pictures
    canvases = [_canvas(address, shown) for shown in pictures]
    if len(pictures) == 2:
        canvases.insert(0, _side_by_side(address, pictures[0], pictures[1]))
    provenance: Json = {
        "seeAlso": [
            {
                "id": f"{address}/provenance.json",
                "type": "Dataset",
                "label": english("What was done, by what, with what settings"),
                "format": "application/json",
            }
        ]
    }
    return {
        "@context": CONTEXT,
        "id": f"{address}/manifest.json",
        "type": "Manifest",
        "label": as_is(photograph.label),
        "metadata": [{"label": english(name), "value": as_is(value)} for name, value in photograph.facts.items()],
        "requiredStatement": {"label": english("Notice"), "value": english(photograph.notice)},
        **({"rights": photograph.rights} if photograph.rights else {}),
        "thumbnail": [thumbnail(address, pictures[-1].image)],
        "viewingDirection": "left-to-right",
        "behavior": ["paged" if len(pictures) == 2 else "individuals"],
        **(provenance if photograph.has_provenance else {}),
        "items": canvases,
    }


def entry_of(document: Json) -> Json:
    """Return what a collection says of a manifest."""
    return {name: document[name] for name in ("id", "type", "label", "thumbnail")}


def collection(address: str, label: str, entries: Sequence[Json], notice: str) -> Json:
    """Return the collection of the manifests with these entries."""
    return {
        "@context": CONTEXT,
        "id": f"{address}/collection.json",
        "type": "Collection",
        "label": as_is(label),
        "requiredStatement": {"label": english("Notice"), "value": english(notice)},
        "items": list(entries),
    }


def english(text: str) -> Json:
    """Return a text of ours as a language map."""
    return {"en": [text]}


def as_is(text: str) -> Json:
    """Return a text of no language, such as a name, as a language map; none is taken for markup.

    A text that begins with ``<`` and ends with ``>`` is HTML to viewers; the standard's way out is a space after it.

    Examples:
        >>> as_is("<b>.tif"), as_is("<b>")
        ({'none': ['<b>.tif']}, {'none': ['<b> ']})
    """
    plain = text.strip()
    return {"none": [f"{text} " if plain.startswith("<") and text.endswith(">") else text]}


def thumbnail(address: str, image: TiledImage) -> Json:
    """Return the smallest file of the whole picture."""
    width, height = image.small
    return {
        "id": f"{address}/{image.folder}/full/{width},{height}/0/default.jpg",
        "type": "Image",
        "format": "image/jpeg",
        "width": width,
        "height": height,
    }


def _canvas(address: str, shown: Shown) -> Json:
    name = f"{address}/canvas/{shown.image.folder}"
    return {
        "id": name,
        "type": "Canvas",
        "label": english(shown.label),
        "width": shown.image.width,
        "height": shown.image.height,
        "thumbnail": [thumbnail(address, shown.image)],
        "items": [_page(name, [_painting(address, f"{name}/painting", shown, name)])],
    }


def _side_by_side(address: str, master: Shown, result: Shown) -> Json:
    """Return the canvas with both; a result of another size than the master's is shown at the master's height."""
    name = f"{address}/canvas/{master.image.folder}+{result.image.folder}"
    width, height = master.image.width, master.image.height
    left = width + max(1, round(width * GAP))
    beside = max(1, round(result.image.width * height / result.image.height))
    places = (f"{name}#xywh=0,0,{width},{height}", f"{name}#xywh={left},0,{beside},{height}")
    painted = [
        _painting(address, f"{name}/painting-{number}", shown, place)
        for number, (shown, place) in enumerate(zip((master, result), places, strict=True), start=1)
    ]
    return {
        "id": name,
        "type": "Canvas",
        "label": english(f"{master.label} (left), {result.label.lower()} (right)"),
        "width": left + beside,
        "height": height,
        "thumbnail": [thumbnail(address, master.image)],  # else viewers fetch the whole picture for one
        "items": [_page(name, painted)],
    }


def _page(canvas: str, painted: list[Json]) -> Json:
    return {"id": f"{canvas}/page", "type": "AnnotationPage", "items": painted}


def _painting(address: str, name: str, shown: Shown, target: str) -> Json:
    service = f"{address}/{shown.image.folder}"
    width, height = shown.image.whole
    return {
        "id": name,
        "type": "Annotation",
        "motivation": "painting",
        "body": {
            "id": f"{service}/full/max/0/default.jpg",
            "type": "Image",
            "label": english(shown.label),
            "format": "image/jpeg",
            "width": width,
            "height": height,
            "service": [{"id": service, "type": "ImageService3", "profile": "level0"}],
        },
        "target": target,
    }
