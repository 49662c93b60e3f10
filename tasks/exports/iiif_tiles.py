"""A picture as static tiles of the IIIF Image API 3, level 0: files that any web server can give out."""

import io
import json
import shutil
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
from jaxtyping import UInt8

from oldphoto_core.image import to_bytes8
from oldphoto_core.scan.colour import strips, to_photo
from oldphoto_core.scan.facts import Scan
from oldphoto_core.scan.vips import as_image, encode
from tasks.exports.files import write_if_changed

Rendering = UInt8[np.ndarray, "H W 3"]
"""Upright sRGB, 8 bits."""

RENDERED_AS = "oldphoto-iiif-tiles/1"
"""Rises when the same picture would give other tiles."""

TILE_PX = 512
QUALITY = 90
MAX_SIDE_PX = 4096
"""Longest side of the one file that shows the whole picture; larger pictures are seen in full through their tiles."""

CONTEXT = "http://iiif.io/api/image/3/context.json"


@dataclass(frozen=True, slots=True)
class TiledImage:
    """A picture that lies in tiles."""

    folder: str
    """Name of its folder, beside the manifest."""

    width: int
    """Width of the picture in pixels."""

    height: int
    """Height of the picture in pixels."""

    whole: tuple[int, int]
    """Width and height of ``full/max/0/default.jpg``."""

    small: tuple[int, int]
    """Width and height of the smallest file of the whole picture."""


def rendering(scan: Scan) -> Rendering:
    """Return a scan as screens show it: uint8 (H, W, 3) sRGB, upright, every pixel of the scan."""
    height, width = scan.pixels.shape[:2]
    shown = np.empty((height, width, 3), np.uint8)
    for rows in strips(height, width):  # the whole in floating point would take four times the room
        shown[rows] = to_bytes8(to_photo(replace(scan, pixels=scan.pixels[rows])))
    return shown


def tiled(folder: Path, address: str, render: Callable[[], Rendering]) -> TiledImage:
    """Return the picture's tiles, made if they are not there; the folder appears whole.

    Args:
        folder: Where; its name must change when the picture does.
        address: Address of that folder on the web.
        render: Gives the picture; not called if the tiles are there.

    Raises:
        OSError: A tile cannot be written.
    """
    if not (folder / "info.json").is_file():
        _make(folder, render())
    info = _information(folder, address)
    write_if_changed(folder / "info.json", json.dumps(info, indent=2).encode() + b"\n")
    size = info["width"], info["height"]
    sides = info["sizes"][0]
    return TiledImage(folder.name, *size, whole=fitted(*size), small=(sides["width"], sides["height"]))


def fitted(width: int, height: int) -> tuple[int, int]:
    """Return the size of the file that shows the whole picture.

    Examples:
        >>> fitted(8192, 100), fitted(300, 200)
        ((4096, 50), (300, 200))
    """
    scale = min(1.0, MAX_SIDE_PX / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _make(folder: Path, shown: Rendering) -> None:
    """Write tiles and the whole picture beside the folder's place, and give them its name."""
    image = as_image(shown, interpretation="srgb")
    draft = folder.with_name(f".{folder.name}-{uuid.uuid4().hex}.partial")
    draft.mkdir(parents=True)
    try:
        _unpack(encode(image, "dz", **_how(folder.name)), folder.name, draft)
        whole = draft / "full" / "max" / "0" / "default.jpg"
        whole.parent.mkdir(parents=True)
        whole.write_bytes(encode(_shrunk(image), "jpeg", Q=QUALITY, optimize_coding=True, keep="none"))
        if folder.exists():  # without info.json: of an export that was stopped when folders did not appear whole
            shutil.rmtree(folder)
        draft.replace(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _how(name: str) -> dict[str, Any]:
    """Return libvips' options for tiles; it packs them in memory, so that it is never given a file name."""
    return {
        "basename": name,
        "layout": "iiif3",
        "container": "zip",
        "tile_size": TILE_PX,
        "suffix": f".jpg[Q={QUALITY},optimize_coding]",
        "keep": "none",
    }


def _shrunk(image: pyvips.Image) -> pyvips.Image:
    width, height = fitted(image.width, image.height)
    return image if width == image.width else image.thumbnail_image(width, height=height, size="force")


def _unpack(packed: bytes, name: str, folder: Path) -> None:
    """Write the files of libvips' archive that lie below the picture's name."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        for member in archive.namelist():
            inner = member.removeprefix(f"{name}/")
            if inner in {"", member} or member.endswith("/"):
                continue
            path = folder.joinpath(*inner.split("/"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.read(member))


def _information(folder: Path, address: str) -> dict[str, Any]:
    """Return info.json: libvips', with the address, the sizes that are there, and what ``max`` means.

    libvips writes the smallest level as ``full/w,h`` and no ``full/max``; the standard asks for that at every level.
    """
    found = json.loads((folder / "info.json").read_bytes())
    width, height = found["width"], found["height"]
    sizes = sorted(_size(path.name) for path in (folder / "full").iterdir() if path.name != "max")
    whole = fitted(width, height)
    limit = {"maxWidth": whole[0], "maxHeight": whole[1]} if whole != (width, height) else {}
    return {
        "@context": CONTEXT,
        "id": address,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level0",
        "width": width,
        "height": height,
        **limit,
        "sizes": [{"width": wide, "height": high} for wide, high in sizes],
        "tiles": [{"width": TILE_PX, "scaleFactors": found["tiles"][0]["scaleFactors"]}],
    }


def _size(name: str) -> tuple[int, int]:
    width, _, height = name.partition(",")
    return int(width), int(height)
