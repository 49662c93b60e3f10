"""What happens to a photograph between two scans, and what only looks like that: to test the search for copies with.

Every kind takes a photograph and a generator of chance. Copies show the same print; the others must not be merged with
it: the back of the same card, the next frame of the roll.
"""

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from oldphoto_core.dedupe.orientation import ORIENTATIONS, orient
from oldphoto_core.image import LUMA, Photo, from_bytes8, to_bytes8

Kind = Callable[[Photo, np.random.Generator], np.ndarray]

SEPIA = (1.0, 0.89, 0.7)
PAPER = 0.9


def turned(photo: Photo, rng: np.random.Generator) -> np.ndarray:
    """Laid on the glass another way: one of the seven other orientations."""
    return orient(photo, ORIENTATIONS[int(rng.integers(1, 8))])


def any_angle(photo: Photo, rng: np.random.Generator) -> np.ndarray:
    """Scanned askew, 5 to 40 degrees, on white."""
    return _tilted(photo, float(rng.uniform(5.0, 40.0)))


def cropped(photo: Photo, rng: np.random.Generator) -> np.ndarray:
    """A part of 70 to 90 per cent of each side."""
    return _part(photo, float(rng.uniform(0.7, 0.9)), rng)


def bordered(photo: Photo, rng: np.random.Generator) -> np.ndarray:
    """A margin of 2 to 15 per cent on each side, light or dark."""
    height, width = photo.shape[:2]
    top, bottom, left, right = (int(side * rng.uniform(0.02, 0.15)) for side in (height, height, width, width))
    value = float(rng.choice([0.05, 0.85, 0.97]))
    return np.pad(photo, ((top, bottom), (left, right), (0, 0)), constant_values=value)


def black_and_white(photo: Photo, rng: np.random.Generator) -> np.ndarray:
    """Luma only, with another gamma."""
    grey = (photo @ LUMA) ** float(rng.uniform(0.6, 1.7))
    return np.repeat(grey[..., None], 3, axis=2)


def sepia(photo: Photo, rng: np.random.Generator) -> np.ndarray:
    """Toned brown."""
    return black_and_white(photo, rng) * np.array(SEPIA)


def faded(photo: Photo, rng: np.random.Generator) -> np.ndarray:
    """Blacks and whites lost, and a cast."""
    low, high = rng.uniform(0.1, 0.35), rng.uniform(0.65, 0.9)
    return low + (high - low) * photo * np.array([1.0, rng.uniform(0.85, 1.0), rng.uniform(0.7, 1.0)])


