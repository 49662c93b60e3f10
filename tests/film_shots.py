"""Small shots of film for tests: pans over bundled pictures, and sources that read from a list."""

from collections.abc import Sequence

import cv2
import numpy as np
import skimage.data

from oldphoto_core.film.reel import Frame, FrameSource


def picture(name: str, width: int, height: int) -> Frame:
    """A bundled picture of scikit-image, reduced; RGB in [0, 1]."""
    found = np.asarray(getattr(skimage.data, name)())
    found = found if found.ndim == 3 else np.repeat(found[..., None], 3, axis=2)
    return cv2.resize(found, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255.0)


def pan(name: str, count: int, *, size: tuple[int, int] = (96, 128), step: tuple[int, int] = (0, 1)) -> list[Frame]:
    """A camera that moves over a picture by whole pixels (down, right) a frame."""
    height, width = size
    down, right = abs(step[0]) * (count - 1), abs(step[1]) * (count - 1)
    whole = picture(name, width + right, height + down)
    return [np.ascontiguousarray(whole[t * abs(step[0]) :, t * abs(step[1]) :][:height, :width]) for t in range(count)]


def grey(frames: Sequence[Frame]) -> list[Frame]:
    """The frames without colour: three equal channels."""
    return [np.repeat(frame.mean(axis=2, keepdims=True), 3, axis=2) for frame in frames]


def source(frames: Sequence[Frame], reads: list[tuple[int, int]] | None = None) -> FrameSource:
    """A shot out of a list; what is read is noted in ``reads``."""

    def read(start: int, stop: int) -> list[Frame]:
        if not 0 <= start <= stop <= len(frames):
            raise IndexError(f"frames {start} to {stop} of {len(frames)}")
        if reads is not None:
            reads.append((start, stop))
        return [frame.copy() for frame in frames[start:stop]]

    return FrameSource(count=len(frames), height=frames[0].shape[0], width=frames[0].shape[1], read=read)
