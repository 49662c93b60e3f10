"""The learned modernize stage around its network: reasons, restraint, rejection, and the record of regions."""

import dataclasses

import cv2
import numpy as np
import pytest
from skimage.data import astronaut, coffee
from style_stand_ins import Change, Offered, ToldEngine

from oldphoto_core.classical.regions import at_working_size, lab_of, segment
from oldphoto_core.classical.style_masks import decode_mask
from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import LUMA, Photo, from_bytes8
from oldphoto_core.inference.style import Modernization, StyleSettings
from oldphoto_core.inference.style_engine import Restyled
from oldphoto_core.inference.style_learned import modernize_by
from oldphoto_core.inference.style_record import recorded_maps

SETTINGS = StyleSettings(engine="own")
A, B = "a" * 64, "b" * 64
PICTURE = from_bytes8(coffee()[::8, ::8].copy())
OFFERED = Offered({A: PICTURE, B: PICTURE[:, ::-1].copy()})


@pytest.fixture(scope="module")
def faded() -> Photo:
    density_kept = np.array([0.3, 0.36, 0.33])
    return (np.clip(from_bytes8(astronaut()[::2, ::2].copy()), 0.03, 1.0) ** density_kept).astype(np.float32)


def deeper(photo: Photo) -> np.ndarray:
    return photo ** np.float32(1.3)


def made(
    photo: Photo, change: Change = deeper, offered: Offered = OFFERED, settings: StyleSettings = SETTINGS
) -> Modernization:
    return modernize_by(ToldEngine(change), photo, offered, settings)


def test_a_harmless_result_is_kept_with_the_digest_of_its_weights(faded: Photo) -> None:
    found = made(faded)
    assert (found.verdict, found.reason, found.weights_sha256) == ("applied", "references", "d" * 64)
    assert found.measures["edge_ssim"] >= SETTINGS.min_learned_edge_ssim
    assert found.measures["strength_kept"] == 1.0
    assert found.photo.mean() < faded.mean()


def test_the_record_divides_the_picture_and_names_who_served_it(faded: Photo) -> None:
    found = made(faded)
    change = lab_of(found.photo) - lab_of(faded)
    covered = np.zeros(faded.shape[:2], dtype=np.int64)
    for region in found.regions:
        mask = decode_mask(region.mask_rle, width_px=region.mask_width_px, height_px=region.mask_height_px)
        covered += mask
        assert region.share == pytest.approx(mask.mean())
        assert (region.shift_l, region.shift_a, region.shift_b) == pytest.approx(change[mask].mean(axis=0), abs=1e-3)
        assert [name for name, _ in region.merge] == [A, B, None]
        assert sum(weight for _, weight in region.merge) == pytest.approx(1.0)
        best = max(region.merge, key=lambda one: one[1])
        assert (region.reference_id, region.weight) == (best[0], pytest.approx(best[1] if best[0] else 0.0))
        assert region.similarity == pytest.approx(0.8 if best[0] else 0.0)
    assert np.all(covered == 1)
    assert sum(region.share for region in found.regions) == pytest.approx(1.0)


def test_each_region_goes_to_the_reference_with_the_largest_mean_weight() -> None:
    weights = np.zeros((3, 4, 6), dtype=np.float32)
    weights[0, :, :2], weights[1, :, 2:4], weights[2, :, 4:] = 1.0, 1.0, 1.0
    similarity = np.stack([np.full((4, 6), 0.3), np.full((4, 6), 0.7)]).astype(np.float32)
    restyled = Restyled(np.zeros((8, 12, 3), dtype=np.float32), weights, similarity)
    labels = np.repeat(np.array([[0, 0, 1, 1, 2, 2]], dtype=np.int32), 4, axis=0)
    change = np.ones((4, 6, 3), dtype=np.float32) * np.array([1.0, -2.0, 3.0], dtype=np.float32)
    found = recorded_maps(labels, restyled, (A, B), kept_at=0.5, change=change)
    assert [one.reference_id for one in found] == [A, B, None]
    assert [one.weight for one in found] == pytest.approx([0.5, 0.5, 0.0])
    assert [one.similarity for one in found] == pytest.approx([0.3, 0.7, 0.0])
    assert all((one.shift_l, one.shift_a, one.shift_b) == (1.0, -2.0, 3.0) for one in found)


