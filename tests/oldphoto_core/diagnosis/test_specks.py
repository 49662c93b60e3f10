"""Light spots on calm ground are found, one candidate each."""

import cv2
import numpy as np

from oldphoto_core.diagnosis.lines import Level
from oldphoto_core.diagnosis.scores import LIGHT_SPECK
from oldphoto_core.diagnosis.specks import FEATURES, describe_specks, find_specks

SPOTS = [(30, 40), (90, 120), (150, 60), (170, 170)]


def spotted(ground: Level) -> Level:
    for column, row in SPOTS:
        cv2.circle(ground, (column, row), 2, 235, -1, cv2.LINE_AA)
    return ground


def test_each_spot_is_one_candidate_in_its_place() -> None:
    found, _ = find_specks(spotted(np.full((200, 200), 100, np.uint8)))
    centres = {(int(x + w // 2), int(y + h // 2)) for x, y, w, h in found.boxes.tolist()}
    assert centres == set(SPOTS)


def test_large_spots_and_lines_are_not_specks() -> None:
    level = cv2.circle(np.full((200, 200), 100, np.uint8), (60, 60), 12, 235, -1)
    level = cv2.line(level, (100, 20), (100, 180), 235, 3)
    assert find_specks(level)[0].areas.size == 0


def test_calm_ground_scores_higher_than_texture() -> None:
    rough = cv2.GaussianBlur(np.random.default_rng(0).uniform(0, 255, (200, 200)), (0, 0), 2.0)
    rough = np.clip((rough - rough.mean()) / rough.std() * 30 + 100, 0, 255).astype(np.uint8)
    chroma = np.zeros((200, 200), dtype=np.float32)
    best = []
    for ground in (np.full((200, 200), 100, np.uint8), rough):
        level = spotted(ground)
        found, rise = find_specks(level)
        rows = describe_specks(level, chroma, found, rise)
        assert rows.shape == (found.areas.size, len(FEATURES))
        best.append(float(LIGHT_SPECK.log_odds(rows).mean()))
    assert best[0] > best[1] + 2.0
