"""Where a reel is cut: PySceneDetect proposes, and a cut is believed only if no frame after it is like one before it.

Old film flickers, flashes and has frames lost to splices. So frames are brought to one tone before anything looks at
them, and a proposal stands only if four frames on its one side are unlike four on the other: a flash passes, and what
comes back after it is the same scene. A dissolve is no cut, and a scene that goes through black is cut in the black.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.film.reel import Frame, Shot
from oldphoto_core.image import Bytes8, Grey, luma

_SEEN_WIDTH_PX = 128
_COMPARED_PX = (32, 24)
_SWAY_PX = 3
"""Largest shift of the compared frames that motion may have made."""

_FLAT = 0.03
"""Standard deviation of luma under which a frame shows nothing."""

_NEIGHBOURS = 4
"""Frames on either side of a cut that are compared; a flash is shorter."""

_UNLIKE = 0.25
"""Least 1 - correlation of two frames of different scenes."""

_RATIO = 2.0
"""How much more a cut changes the frame than its neighbours do, for the detector."""

_CONTENT = 8.0
"""Least change at a cut, for the detector (0 to 255)."""


_Propose = Callable[[int, Bytes8], list[int]]
"""Takes the number of the next frame and the frame; returns the cuts found since."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """The first frame of a new shot."""

    at: int
    unlike: float


def find_shots(frames: Iterable[Frame], *, shortest: int = 8) -> list[Shot]:
    """Return the shots of a reel, which follow each other without a gap; none of an empty reel.

    Args:
        frames: All frames of the reel, in order; they may be reduced (128 pixels wide are enough). A few are held.
        shortest: Fewest frames of a shot; a shorter one is joined to the neighbour that it is less unlike. Cuts within
            the two frames at either end of the reel are not seen.

    Raises:
        ModuleNotFoundError: PySceneDetect is not installed.
        ValueError: ``shortest`` is less than 1.
    """
    if shortest < 1:
        raise ValueError(f"a shot has 1 frame or more, found shortest = {shortest}")
    counted = _Counted(frames)
    cuts = list(_cuts(counted))
    if not counted.count:
        return []
    kept = _without_short(cuts, counted.count, shortest)
    edges = [0, *(cut.at for cut in kept), counted.count]
    return [Shot(start, stop) for start, stop in pairwise(edges)]


class _Counted:
    """Frames, and how many have passed."""

    def __init__(self, frames: Iterable[Frame]) -> None:
        self.count = 0
        self._frames = frames

    def __iter__(self) -> Iterator[Frame]:
        for frame in self._frames:
            self.count += 1
            yield frame


def _cuts(frames: Iterable[Frame]) -> Iterator[_Cut]:
    """Give the cuts that are believed, in order."""
    propose = _detector()
    recent: deque[tuple[int, Grey]] = deque(maxlen=4 * _NEIGHBOURS)
    waiting: list[int] = []
    black = _Black()
    number = -1
    for number, frame in enumerate(frames):
        toned = _toned(frame)
        recent.append((number, cv2.resize(toned, _COMPARED_PX, interpolation=cv2.INTER_AREA)))
        yield from black.see(*recent[-1])
        waiting += propose(number, _levels(toned))
        ready = [at for at in waiting if at + _NEIGHBOURS - 1 <= number]
        waiting = [at for at in waiting if at not in ready]
        yield from _believed(ready, recent)
    yield from _believed(waiting, recent)


def _believed(proposed: list[int], recent: Iterable[tuple[int, Grey]]) -> Iterator[_Cut]:
    """Give the proposed cuts across which nothing is alike."""
    for at in proposed:
        before = [seen for number, seen in recent if at - _NEIGHBOURS <= number < at]
        after = [seen for number, seen in recent if at <= number < at + _NEIGHBOURS]
        unlike = min((_unlike(one, other) for one in before for other in after), default=0.0)
        own = [_unlike(*pair) for side in (before, after) for pair in pairwise(side)]
        if unlike > max(_UNLIKE, 2.0 * float(np.median(own)) if own else 0.0):
            yield _Cut(at, unlike)


class _Black:
    """Watches for scenes that change while nothing is to be seen."""

    def __init__(self) -> None:
        self._last: Grey | None = None
        self._run = 0

    def see(self, number: int, seen: Grey) -> Iterator[_Cut]:
        """Take the next frame; give a cut in the middle of the black if another scene comes out of it."""
        if float(np.abs(seen).max()) == 0.0:
            self._run += 1
            return
        if self._run >= 2 and self._last is not None:
            unlike = _unlike(self._last, seen)
            if unlike > _UNLIKE:
                yield _Cut(number - (self._run + 1) // 2, unlike)
        self._last, self._run = seen, 0


def _without_short(cuts: list[_Cut], count: int, shortest: int) -> list[_Cut]:
    """Return the cuts without those that make a shot too short, the least believed first."""
    kept = sorted({cut.at: cut for cut in cuts}.values(), key=lambda cut: cut.at)
    while kept:
        edges = [0, *(cut.at for cut in kept), count]
        short = [index for index in range(len(edges) - 1) if edges[index + 1] - edges[index] < shortest]
        if not short:
            break
        beside = {cut for index in short for cut in kept[max(0, index - 1) : index + 1]}
        kept.remove(min(beside, key=lambda cut: cut.unlike))
    return kept


def _toned(frame: Frame) -> Grey:
    """Return a small luma with mean 0 and standard deviation 1; all zero if the frame shows nothing."""
    width = min(_SEEN_WIDTH_PX, frame.shape[1])
    height = max(1, round(frame.shape[0] * width / frame.shape[1]))
    small = luma(cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA).reshape(height, width, 3))
    spread = float(small.std())
    return (small - small.mean()) / np.float32(spread) if spread > _FLAT else np.zeros_like(small)


def _levels(toned: Grey) -> Bytes8:
    """Return it as the detectors want it: blue, green and red in [0, 255]."""
    levels = np.clip(127.5 + 50.0 * toned, 0.0, 255.0).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=2)


def _unlike(one: Float32[np.ndarray, "h w"], other: Float32[np.ndarray, "h w"]) -> float:
    """Return 1 - correlation, in [0, 1], at the small shift that suits best.

    It is 0 if one of them shows nothing, since nothing speaks for a cut then.
    """
    middle = other[_SWAY_PX:-_SWAY_PX, _SWAY_PX:-_SWAY_PX]
    if min(float(one.std()), float(middle.std())) < 1e-3:
        return 0.0
    alike = cv2.matchTemplate(one, middle, cv2.TM_CCOEFF_NORMED)
    return float(np.clip(1.0 - alike.max(), 0.0, 1.0))


def _detector() -> _Propose:
    """Return PySceneDetect's adaptive detector, which compares the change of a frame with that of its neighbours.

    Raises:
        ModuleNotFoundError: PySceneDetect is not installed.
    """
    try:
        from scenedetect import AdaptiveDetector, FrameTimecode  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as problem:
        raise ModuleNotFoundError(
            "shots are found by PySceneDetect, which is not installed: run pip install 'oldphoto[film]'"
        ) from problem
    found = AdaptiveDetector(adaptive_threshold=_RATIO, min_scene_len=1, min_content_val=_CONTENT, luma_only=True)

    def propose(number: int, frame: Bytes8) -> list[int]:
        return [cut.frame_num for cut in found.process_frame(FrameTimecode(number, 24.0), frame)]

    return propose
