"""Made film: what is true of every clip, whatever chance decides."""

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
from skimage import data

from oldphoto_core.image import Photo, from_bytes8
from oldphoto_core.synthesis.reel import Reel, ReelSettings, inked_frame, made_reel
from oldphoto_core.synthesis.reel_marks import Marks, drawn_marks
from oldphoto_core.synthesis.reel_moves import Moves
from oldphoto_core.synthesis.reel_wear import PUBLISHED, Wear
from oldphoto_core.synthesis.shapes import ShapeBank

SMALL = ReelSettings(size=(48, 64), frames=4)
SOUND = replace(SMALL, marks=None, wear=None)
LIVELY = Moves(pan_px=3.0, still_share=0.0, weave_px=0.5)


def smooth() -> Photo:
    """Return a photograph without detail that bilinear reading would lose."""
    return np.asarray(cv2.GaussianBlur(from_bytes8(data.astronaut()), (0, 0), 4.0), dtype=np.float32)


def fetched(frame: Photo, flow: np.ndarray) -> Photo:
    height, width = frame.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.asarray(cv2.remap(frame, x + flow[0], y + flow[1], cv2.INTER_LINEAR))


def test_the_same_seed_gives_the_same_clip_and_another_one_another() -> None:
    first, again, other = (made_reel([smooth()], SMALL, seed=seed) for seed in (3, 3, 4))
    assert first.old.tobytes() == again.old.tobytes()
    assert first.old.tobytes() != other.old.tobytes()


def test_without_damage_the_old_clip_is_the_clean_one() -> None:
    reel = made_reel([smooth()], SOUND, seed=0)
    assert np.array_equal(reel.old, reel.clean)
    assert not reel.marked.any()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("things", [0, 1])
def test_the_true_flow_brings_one_frame_to_the_other(seed: int, things: int) -> None:
    pictures = [smooth(), np.ascontiguousarray(smooth()[::-1])][: 1 + things]
    scene = made_reel(pictures, replace(SOUND, moves=LIVELY), seed=seed).scene
    for earlier in range(SOUND.frames - 1):
        pair = scene.frames[earlier], scene.frames[earlier + 1]
        for here, there, flow, seen in (
            (pair[1], pair[0], scene.forward[earlier], scene.seen_forward[earlier]),
            (pair[0], pair[1], scene.backward[earlier], scene.seen_backward[earlier]),
        ):
            assert seen.mean() > 0.5
            assert np.abs(fetched(there, flow) - here)[seen].mean() < 0.002


def test_a_flow_that_is_off_by_a_pixel_would_be_noticed() -> None:
    scene = made_reel([smooth()], replace(SOUND, moves=LIVELY), seed=0).scene
    seen = scene.seen_forward[0]
    right, wrong = (
        np.abs(fetched(scene.frames[0], scene.forward[0] + shift) - scene.frames[1])[seen].mean()
        for shift in (0.0, 1.0)
    )
    assert wrong > 4.0 * right


def test_what_a_thing_covers_is_not_seen() -> None:
    black = np.zeros((80, 80, 3), dtype=np.float32)
    scene = made_reel([black, black + 1.0], replace(SOUND, moves=LIVELY), seed=1).scene
    rim = (scene.frames[1] > 0.05) & (scene.frames[1] < 0.95)
    assert rim.any()
    assert not scene.seen_forward[0][rim.all(axis=-1)].any()


def test_marks_are_where_the_mask_says_and_nowhere_else() -> None:
    reel = made_reel([smooth()], replace(SMALL, wear=None, marks=Marks(specks=4000.0, gate_share=1.0)), seed=2)
    changed = np.abs(reel.old - reel.clean).max(axis=-1)
    assert reel.marked.any()
    assert np.array_equal(changed > 0.03, reel.marked)


