"""What IIIF Presentation 3.0 and Image API 3.0 demand of what we write, put down from the standards by hand."""

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

REQUIRED = {
    "Collection": {"@context", "id", "type", "label", "items"},
    "Manifest": {"@context", "id", "type", "label", "items"},
    "Canvas": {"id", "type", "items", "width", "height"},
    "AnnotationPage": {"id", "type", "items"},
    "Annotation": {"id", "type", "motivation", "body", "target"},
    "Image": {"id", "type", "format", "width", "height"},
    "ImageService3": {"id", "type", "profile"},
    "Dataset": {"id", "type", "label", "format"},
}
ALLOWED = {
    "Collection": {"requiredStatement", "rights", "thumbnail", "metadata", "summary", "seeAlso", "behavior"},
    "Manifest": {
        "metadata",
        "requiredStatement",
        "rights",
        "thumbnail",
        "viewingDirection",
        "behavior",
        "seeAlso",
        "summary",
    },
    "Canvas": {"label", "thumbnail"},
    "AnnotationPage": set(),
    "Annotation": set(),
    "Image": {"label", "service"},
    "ImageService3": set(),
    "Dataset": set(),
}
CHILD = {"Collection": "Manifest", "Manifest": "Canvas", "Canvas": "AnnotationPage", "AnnotationPage": "Annotation"}
BEHAVIOUR = {"individuals", "paged", "continuous", "unordered"}
CONTEXT = "http://iiif.io/api/presentation/3/context.json"
LANGUAGE = re.compile(r"none|[a-z]{2,3}(-[A-Za-z0-9]+)*")
ADDRESS = re.compile(r"https?://[!#-;=?-\[\]_a-z~%]+")
RIGHTS = re.compile(r"http://(creativecommons\.org/(licenses|publicdomain)/|rightsstatements\.org/vocab/)\S+")


def misfits(document: Json, *, reference: bool = False) -> Iterator[str]:
    """Yield every way in which a resource, or one inside it, is not what the standard allows.

    Args:
        document: Collection, Manifest or a resource inside one.
        reference: Whether it only names a manifest kept elsewhere.
    """
    kind = document.get("type", "")
    if kind not in REQUIRED:
        yield f"unknown type {kind!r}"
        return
    required = {"id", "type", "label"} if reference else REQUIRED[kind]
    if missing := required - set(document):
        yield f"{kind} lacks {missing}"
    if unknown := set(document) - required - ALLOWED[kind]:
        yield f"{kind} has {unknown}"
    if not ADDRESS.fullmatch(document.get("id", "")):
        yield f"{kind} has the id {document.get('id')!r}"
    if document.get("@context", CONTEXT) != CONTEXT:
        yield f"{kind} has another context"
    yield from _values(kind, document)
    yield from _inner(kind, document)


def _values(kind: str, document: Json) -> Iterator[str]:
    texts = [document[name] for name in ("label", "summary") if name in document]
    for pair in [
        *document.get("metadata", []),
        *([document["requiredStatement"]] if "requiredStatement" in document else []),
    ]:
        texts += [pair.get("label"), pair.get("value")]
    for text in texts:
        if not is_language_map(text):
            yield f"{kind} has the text {text!r}"
    for name in ("width", "height"):
        if name in document and not (type(document[name]) is int and document[name] > 0):
            yield f"{kind} has the {name} {document[name]!r}"
    if not set(document.get("behavior", [])) <= BEHAVIOUR:
        yield f"{kind} has the behavior {document['behavior']}"
    if "rights" in document and not RIGHTS.fullmatch(document["rights"]):
        yield f"{kind} has the rights {document['rights']}"
    if document.get("motivation", "painting") != "painting":
        yield f"{kind} has the motivation {document['motivation']}"
    if kind == "ImageService3" and document.get("profile") != "level0":
        yield f"{kind} has the profile {document.get('profile')}"


def _inner(kind: str, document: Json) -> Iterator[str]:
    for name in ("thumbnail", "seeAlso", "service"):
        for one in document.get(name, []):
            yield from misfits(one)
    if kind == "Annotation":
        yield from misfits(document["body"])
    if kind in CHILD and "items" in document:
        if not document["items"] and kind != "Collection":
            yield f"{kind} is empty"
        for one in document["items"]:
            if one.get("type") != CHILD[kind]:
                yield f"{kind} holds a {one.get('type')}"
            yield from misfits(one, reference=kind == "Collection")


def is_language_map(value: Any) -> bool:
    """Return whether it is a text: languages, each with a list of strings that no viewer takes for markup."""
    return (
        isinstance(value, dict)
        and bool(value)
        and all(LANGUAGE.fullmatch(language) for language in value)
        and all(isinstance(texts, list) and texts for texts in value.values())
        and all(type(text) is str and text for texts in value.values() for text in texts)
        and not any(text.lstrip().startswith("<") and text.endswith(">") for texts in value.values() for text in texts)
    )


def ids(document: Any) -> Iterator[str]:
    """Yield the ids of canvases, pages and annotations, which must each be one of a kind."""
    if isinstance(document, dict):
        if document.get("type") in {"Manifest", "Canvas", "AnnotationPage", "Annotation"}:
            yield document["id"]
        for value in document.values():
            yield from ids(value)
    elif isinstance(document, list):
        for value in document:
            yield from ids(value)


def tiles(info: Json) -> Iterator[tuple[int, tuple[int, int, int, int], tuple[int, int]]]:
    """Yield scale factor, region and size of every tile that an image's description promises (Image API 3.0, 5.4)."""
    side = info["tiles"][0]["width"]
    for factor in info["tiles"][0]["scaleFactors"]:
        step = side * factor
        for top in range(0, info["height"], step):
            for left in range(0, info["width"], step):
                width, height = min(step, info["width"] - left), min(step, info["height"] - top)
                yield factor, (left, top, width, height), (-(-width // factor), -(-height // factor))


def tile_name(info: Json, region: tuple[int, int, int, int], size: tuple[int, int]) -> str:
    """Return the canonical name of a tile (Image API 3.0, 4.7): ``full`` is the whole, ``max`` that at full size."""
    whole = (info["width"], info["height"])
    if region == (0, 0, *whole):
        return f"full/{'max' if size == whole else '{},{}'.format(*size)}/0/default.jpg"
    return f"{','.join(map(str, region))}/{size[0]},{size[1]}/0/default.jpg"
