"""Sound pictures to age: scikit-image's bundled photographs that anyone may use, and made-up scenes after them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import skimage
from PIL import Image

from oldphoto_core.image import Photo, from_bytes8
from oldphoto_core.synthesis.scenes import SCENES, scene

Licence = Literal["CC0-1.0", "public domain"]

SHAPES: tuple[tuple[float, float], ...] = ((3, 4), (4, 3), (2, 3), (4, 5), (1, 1))
"""Height to width of the usual prints."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A sound photograph with what a record needs to say of it."""

    photo: Photo
    """The pixels."""

    source: str
    """Where it comes from."""

    licence: Licence
    """Under which terms anyone may use it."""

    monochrome: bool
    """Whether it is black and white."""


@dataclass(frozen=True, slots=True)
class Bundled:
    """A photograph that lies in scikit-image's wheel and is free for all, by the notes in ``skimage.data``."""

    file: str
    """Name in the folder ``skimage/data``."""

    by: str
    """Who took or gave it."""

    licence: Licence
    """Terms stated in the notes."""

    monochrome: bool = False
    """Whether it is black and white."""


BUNDLED: dict[str, Bundled] = {
    "astronaut": Bundled("astronaut.png", "NASA Great Images", "public domain"),
    "brick": Bundled("brick.png", "CC0Textures, Bricks25", "CC0-1.0", monochrome=True),
    "camera": Bundled("camera.png", "Lav Varshney", "CC0-1.0", monochrome=True),
    "chelsea": Bundled("chelsea.png", "Stefan van der Walt", "CC0-1.0"),
    "coffee": Bundled("coffee.png", "Rachel Michetti", "CC0-1.0"),
    "grass": Bundled("grass.png", "linolafett, DeviantArt", "CC0-1.0", monochrome=True),
    "gravel": Bundled("gravel.png", "CC0Textures, Gravel04", "CC0-1.0", monochrome=True),
    "hubble": Bundled("hubble_deep_field.jpg", "NASA, HubbleSite", "public domain"),
    "rocket": Bundled("rocket.jpg", "SpaceX", "public domain"),
}
"""Left out: files without a stated licence (moon, motorcycle, page), and those that are no photographs."""


def bundled(name: str) -> Picture:
    """Return a bundled photograph at its own size.

    Raises:
        KeyError: The name is not in ``BUNDLED``.
    """
    known = BUNDLED[name]
    with Image.open(Path(skimage.__file__).parent / "data" / known.file) as opened:
        photo = from_bytes8(np.asarray(opened.convert("RGB")))
    return Picture(photo, f"scikit-image {known.file} ({known.by})", known.licence, known.monochrome)


def made_up(number: int, rng: np.random.Generator) -> Picture:
    """Return a made-up scene of 640 to 1000 pixels on its longer side; the kinds take turns by number."""
    kind = tuple(SCENES)[number % len(SCENES)]
    tall, wide = SHAPES[int(rng.integers(len(SHAPES)))]
    scale = float(rng.uniform(640, 1000)) / max(tall, wide)
    photo = scene(kind, (round(tall * scale), round(wide * scale)), rng)
    return Picture(photo, f"oldphoto scene ({kind})", "CC0-1.0", monochrome=False)