def test_a_region_without_a_good_reference_keeps_its_look(faded: Photo) -> None:
    found = made(faded, offered=dataclasses.replace(OFFERED, served=(True, False)))
    change = np.abs(found.photo - faded).mean(axis=(0, 2))
    assert change[-20:].max() < 0.01 < change[:100].min()
    assert np.abs(np.diff(change)).max() < 0.02
    small = at_working_size(faded, SETTINGS.working_side_px)
    for region in found.regions:
        mask = decode_mask(region.mask_rle, width_px=region.mask_width_px, height_px=region.mask_height_px)
        if mask[:, : small.shape[1] // 2 + 8].sum() == 0:
            assert region.reference_id is None
            assert dict(region.merge)[None] > 0.8


def test_monochrome_modern_and_unfitting_are_left_alone_and_the_network_is_not_asked(faded: Photo) -> None:
    engine = ToldEngine(deeper)
    grey = np.repeat((faded @ LUMA)[..., None], 3, axis=2)
    fresh = from_bytes8(astronaut()[::2, ::2].copy())
    cases = [
        (grey, OFFERED, "monochrome"),
        (fresh, OFFERED, "already-modern"),
        (faded, Offered({}), "no-references"),
        (faded, dataclasses.replace(OFFERED, served=(False,)), "no-good-reference"),
    ]
    for photo, offered, reason in cases:
        found = modernize_by(engine, photo, offered, SETTINGS)
        assert (found.verdict, found.reason, found.regions) == ("skipped", reason, ())
        assert found.photo is photo
        assert found.weights_sha256 is None
    assert engine.seen == []


@pytest.mark.parametrize("own", [1.0, 0.6])
def test_where_every_region_keeps_most_of_its_own_look_nothing_is_done(faded: Photo, own: float) -> None:
    class Keeps(ToldEngine):
        def apply(self, photo: Photo, references: object, *, strength: float) -> Restyled:
            del references, strength
            weights = np.full((3, 8, 8), (1.0 - own) / 2.0, dtype=np.float32)
            weights[-1] = own
            return Restyled(deeper(photo), weights, np.zeros((2, 8, 8), dtype=np.float32))

    found = modernize_by(Keeps(deeper), faded, OFFERED, SETTINGS)
    assert (found.verdict, found.reason, found.regions) == ("skipped", "no-good-reference", ())
    assert found.photo is faded


def test_a_result_that_goes_too_far_is_taken_back_until_it_does_no_harm(faded: Photo) -> None:
    found = made(faded, lambda photo: cv2.GaussianBlur(photo, (0, 0), 1.2))
    assert found.verdict == "applied"
    assert 0.0 < found.measures["strength_kept"] < 1.0
    assert found.measures["edge_ssim"] >= SETTINGS.min_learned_edge_ssim


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda photo: cv2.GaussianBlur(photo, (0, 0), 9.0), {"edges-changed", "gradients-reversed", "flattened"}),
        (lambda photo: 1.0 - photo, {"gradients-reversed", "flattened"}),
    ],
)
def test_a_result_that_harms_at_any_strength_is_rejected_with_the_reason(
    faded: Photo, change: Change, reason: set[str]
) -> None:
    before = faded.copy()
    found = made(faded, change)
    assert found.verdict == "rejected"
    assert found.reason in reason
    assert found.photo is faded
    assert all(region.weight == region.shift_l == 0.0 for region in found.regions)
    np.testing.assert_array_equal(faded, before)


def test_skin_does_not_turn_green(faded: Photo) -> None:
    def green(photo: Photo) -> np.ndarray:
        lab = lab_of(photo)
        lab[..., 1] -= 30.0
        return np.asarray(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB))

    found = made(faded, green)
    face = np.s_[60:90, 105:125]
    was, now = (lab_of(one)[face].reshape(-1, 3).mean(axis=0) for one in (faded, found.photo))
    turn = np.degrees(np.arctan2(now[2], now[1]) - np.arctan2(was[2], was[1]))
    assert abs(turn) < SETTINGS.restraint.max_skin_hue_deg + 4.0
    assert found.measures["tint_held_back"] > 0.1


def test_no_more_references_are_shown_than_allowed(faded: Photo) -> None:
    engine = ToldEngine(deeper)
    modernize_by(engine, faded, OFFERED, dataclasses.replace(SETTINGS, max_references=1))
    assert [len(seen) for seen in engine.seen] == [1]


def test_regions_are_those_of_the_picture(faded: Photo) -> None:
    labels = segment(at_working_size(faded, SETTINGS.working_side_px), SETTINGS.regions)
    assert len(made(faded).regions) == labels.max() + 1


@pytest.mark.parametrize(
    ("weights", "similarity"),
    [
        (np.full((3, 2, 2), 0.5), np.zeros((2, 2, 2))),
        (np.full((2, 2, 2), 0.5), np.zeros((2, 2, 2))),
        (np.ones((1, 2, 2)), np.zeros((0, 2, 2))),
        (np.stack([np.full((2, 2), -0.5), np.full((2, 2), 1.5)]), np.zeros((1, 2, 2))),
    ],
)
def test_shares_that_are_none_are_refused(weights: np.ndarray, similarity: np.ndarray) -> None:
    with pytest.raises(PhotoShapeError, match="expected"):
        Restyled(np.zeros((4, 4, 3), dtype=np.float32), weights.astype(np.float32), similarity.astype(np.float32))
