"""Small pictures of a clip, as several methods give it."""

from collections.abc import Mapping

import cv2
import numpy as np

from oldphoto_core.image import to_bytes8
from oldphoto_core.synthesis.reel_scene import Frames
from tasks.evaluation.page import Strip

SHOWN = 3
QUALITY = 88


def strip_of(title: str, credit: str, clips: Mapping[str, Frames]) -> Strip:
    """Return the strip of a clip: of each method three neighbouring frames from its middle, one below the other."""
    return Strip(title, credit, tuple((name, _jpeg(frames)) for name, frames in clips.items()))


def _jpeg(frames: Frames) -> bytes:
    first = max(0, (len(frames) - SHOWN) // 2)
    shown = to_bytes8(np.concatenate(list(frames[first : first + SHOWN])))
    written, coded = cv2.imencode(".jpg", cv2.cvtColor(shown, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return coded.tobytes() if written else b""
