"""Questions asked of every structured damage: the mask tells the truth, the rest of the picture is untouched."""

import numpy as np
import pytest
from scipy.ndimage import binary_dilation
from skimage import data

from oldphoto_core.damage import DamageKind
from oldphoto_core.image import Photo, from_bytes8
from oldphoto_core.synthesis.cracks import Cracks, crack
from oldphoto_core.synthesis.creases import Creases, fold_axes, look_up, span_of
from oldphoto_core.synthesis.effect import Damage
from oldphoto_core.synthesis.losses import EdgeTears, FlakedEmulsion
from oldphoto_core.synthesis.scratches import Scratches, scratch
from oldphoto_core.synthesis.shapes import PastedShapes
from oldphoto_core.synthesis.spots import RUST, Dust, Foxing, TideLine, stained
from oldphoto_core.synthesis.tears import TornCorners, corner_depth

_SHAPES = (np.repeat(np.repeat(np.eye(8, dtype=np.uint8) * 255, 5, axis=0), 5, axis=1),)
CASES: list[tuple[Damage, DamageKind]] = [
    (Scratches(count=12), "scratch"),
    (Scratches(count=12, dark_share=1.0), "scratch"),
    (Cracks(count=3), "scratch"),
    (Cracks(count=3, width=0.01, dark_share=1.0), "scratch"),
    (Creases(count=2), "crease"),
    (Dust(specks=60, hairs=3), "dust"),
    (Foxing(spots=40), "stain"),
    (TideLine(), "stain"),
    (TornCorners(), "tear"),
    (TornCorners(core=1.0), "tear"),
    (FlakedEmulsion(), "tear"),
    (EdgeTears(count=2), "tear"),
    (PastedShapes(shapes=_SHAPES, kind="dust", count=4, size=0.1), "dust"),
    (PastedShapes(shapes=_SHAPES, kind="scratch", count=4, size=0.3), "scratch"),
    (PastedShapes(shapes=_SHAPES, kind="stain", count=2, size=0.4), "stain"),
    (PastedShapes(shapes=_SHAPES, kind="tear", count=2, size=0.3), "tear"),
]
SHAPES = [(96, 128), (131, 77)]


def photograph(shape: tuple[int, int] = (96, 128)) -> Photo:
    return from_bytes8(np.ascontiguousarray(data.astronaut()[: shape[0], 100 : 100 + shape[1]]))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("damage", "kind"), CASES)
def test_the_mask_covers_every_plain_change_and_nothing_far_from_one(
    damage: Damage, kind: DamageKind, shape: tuple[int, int]
) -> None:
    photo = photograph(shape)
    kept = photo.copy()
    for seed in range(4):
        effect = damage.apply(photo, np.random.default_rng(seed))
        moved = np.abs(effect.photo - photo).max(axis=2)
        mask = effect.masks[kind]
        assert not (moved > 0.04)[~binary_dilation(mask, iterations=2)].any()
        if kind != "tear":  # bare paper may happen to have the tone of the picture that lay there
            assert not mask[~binary_dilation(moved > 0.01, iterations=2)].any()
        assert effect.photo.shape == (*shape, 3)
        assert effect.photo.dtype == np.float32
        assert 0.0 <= float(effect.photo.min()) <= float(effect.photo.max()) <= 1.0
    np.testing.assert_array_equal(photo, kept)


@pytest.mark.parametrize(("damage", "kind"), CASES)
def test_each_does_something_and_says_how_bad(damage: Damage, kind: DamageKind) -> None:
    effects = [damage.apply(photograph(), np.random.default_rng(seed)) for seed in range(4)]
    assert all(0.0 < effect.severities[kind] < 0.95 for effect in effects)
    assert all(set(effect.masks) == set(effect.severities) == {kind} for effect in effects)
    assert all(0.0 < effect.masks[kind].mean() < 0.7 for effect in effects)


@pytest.mark.parametrize(
    ("few", "many", "kind"),
    [
        (Scratches(count=2), Scratches(count=40), "scratch"),
        (Dust(specks=5), Dust(specks=200), "dust"),
        (Foxing(spots=5, strength=0.3), Foxing(spots=120, strength=0.8), "stain"),
        (TornCorners(size=0.5), TornCorners(size=1.0, count=3), "tear"),
    ],
)
def test_more_of_it_is_more_severe(few: Damage, many: Damage, kind: DamageKind) -> None:
    for seed in range(4):
        less, more = (d.apply(photograph(), np.random.default_rng(seed)).severities[kind] for d in (few, many))
        assert less < more


@pytest.mark.parametrize(
    "damage", [Scratches(count=0), Cracks(count=0), Dust(specks=0), Creases(count=0), TornCorners(count=0)]
)
def test_none_of_it_changes_nothing(damage: Damage) -> None:
    effect = damage.apply(photograph(), np.random.default_rng(0))
    np.testing.assert_array_equal(effect.photo, photograph())
    assert all(amount == 0.0 for amount in effect.severities.values())


def test_light_scratches_lighten_and_dark_ones_darken() -> None:
    grey = np.full((256, 256, 3), 0.5, dtype=np.float32)
    light = Scratches(count=10, dark_share=0.0).apply(grey, np.random.default_rng(0)).photo
    dark = Scratches(count=10, dark_share=1.0).apply(grey, np.random.default_rng(0)).photo
    assert float(light.min()) >= 0.5 - 1e-6 < float(light.max()) - 0.05
    assert float(dark.max()) <= 0.5 + 1e-6 < float(dark.min()) + 0.6


