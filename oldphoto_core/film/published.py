"""The published procedure to the letter, for comparison: grey, 368 pixels, windows that know nothing of each other.

Written from a description of the release's test script (Wan et al., CVPR 2022). Frames come back at their own size, but
hold no more than the reduced ones did. Where sizes or lengths do not matter, the engines do better without it.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from oldphoto_core.film.reel import Frame, FrameSource
from oldphoto_core.film.windows import published_spans
from oldphoto_core.image import to_bytes8
from oldphoto_core.networks.rtn.film import FilmRestorer

SHORT_SIDE_PX = 368
_STEP_PX = 16


def working_size(height: int, width: int) -> tuple[int, int]:
    """Return the height and width that the procedure works at: short side 368, long side cut to a multiple of 16.

    Examples:
        >>> working_size(480, 640), working_size(340, 579)
        ((368, 480), (368, 624))
    """
    long = int(SHORT_SIDE_PX * max(height, width) / min(height, width)) // _STEP_PX * _STEP_PX
    return (SHORT_SIDE_PX, long) if height <= width else (long, SHORT_SIDE_PX)


def prepared(frame: Frame) -> Float[Tensor, "3 _h _w"]:
    """Return a frame as the procedure gives it to the network: 8-bit grey, reduced, in three channels, [-1, 1]."""
    height, width = working_size(*frame.shape[:2])
    grey = Image.fromarray(to_bytes8(frame)).convert("L").resize((width, height), Image.Resampling.BILINEAR)
    plane = torch.from_numpy(np.asarray(grey, dtype=np.float32) / np.float32(255.0))
    return ((plane - 0.5) / 0.5).expand(3, height, width)


def published(network: FilmRestorer, shot: FrameSource, *, length: int, start: int = 0) -> Iterator[Frame]:
    """Give the frames of a shot from a number on as the published procedure makes them, brought back to their size.

    Args:
        network: In evaluation mode; it computes where its weights lie.
        shot: The shot.
        length: Frames of a window; each begins half of that after the one before.
        start: First frame to give.
    """
    device = next(network.parameters()).device
    with torch.inference_mode():
        for span in published_spans(shot.count, length=length, stride=max(1, length // 2)):
            if span.stop <= start:
                continue
            clip = _clip(shot.read(span.start, span.stop)).to(device)
            frames = network(clip).frames[0].cpu()
            for number in range(max(start, span.emit), span.stop):
                yield _returned(frames[number - span.start], shot.height, shot.width)


def _clip(frames: Sequence[Frame]) -> Float[Tensor, "1 T 3 _h _w"]:
    return torch.stack([prepared(frame) for frame in frames])[None]


def _returned(frame: Float[Tensor, "3 _h _w"], height: int, width: int) -> Frame:
    pixels = np.ascontiguousarray(((frame + 1.0) / 2.0).permute(1, 2, 0).numpy())
    how = cv2.INTER_CUBIC if height > pixels.shape[0] else cv2.INTER_AREA
    larger = cv2.resize(pixels, (width, height), interpolation=how)
    return np.clip(larger.reshape(height, width, 3), 0.0, 1.0)
