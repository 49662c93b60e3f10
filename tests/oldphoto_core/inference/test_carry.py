"""What was done to a small copy, carried to the photograph: exact where it can be, the same in any strips."""

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.image import Mask, Photo
from oldphoto_core.inference import carry
from oldphoto_core.inference.carry import carried, enlarged_rows, reduced, small_size

SMALL = (24, 32)


def noise(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def smooth(height: int, width: int) -> Photo:
    """Return slow gradients, far from 0 and 1."""
    y, x = np.mgrid[0:height, 0:width] / np.array([[[height]], [[width]]])
    return np.stack([0.3 + 0.3 * x, 0.3 + 0.3 * y, 0.4 + 0.2 * x * y], axis=2).astype(np.float32)


def checkerboard(height: int, width: int) -> Photo:
    signs = (-1.0) ** np.add.outer(np.arange(height), np.arange(width))
    return np.repeat(signs[..., None], 3, axis=2).astype(np.float32)


def scratched(height: int, width: int) -> Mask:
    mask = np.zeros((height, width), dtype=bool)
    mask[height // 3 : height // 3 + 9, 5:-5] = True
    mask[:, width // 2] = True
    return mask


def no_mask(height: int, width: int) -> Mask:
    return np.zeros((height, width), dtype=bool)


class TestSmallSize:
    @settings(deadline=None)
    @given(st.integers(1, 30000), st.integers(1, 30000), st.floats(0.05, 20.0))
    def test_it_is_of_the_same_shape_and_about_that_large(self, height: int, width: int, megapixels: float) -> None:
        size = small_size((height, width), megapixels, step=4, least_px=16)
        if height * width <= megapixels * 1e6:
            assert size is None
            return
        assert size is not None
        assert all(side % 4 == 0 and side >= 16 for side in size)
        scale = (megapixels * 1e6 / (height * width)) ** 0.5
        for small, side in zip(size, (height, width), strict=True):
            assert abs(small - side * scale) <= 2.0 + 1e-6 or (small == 16 and side * scale < 18)

    def test_zero_is_never_a_copy(self) -> None:
        assert small_size((30000, 30000), 0.0, step=4, least_px=16) is None


class TestReduced:
    def test_each_pixel_is_the_mean_of_the_sound_ones_it_covers(self) -> None:
        photo, mask = noise(96, 128, 3), noise(96, 128, seed=2) < 0.3
        mask[0:8, 0:12] = True
        small, holes = reduced(photo, mask, SMALL)
        for row in range(24):
            for column in range(32):
                cell = (slice(4 * row, 4 * row + 4), slice(4 * column, 4 * column + 4))
                sound = photo[cell][~mask[cell]]
                expected = sound.mean(axis=0) if len(sound) else np.zeros(3)
                assert np.abs(small[row, column] - expected).max() < 1e-5
                assert holes[row, column] == mask[cell].any()

    def test_cells_that_are_no_whole_pixels(self) -> None:
        photo, mask = noise(50, 70, 3), noise(50, 70, seed=2) < 0.2
        small, holes = reduced(photo, mask, (12, 16))

        def shares(long: int, short: int) -> np.ndarray:
            """Return how much of each small pixel each large one covers."""
            edges = np.arange(short + 1) * long / short
            low, high = np.maximum(edges[:-1, None], np.arange(long)), np.minimum(edges[1:, None], np.arange(long) + 1)
            return np.clip(high - low, 0.0, None)

        down, across = shares(50, 12), shares(70, 16)
        weight = np.where(mask, 0.0, 1.0)
        total = np.einsum("ij,jkc,lk->ilc", down, photo * weight[..., None], across)
        sound = np.einsum("ij,jk,lk->il", down, weight, across)
        assert np.abs(small - total / sound[..., None]).max() < 1e-4
        hole_share = np.einsum("ij,jk,lk->il", down, 1.0 - weight, across) / (50 * 70 / (12 * 16))
        assert np.array_equal(holes, hole_share > 1e-4)

    @pytest.mark.parametrize("at_once", [1, 70 * 3, 70 * 49])
    @pytest.mark.parametrize("size", [(12, 16), (100, 16), (12, 140)])
    def test_strips_change_nothing_but_the_rounding(
        self, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], at_once: int
    ) -> None:
        photo, mask = noise(50, 70, 3), noise(50, 70, seed=2) < 0.2
        whole, whole_holes = reduced(photo, mask, size)
        monkeypatch.setattr(carry, "_PIXELS_AT_ONCE", at_once)
        small, holes = reduced(photo, mask, size)
        assert np.abs(small - whole).max() < 1e-5
        assert np.array_equal(holes, whole_holes)

    def test_damage_leaves_no_trace_in_what_is_sound(self) -> None:
        photo, mask = noise(96, 128, 3), scratched(96, 128)
        other = photo.copy()
        other[mask] = 1.0 - photo[mask]
        assert np.array_equal(reduced(photo, mask, SMALL)[0], reduced(other, mask, SMALL)[0])

    def test_without_damage_it_is_the_plain_mean(self) -> None:
        photo = noise(96, 128, 3)
        before = photo.copy()
        small, holes = reduced(photo, no_mask(96, 128), SMALL)
        assert np.abs(small - photo.reshape(24, 4, 32, 4, 3).mean(axis=(1, 3))).max() < 1e-6
        assert not holes.any()
        assert np.array_equal(photo, before)


class TestEnlargedRows:
    @pytest.mark.parametrize("shape", [(96, 128), (101, 77), (24, 32), (25, 400), (7, 5)])
    def test_bilinear_of_the_whole(self, shape: tuple[int, int]) -> None:
        small = noise(*SMALL, 3)
        whole = enlarged_rows(small, shape, 0, shape[0])
        batch = torch.from_numpy(small).permute(2, 0, 1)[None].double()
        torchs = F.interpolate(batch, shape, mode="bilinear", align_corners=False)[0].permute(1, 2, 0).numpy()
        assert np.abs(whole - torchs).max() < 2e-5
        assert np.abs(whole - cv2.resize(small, shape[::-1], interpolation=cv2.INTER_LINEAR)).max() < 2e-5

    @pytest.mark.parametrize("rows", [1, 3, 100])
    def test_any_rows_are_those_of_the_whole_bit_for_bit(self, rows: int) -> None:
        small, shape = noise(*SMALL, 3), (101, 77)
        whole = enlarged_rows(small, shape, 0, 101)
        parts = [enlarged_rows(small, shape, start, min(start + rows, 101)) for start in range(0, 101, rows)]
        assert np.array_equal(np.concatenate(parts), whole)


class TestCarried:
    @pytest.mark.parametrize("at_once", [1, 128, 128 * 7, 128 * 95])
    def test_strips_change_nothing(self, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
        photo, mask = noise(96, 128, 3), scratched(96, 128)
        before, after = noise(*SMALL, 3, seed=4), noise(*SMALL, 3, seed=5)
        whole = carried(photo, mask, before, after, strength=0.8)
        monkeypatch.setattr(carry, "_PIXELS_AT_ONCE", at_once)
        assert np.array_equal(carried(photo, mask, before, after, strength=0.8), whole)

    @pytest.mark.parametrize("strength", [1.0, 0.3])
    def test_where_nothing_was_done_nothing_is_carried(self, strength: float) -> None:
        photo, mask = noise(96, 128, 3), scratched(96, 128)
        before, _ = reduced(photo, mask, SMALL)
        result = carried(photo, mask, before, before.copy(), strength=strength)
        far = cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0  # twice the border of 2 px
        assert np.array_equal(result[far], photo[far])
        assert far.mean() > 0.5
        free = carried(photo, no_mask(96, 128), before, before.copy(), strength=strength)
        assert np.array_equal(free, photo)

    def test_a_step_in_brightness_is_carried_everywhere(self) -> None:
        photo = 0.2 + 0.5 * noise(96, 128, 3)
        before, _ = reduced(photo, no_mask(96, 128), SMALL)
        result = carried(photo, no_mask(96, 128), before, before + np.float32(0.1), strength=1.0)
        assert np.abs(result - (photo + 0.1)).max() < 1e-6

    def test_a_smooth_change_is_carried(self) -> None:
        photo = smooth(480, 640)
        before, _ = reduced(photo, no_mask(480, 640), (120, 160))
        after = before ** np.float32(0.8)
        result = carried(photo, no_mask(480, 640), before, after, strength=1.0)
        assert np.abs(result - photo**0.8)[4:-4, 4:-4].max() < 1e-3  # at the rim the copy has no centres

    def test_detail_finer_than_the_copy_survives(self) -> None:
        photo, mask = smooth(480, 640) + np.float32(0.1) * checkerboard(480, 640), scratched(480, 640)
        before, _ = reduced(photo, mask, (120, 160))
        result = carried(photo, mask, before, before + np.float32(0.05), strength=1.0)
        far = cv2.dilate(mask.astype(np.uint8), np.ones((15, 15), np.uint8)) == 0
        detail = (result - smooth(480, 640) - 0.05) * checkerboard(480, 640)
        assert np.abs(detail[far] - 0.1).max() < 1e-5

    def test_damage_shows_the_enlarged_result_and_nothing_of_the_master(self) -> None:
        photo, mask = noise(96, 128, 3), scratched(96, 128)
        before, after = noise(*SMALL, 3, seed=4), noise(*SMALL, 3, seed=5)
        result = carried(photo, mask, before, after, strength=1.0)
        enlarged = cv2.resize(after, (128, 96), interpolation=cv2.INTER_LINEAR)
        assert np.abs(result - enlarged)[mask].max() < 1e-5
        other = photo.copy()
        other[mask] = 1.0 - photo[mask]
        assert np.abs(carried(other, mask, before, after, strength=1.0) - result)[mask].max() < 1e-6

    def test_between_damage_and_the_rest_lies_a_soft_border(self) -> None:
        photo, mask = np.zeros((240, 320, 3), np.float32), no_mask(240, 320)
        mask[:, :160] = True
        before, after = np.zeros((24, 32, 3), np.float32), np.zeros((24, 32, 3), np.float32)
        before[:], after[:] = 0.9, 0.9  # no change to carry; the damage shows 0.9
        ramp = carried(photo, mask, before, after, strength=1.0)[120, :, 0]
        assert np.abs(ramp[:160] - 0.9).max() < 1e-6
        assert not ramp[160 + 2 * 5 + 1 :].any()  # half a pixel of the copy, twice
        steps = -np.diff(ramp[158:173])
        assert steps.min() >= -1e-6
        assert steps.max() < 0.1

    def test_strength_is_a_mixture(self) -> None:
        photo, mask = 0.2 + 0.6 * noise(96, 128, 3), scratched(96, 128)
        before, _ = reduced(photo, mask, SMALL)
        after = np.clip(before + np.float32(0.1) * (noise(*SMALL, 3, seed=5) - np.float32(0.5)), 0.0, 1.0)
        whole = carried(photo, mask, before, after, strength=1.0)
        part = carried(photo, mask, before, after, strength=0.25)
        assert np.abs(part - (0.75 * photo + 0.25 * whole)).max() < 1e-6
        assert np.array_equal(carried(photo, mask, before, after, strength=0.0), photo)

    def test_the_result_is_a_photograph_and_the_master_is_not_touched(self) -> None:
        photo, mask = noise(96, 128, 3), scratched(96, 128)
        kept = photo.copy()
        result = carried(photo, mask, np.zeros((*SMALL, 3), np.float32), np.ones((*SMALL, 3), np.float32), strength=1.0)
        assert result.dtype == np.float32
        assert float(result.max()) == 1.0
        assert np.array_equal(photo, kept)
        dark = carried(photo, mask, np.ones((*SMALL, 3), np.float32), np.zeros((*SMALL, 3), np.float32), strength=1.0)
        assert float(dark.min()) == 0.0