def test_a_scratch_lies_within_its_width_of_its_own_path() -> None:
    shape, how = (200, 300), Scratches(count=1, dark_share=0.0, opacity=1.0)
    # The damage draws its one scratch first, so the same seed tells where it must lie.
    path = scratch(shape, np.random.default_rng(4), how=how)
    mask = how.apply(np.full((*shape, 3), 0.2, np.float32), np.random.default_rng(4)).masks["scratch"]
    y, x = np.nonzero(mask)
    dense = np.concatenate([np.linspace(a, b, 20) for a, b in zip(path.points[:-1], path.points[1:], strict=True)])
    away = np.hypot(x[:, None] - dense[None, :, 0], y[:, None] - dense[None, :, 1]).min(axis=1)
    assert len(away) > 20
    assert float(away.max()) <= float(path.widths_px.max()) / 2 + 2.0


def test_branches_leave_their_crack_and_are_thinner() -> None:
    how = Cracks(count=1, length=1.5)
    cracks = [crack((300, 400), np.random.default_rng(seed), how=how) for seed in range(40)]
    assert sum(len(strokes) > 1 for strokes in cracks) > 20
    for stem, *branches in cracks:
        on_any = stem.points
        for branch in branches:
            assert float(np.hypot(*(on_any - branch.points[0]).T).min()) < 1e-3
            assert branch.widths_px.max() < stem.widths_px.max()
            on_any = np.concatenate([on_any, branch.points])


def test_a_crack_goes_on_its_way_by_bends() -> None:
    strokes = [crack((300, 400), np.random.default_rng(seed), how=Cracks(count=1))[0] for seed in range(40)]
    moves = [np.diff(stroke.points, axis=0) for stroke in strokes]
    turns = [np.diff(np.unwrap(np.arctan2(move[:, 1], move[:, 0]))) for move in moves]
    assert all(np.abs(turn).max() > 0.3 for turn in turns)  # jagged, where a scratch is smooth
    reach = [np.hypot(*(stroke.points[-1] - stroke.points[0])) for stroke in strokes]
    walked = [np.hypot(*move.T).sum() for move in moves]
    assert np.median(np.array(reach) / walked) > 0.6


def test_upright_scratches_run_along_the_height() -> None:
    for seed in range(20):
        path = scratch((200, 300), np.random.default_rng(seed), how=Scratches(count=1, upright=1.0)).points
        assert abs(path[-1, 0] - path[0, 0]) < 0.35 * abs(path[-1, 1] - path[0, 1])


def test_a_corner_fold_cuts_off_one_corner_and_the_distance_is_true() -> None:
    along, across = fold_axes((90, 140), np.random.default_rng(0), corner=True)
    np.testing.assert_allclose(np.hypot(*np.gradient(across)), 1.0, atol=1e-3)
    np.testing.assert_allclose(np.hypot(*np.gradient(along)), 1.0, atol=1e-3)
    corners = np.sign([across[0, 0], across[0, -1], across[-1, 0], across[-1, -1]])
    assert abs(corners.sum()) == 2  # three on one side, one on the other


def test_looking_up_a_line_equals_interpolation() -> None:
    along = np.random.default_rng(0).uniform(-30, 90, (8, 9)).astype(np.float32)
    line = np.random.default_rng(1).random(17, dtype=np.float32)
    slow = np.interp(along, np.linspace(along.min(), along.max(), 17), line)
    np.testing.assert_allclose(look_up(along, line, span=span_of(along)), slow, atol=1e-4)
    some = along.reshape(-1)[::5]
    np.testing.assert_allclose(look_up(some, line, span=span_of(along)), slow.reshape(-1)[::5], atol=1e-4)


def test_rust_darkens_blue_most_and_white_turns_brown() -> None:
    white = np.ones((2, 2, 3), np.float32)
    red, green, blue = stained(white, np.full((2, 2), 0.6, np.float32))[0, 0]
    assert 0.9 > red > green > blue > 0.3
    assert list(RUST) == sorted(RUST)


def test_a_torn_corner_is_gone_and_the_middle_stays() -> None:
    photo = photograph()
    for seed in range(6):
        depth = corner_depth((96, 128), np.random.default_rng(seed), size=0.8)
        assert depth[48, 64] < 0.0
        assert sum(bool(depth[y, x] > 0) for y in (0, -1) for x in (0, -1)) == 1
        effect = TornCorners().apply(photo, np.random.default_rng(seed))
        np.testing.assert_array_equal(effect.photo[40:56, 50:70], photo[40:56, 50:70])
        assert effect.covers is not None
        np.testing.assert_array_equal(effect.covers, effect.masks["tear"])


def test_behind_the_torn_corner_lies_the_lid_of_the_scanner() -> None:
    effect = TornCorners(lid=0.93, core=0.004).apply(np.full((200, 200, 3), 0.2, np.float32), np.random.default_rng(1))
    corner = max((effect.photo[y, x] for y in (0, -1) for x in (0, -1)), key=lambda pixel: float(pixel.sum()))
    assert corner == pytest.approx([0.93] * 3, abs=0.02)
