"""Near copies: 64-bit perceptual hashes that survive another scan of the same print.

Every hash is ImageHash's pHash or dHash of a 32 by 32 grey copy of some view of the picture. The views: the whole, the
picture inside its plain border, and five windows of the latter (centre and corners), so that a trimmed or bordered
re-scan meets its original. Whole and inner view are hashed in all eight orientations, the windows upright only: of two
pictures one is turned and the other windowed, which is enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import imagehash
import numpy as np
from jaxtyping import UInt8
from PIL import Image

from oldphoto_core.dedupe.landmarks import landmarks
from oldphoto_core.dedupe.orientation import ORIENTATIONS, orient
from oldphoto_core.dedupe.proxy import Scaled, grey_proxy, resized
from oldphoto_core.dedupe.trim import trim_border
from oldphoto_core.image import Grey, Photo

HASH_BITS = 128
"""Bits that a distance counts over: 64 of pHash and 64 of dHash."""

LONG_SIDE_PX = 256
"""Long side of the grey copy from which the views are cut."""

TINY_SIDE_PX = 32
"""Side of the square that is hashed; pHash's own size, so the library does not scale it again."""

WINDOW = 0.9
"""Side of a window as a share of the side of the inner picture."""

WINDOW_PLACES = ((0.5, 0.5), (0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
"""Where each window lies: 0 at the top or left, 1 at the bottom or right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The perceptual hashes of one photograph; plain numbers, to be kept in a catalog."""

    phash: tuple[int, ...]
    """pHash of the whole picture in each of ``ORIENTATIONS``, each in [0, 2**64)."""

    dhash: tuple[int, ...]
    """dHash of the same eight."""

    inner_phash: tuple[int, ...]
    """pHash of the picture inside its plain border, in each of ``ORIENTATIONS``."""

    inner_dhash: tuple[int, ...]
    """dHash of the same eight."""

    window_phash: tuple[int, ...]
    """pHash of each window, upright, in the order of ``WINDOW_PLACES``."""

    window_dhash: tuple[int, ...]
    """dHash of the same five."""

    relief: float
    """How much there is to see: standard deviation of the tiny inner picture about its best plane, in [0, 1]."""

    landmarks: tuple[int, ...] = ()
    """Landmarks, sorted; none for a plain picture, or one catalogued before there were any."""

    def __post_init__(self) -> None:
        """Refuse another number of hashes, or numbers that do not fit."""
        for name, count in FIELD_LENGTHS.items():
            hashes = getattr(self, name)
            if len(hashes) != count or not all(0 <= value < 2**64 for value in hashes):
                raise ValueError(f"{name} must be {count} numbers in [0, 2**64), found {hashes}")
        if not all(0 <= word < 2**64 for word in self.landmarks):
            raise ValueError(f"landmarks must be numbers in [0, 2**64), found {self.landmarks}")

    def to_words(self) -> list[int]:
        """Return all 42 hashes, field after field, then the landmarks, as one list of numbers in [0, 2**64)."""
        return [*(value for name in FIELD_LENGTHS for value in getattr(self, name)), *self.landmarks]

    @classmethod
    def from_words(cls, words: Sequence[int], *, relief: float) -> "Fingerprint":
        """Return the fingerprint whose numbers ``to_words`` gave.

        Raises:
            ValueError: There are fewer than 42 numbers, or one is not in [0, 2**64).
        """
        fields: dict[str, tuple[int, ...]] = {}
        start = 0
        for name, count in FIELD_LENGTHS.items():
            fields[name] = tuple(int(word) for word in words[start : start + count])
            start += count
        if len(words) < start:
            raise ValueError(f"a fingerprint has {start} hashes, found {len(words)}")
        return cls(
            phash=fields["phash"],
            dhash=fields["dhash"],
            inner_phash=fields["inner_phash"],
            inner_dhash=fields["inner_dhash"],
            window_phash=fields["window_phash"],
            window_dhash=fields["window_dhash"],
            relief=relief,
            landmarks=tuple(int(word) for word in words[start:]),
        )


FIELD_LENGTHS = {
    "phash": len(ORIENTATIONS),
    "dhash": len(ORIENTATIONS),
    "inner_phash": len(ORIENTATIONS),
    "inner_dhash": len(ORIENTATIONS),
    "window_phash": len(WINDOW_PLACES),
    "window_dhash": len(WINDOW_PLACES),
}
"""The fields that hold hashes, in the order of ``to_words``, and how many each holds."""


def fingerprint(photo: Photo) -> Fingerprint:
    """Return the perceptual hashes of a photograph; a copy with a long side of 512 pixels gives nearly the same.

    Args:
        photo: The photograph, upright as stored; it is not changed.
    """
    grey = grey_proxy(photo, LONG_SIDE_PX)
    inner = trim_border(grey)
    whole_hashes = [_hashes(orient(_tiny(grey), orientation)) for orientation in ORIENTATIONS]
    inner_hashes = [_hashes(orient(_tiny(inner), orientation)) for orientation in ORIENTATIONS]
    window_hashes = [_hashes(_tiny(_window(inner, place))) for place in WINDOW_PLACES]
    return Fingerprint(
        phash=tuple(pair[0] for pair in whole_hashes),
        dhash=tuple(pair[1] for pair in whole_hashes),
        inner_phash=tuple(pair[0] for pair in inner_hashes),
        inner_dhash=tuple(pair[1] for pair in inner_hashes),
        window_phash=tuple(pair[0] for pair in window_hashes),
        window_dhash=tuple(pair[1] for pair in window_hashes),
        relief=_relief(_tiny(inner)),
        landmarks=tuple(landmarks(grey)),
    )


def hash_distance(first: int, second: int) -> int:
    """Return in how many bits two hashes differ.

    Examples:
        >>> hash_distance(0b1010, 0b0110)
        2
    """
    return (first ^ second).bit_count()


def _tiny(grey: Grey) -> UInt8[np.ndarray, "32 32"]:
    return np.rint(resized(grey, (TINY_SIDE_PX, TINY_SIDE_PX)) * 255.0).astype(np.uint8)


def _window(grey: Grey, place: tuple[float, float]) -> Scaled:
    height, width = (max(1, round(side * WINDOW)) for side in grey.shape)
    top = round((grey.shape[0] - height) * place[0])
    left = round((grey.shape[1] - width) * place[1])
    return grey[top : top + height, left : left + width]


def _hashes(tiny: np.ndarray) -> tuple[int, int]:
    """Return pHash and dHash as numbers, the first bit of the top row being the highest."""
    picture = Image.fromarray(np.ascontiguousarray(tiny))
    both = (imagehash.phash(picture), imagehash.dhash(picture))
    phash, dhash = (int.from_bytes(np.packbits(bits.hash).tobytes(), "big") for bits in both)
    return phash, dhash


def _relief(tiny: UInt8[np.ndarray, "32 32"]) -> float:
    """Return what is left of a picture when a plane (light falling off to one side) is taken away."""
    y, x = np.mgrid[-1.0:1.0:32j, -1.0:1.0:32j]
    grey = tiny / 255.0
    # On this grid 1, x and y are orthogonal, so the best plane is three averages.
    plane = grey.mean() + x * (grey * x).mean() / (x * x).mean() + y * (grey * y).mean() / (y * y).mean()
    return float((grey - plane).std())
