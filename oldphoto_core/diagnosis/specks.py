"""Small round spots that may be dust: finding candidates and describing each.

A candidate is a compact group of pixels, up to about nine pixels across, lighter than everything round it. Catchlights,
pebbles, stars and foliage make candidates too: dust stands on calm ground, towers over the small structure around it,
and has the tone of paper. Tones are 8-bit, 0 to 255.
"""

import cv2
import numpy as np

from oldphoto_core.diagnosis.components import Components, connect
from oldphoto_core.diagnosis.lines import Description, Field, Level

WIDTH_PX = 11
LEAST_CONTRAST = 22.0

FEATURES = (
    "log_contrast",
    "log_calm",
    "log_stature",
    "fullness",
    "log_size",
    "tone_rank",
    "extremeness",
    "excess_chroma",
    "log_texture",
)
"""The columns of a description, in order; ``describe_specks`` says what each is."""

_DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (WIDTH_PX, WIDTH_PX))


def find_specks(level: Level) -> tuple[Components, Level]:
    """Return the candidate specks and the white top-hat they were found in.

    A speck rises ``LEAST_CONTRAST`` steps, and four times the mean small structure around it (31 pixels).
    """
    rise = cv2.subtract(level, cv2.morphologyEx(level, cv2.MORPH_OPEN, _DISC))
    texture = cv2.blur(rise, (31, 31), borderType=cv2.BORDER_REFLECT).astype(np.float32)
    strength = rise / np.maximum(LEAST_CONTRAST, 4.0 * texture)
    return connect(strength > 0.5, strength, extent_px=(1.5, 1.45 * WIDTH_PX)), rise


def describe_specks(level: Level, chroma: Field, specks: Components, rise: Level) -> Description:
    """Return one row of ``FEATURES`` for each candidate speck.

    Returns:
        log_contrast: of the mean rise in 8-bit steps. log_calm: of the rise over the standard deviation, within 21
        pixels, of the picture without its small light structure. log_stature: of the rise over the mean small light
        structure within 61 pixels. fullness: area over the box. log_size: of the area in pixels. tone_rank: share of
        the picture that is darker; extremeness: its excess over 0.8, times 5. excess_chroma: as for lines.
        log_texture: of the mean depth of small dark structure within 21 pixels.
    """
    rows, columns = specks.rows, specks.columns
    height = specks.mean(rise[rows, columns].astype(np.float32)) + 2.0
    ground = cv2.subtract(level, rise).astype(np.float32)
    mean = cv2.blur(ground, (21, 21))
    spread = np.sqrt(np.maximum(0.0, cv2.blur(ground * ground, (21, 21)) - mean * mean))
    usual = cv2.blur(rise.astype(np.float32), (61, 61))
    dark = cv2.subtract(cv2.morphologyEx(level, cv2.MORPH_CLOSE, _DISC), level)
    texture = cv2.blur(dark.astype(np.float32), (21, 21))
    rank = np.cumsum(np.bincount(level.ravel(), minlength=256)) / level.size
    tone_rank = specks.mean(rank[level[rows, columns]].astype(np.float32))
    box = np.maximum(1, specks.boxes[:, 2] * specks.boxes[:, 3])
    columns_out = (
        np.log(height),
        np.log(height / (specks.mean(spread[rows, columns]) + 2.0)),
        np.log(height / (specks.mean(usual[rows, columns]) + 1.0)),
        specks.areas / box,
        np.log(specks.areas),
        tone_rank,
        5.0 * np.maximum(0.0, tone_rank - 0.8),
        np.clip(specks.mean(chroma[rows, columns]), -10.0, 20.0) / 10.0,
        np.log(specks.mean(texture[rows, columns]) + 1.0),
    )
    return np.stack(columns_out, axis=1)