def resized(photo: Photo, rng: np.random.Generator) -> np.ndarray:
    """Down to a long side of 160 to 320 pixels."""
    scale = float(rng.uniform(160, 320)) / max(photo.shape[:2])
    return cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def recompressed(photo: Photo, rng: np.random.Generator) -> np.ndarray:
    """JPEG of quality 8 to 25."""
    quality = int(rng.integers(8, 26))
    _, file = cv2.imencode(
        ".jpg", np.ascontiguousarray(to_bytes8(photo)[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    decoded = np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR))
    return from_bytes8(np.ascontiguousarray(decoded[..., ::-1]))


def stamped(photo: Photo, rng: np.random.Generator) -> np.ndarray:
    """The bureau's name across it, and its mark in a corner."""
    marked = np.ascontiguousarray(to_bytes8(np.ascontiguousarray(photo, dtype=np.float32))).copy()
    height, width = photo.shape[:2]
    size, thick = width / 420, max(1, width // 160)
    place = (int(width * 0.05), int(height * rng.uniform(0.3, 0.9)))
    cv2.putText(marked, "SCAN BUREAU", place, cv2.FONT_HERSHEY_DUPLEX, size, (255, 255, 255), thick)
    cv2.rectangle(marked, (0, 0), (width // 6, height // 12), (25, 25, 25), -1)
    cv2.putText(marked, "No 17", (4, height // 15), cv2.FONT_HERSHEY_DUPLEX, size / 2.5, (255, 255, 255), 1)
    return from_bytes8(marked)


def printed(photo: Photo, rng: np.random.Generator) -> np.ndarray:
    """From a book: trimmed, through a screen of dots, recompressed."""
    grey = _part(photo, 0.93, rng) @ LUMA
    y, x = np.mgrid[: grey.shape[0], : grey.shape[1]]
    step = 2 * np.pi / float(rng.uniform(4.0, 6.0))
    screen = (np.sin((x + y) * step * 0.7) * np.sin((x - y) * step * 0.7) + 1.0) / 2.0
    dots = cv2.GaussianBlur(np.clip((grey - screen) * 3.0 + 0.5, 0.0, 1.0), (0, 0), 1.0)
    return recompressed(np.repeat(dots[..., None], 3, axis=2).astype(np.float32), rng)


def rescanned(photo: Photo, rng: np.random.Generator) -> np.ndarray:
    """Another scanner, another day: trimmed, a little askew, faded, grainy, recompressed."""
    print_ = _tilted(faded(_part(photo, 0.95, rng), rng), float(rng.uniform(-2.5, 2.5)))
    grainy = np.clip(print_ + rng.normal(0.0, 0.03, print_.shape[:2])[..., None], 0.0, 1.0)
    return recompressed(grainy.astype(np.float32), rng)


def back(photo: Photo, rng: np.random.Generator) -> np.ndarray:
    """The other side of the card: paper, the picture showing faintly through, handwriting, the bureau's mark."""
    through = (photo @ LUMA)[:, ::-1, None].repeat(3, axis=2)
    paper = PAPER - 0.03 * through + rng.normal(0.0, 0.01, photo.shape[:2])[..., None]
    page = np.ascontiguousarray(np.clip(paper, 0.0, 1.0).astype(np.float32))
    height, width = photo.shape[:2]
    for line in range(int(rng.integers(3, 6))):
        points = np.stack([np.linspace(0.1, 0.8, 60) * width, (0.2 + 0.12 * line) * height + rng.normal(0, 5, 60)], 1)
        cv2.polylines(page, [points.astype(np.int32)], isClosed=False, color=(0.25, 0.22, 0.3), thickness=2)
    return stamped(page, rng)


def next_frame(photo: Photo, rng: np.random.Generator) -> np.ndarray:
    """The same scene a little later: what stood in the middle has moved aside, the camera was not quite still."""
    height, width = photo.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    who = (((x / width - 0.5) / 0.2) ** 2 + ((y / height - 0.55) / 0.35) ** 2 < 1.0).astype(np.uint8)
    ground = cv2.inpaint(to_bytes8(photo), who, 5, cv2.INPAINT_TELEA).astype(np.float32) / 255.0
    aside = float(rng.choice([-1.0, 1.0])) * width * float(rng.uniform(0.08, 0.16))
    move = np.array([[1.0, 0.0, aside], [0.0, 1.0, 0.0]])
    soft = cv2.GaussianBlur(who.astype(np.float32), (0, 0), 2.0)
    share = cv2.warpAffine(soft, move, (width, height))[..., None]
    later = ground * (1.0 - share) + cv2.warpAffine(np.ascontiguousarray(photo), move, (width, height)) * share
    shake = np.array([[1.0, 0.0, 0.01 * width], [0.0, 1.0, -0.01 * height]])
    return cv2.warpAffine(later.astype(np.float32), shake, (width, height), borderMode=cv2.BORDER_REFLECT)


COPIES: Mapping[str, Kind] = {
    "turned": turned,
    "any angle": any_angle,
    "cropped": cropped,
    "bordered": bordered,
    "black and white": black_and_white,
    "sepia": sepia,
    "faded": faded,
    "resized": resized,
    "recompressed": recompressed,
    "stamped": stamped,
    "printed": printed,
    "rescanned": rescanned,
}
"""Kinds of copies."""

OTHERS: Mapping[str, Kind] = {"back": back, "next frame": next_frame}
"""Kinds that are no copies of the photograph they were made from."""


def copy_of(photo: Photo, kind: Kind, rng: np.random.Generator) -> np.ndarray:
    """Return what a kind makes of a photograph, in [0, 1], float32."""
    return np.ascontiguousarray(np.clip(kind(photo, rng), 0.0, 1.0).astype(np.float32))


def _part(photo: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    height, width = (round(side * share) for side in photo.shape[:2])
    top, left = (
        int(rng.integers(side - part + 1)) for side, part in zip(photo.shape[:2], (height, width), strict=True)
    )
    return photo[top : top + height, left : left + width]


def _tilted(photo: np.ndarray, degrees: float) -> np.ndarray:
    """Turned about its middle on a larger sheet that holds all of it."""
    height, width = photo.shape[:2]
    cos, sin = abs(np.cos(np.radians(degrees))), abs(np.sin(np.radians(degrees)))
    size = (int(width * cos + height * sin) + 1, int(width * sin + height * cos) + 1)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turn[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return cv2.warpAffine(np.ascontiguousarray(photo, dtype=np.float32), turn, size, borderValue=(PAPER, PAPER, PAPER))