def test_ink_of_no_opacity_leaves_pixels_bit_for_bit() -> None:
    frame = smooth()[:20, :20]
    opacity = np.zeros((20, 20), dtype=np.float32)
    opacity[3, 4] = 0.5
    found = inked_frame(frame, ((1.0, opacity),))
    same = np.ones((20, 20), dtype=np.bool_)
    same[3, 4] = False
    assert np.array_equal(found[same], frame[same])
    assert found[3, 4] == pytest.approx((frame[3, 4] + 1.0) / 2.0)


def persistence(marks: Marks) -> float:
    """Return the share of what is marked in one frame that is marked in the next one too, within two pixels."""
    shares = []
    for seed in range(8):
        masks = []
        for inks in drawn_marks((64, 96), 4, marks, np.random.default_rng(seed)):
            mask = np.zeros((64, 96), dtype=np.uint8)
            for _, opacity in inks:
                mask |= (opacity > 0.1).astype(np.uint8)
            masks.append(mask)
        shares += [
            float((one & cv2.dilate(other, np.ones((5, 5), np.uint8))).sum()) / float(one.sum())
            for one, other in pairwise(masks)
            if one.any()
        ]
    return float(np.mean(shares))


def test_dirt_is_gone_in_the_next_frame_and_gate_hairs_are_not() -> None:
    nothing = Marks(specks=0.0, blots=0.0, hairs=0.0, lines=0.0, gate_share=0.0)
    assert persistence(replace(nothing, specks=3000.0)) < 0.3
    assert persistence(replace(nothing, gate_share=1.0)) > 0.9
    assert persistence(replace(nothing, lines=3.0)) > 0.6


def test_real_shapes_are_laid_where_given() -> None:
    full = np.full((9, 9), 255, dtype=np.uint8)
    nothing = Marks(specks=0.0, hairs=0.0, lines=0.0, gate_share=0.0, blots=6000.0)
    banked = replace(nothing, bank=ShapeBank(dust=(full,), stains=(full,)))
    plain, real = (drawn_marks((64, 64), 2, marks, np.random.default_rng(0)) for marks in (nothing, banked))
    assert any(opacity.any() for _, opacity in real[0])
    assert not np.array_equal(plain[0][0][1], real[0][0][1])


def brightness(reel: Reel) -> float:
    return float(np.std(reel.old.mean(axis=(1, 2, 3)) / reel.clean.mean(axis=(1, 2, 3))))


def test_flicker_changes_the_light_of_frames_and_nothing_else_does() -> None:
    still = Wear(share=0.0, steady_flicker=True)
    reels = [
        made_reel([smooth()], replace(SMALL, marks=None, wear=wear), seed=seed)
        for wear in (still, replace(still, flicker_share=0.0))
        for seed in range(5)
    ]
    assert min(brightness(reel) for reel in reels[:5]) > 0.02
    assert max(brightness(reel) for reel in reels[5:]) < 1e-6


@pytest.mark.parametrize("wear", [Wear(share=1.0), PUBLISHED])
def test_grey_film_stays_grey_in_range_and_of_its_size(wear: Wear) -> None:
    reel = made_reel([smooth()], replace(SMALL, wear=wear), seed=5)
    assert reel.old.shape == reel.clean.shape == (4, 48, 64, 3)
    assert reel.old.dtype == np.float32
    assert 0.0 <= float(reel.old.min()) <= float(reel.old.max()) <= 1.0
    assert float(np.ptp(reel.old, axis=-1).max()) < 1e-6


def test_colour_film_has_colours() -> None:
    reel = made_reel([smooth()], replace(SMALL, grey=False), seed=5)
    assert float(np.ptp(reel.clean, axis=-1).mean()) > 0.02


def test_a_small_picture_is_enlarged_and_one_frame_has_no_motion() -> None:
    reel = made_reel([smooth()[:20, :30]], replace(SMALL, frames=1), seed=0)
    assert reel.clean.shape == (1, 48, 64, 3)
    assert reel.scene.forward.shape == (0, 2, 48, 64)


def test_nothing_to_make_a_clip_of_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a picture"):
        made_reel([], SMALL, seed=0)
    with pytest.raises(ValueError, match="expected a frame"):
        replace(SMALL, frames=0)
