"""Whole photographs through small networks: of any size, in bounded memory, without seams."""

import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from tiny_latent import Kind, translator

from oldphoto_core.errors import NothingToFillFromError
from oldphoto_core.image import Mask, Photo, luma
from oldphoto_core.inference import carry, latent
from oldphoto_core.inference.carry import carried, reduced
from oldphoto_core.inference.latent import Machine, find_scratches, translate
from oldphoto_core.inference.latent_settings import LatentSettings
from oldphoto_core.networks.bopbtl.scratches import ScratchConfig, ScratchDetector
from oldphoto_core.networks.bopbtl.translate import Translator

MACHINE = Machine(memory_bytes=2**28)
FULL_SIZE = LatentSettings(working_megapixels=0.0)
CLOSE = 5e-4
"""Networks with weights of chance magnify rounding: in strips or in one go, soft-max and norm round otherwise."""

CPU = torch.device("cpu")


def noise(height: int, width: int, seed: int = 1) -> Photo:
    return np.random.default_rng(seed).random((height, width, 3), dtype=np.float32)


def no_mask(height: int, width: int) -> Mask:
    return np.zeros((height, width), dtype=bool)


def scratched(height: int, width: int) -> Mask:
    mask = no_mask(height, width)
    mask[height // 3 : height // 3 + max(1, height // 16), width // 8 :] = True
    return mask


def mirrored(side: int) -> np.ndarray:
    """Return where each row comes from when a side is mirrored outwards to what the networks take."""
    place = np.arange(max(64, -(-side // 4) * 4)) % (2 * side)
    return np.where(place < side, place, 2 * side - 1 - place)


def in_one_go(photo: Photo, mask: Mask, networks: Translator) -> Photo:
    """Return what the networks make of a photograph that is held in memory whole."""
    rows, columns = mirrored(photo.shape[0]), mirrored(photo.shape[1])
    holes = mask[rows][:, columns] & networks.fills_holes
    framed = np.where(holes[..., None], np.float32(1.0), photo[rows][:, columns])
    with torch.inference_mode():
        picture = torch.from_numpy(framed * 2.0 - 1.0).permute(2, 0, 1)[None]
        hole = torch.from_numpy(holes.astype(np.float32))[None, None]
        clean = networks(picture, hole if networks.fills_holes else None)
    values = clean[0].permute(1, 2, 0).numpy() * np.float32(0.5) + np.float32(0.5)
    return values[: photo.shape[0], : photo.shape[1]]


class TestAtItsOwnSize:
    @pytest.mark.parametrize("kind", ["plain", "non-local", "patches"])
    @pytest.mark.parametrize("size", [(64, 64), (96, 128), (97, 131), (66, 210)])
    def test_the_networks_in_one_go(self, kind: Kind, size: tuple[int, int]) -> None:
        photo, mask, networks = noise(*size), scratched(*size), translator(kind)
        before = photo.copy()
        result = translate(photo, mask, networks, settings=FULL_SIZE, machine=MACHINE)
        assert_allclose(result, in_one_go(photo, mask, networks), atol=CLOSE)
        assert np.array_equal(photo, before)
        assert float(result.std()) > 0.01  # a picture, and not a single grey

    @pytest.mark.parametrize("kind", ["plain", "non-local", "patches"])
    @pytest.mark.parametrize("size", [(1, 1), (3, 5), (1, 20000), (20000, 1), (1, 70)])
    def test_tiny_pictures_and_strips(self, kind: Kind, size: tuple[int, int]) -> None:
        photo, mask = noise(*size), no_mask(*size)
        settings = LatentSettings(attention_places=2048)
        result = translate(photo, mask, translator(kind, width=2), settings=settings, machine=MACHINE)
        assert result.shape == photo.shape
        assert result.dtype == np.float32
        assert 0.0 <= float(result.min()) <= float(result.max()) <= 1.0
        if 1 < max(size) < 100:  # of a single pixel, normalisation leaves nothing but rounding
            assert_allclose(result, in_one_go(photo, mask, translator(kind, width=2)), atol=CLOSE)

    def test_holes_hide_what_lies_under_them(self) -> None:
        mask = scratched(96, 128)
        photo, other = noise(96, 128), noise(96, 128)
        other[mask] = 0.25
        results = [
            translate(one, mask, translator("non-local"), settings=FULL_SIZE, machine=MACHINE) for one in (photo, other)
        ]
        assert np.array_equal(*results)

    def test_networks_that_fill_nothing_do_not_look_at_the_mask(self) -> None:
        photo = noise(96, 128)
        results = [
            translate(photo, mask, translator("plain"), settings=FULL_SIZE, machine=MACHINE)
            for mask in (no_mask(96, 128), scratched(96, 128), ~no_mask(96, 128))
        ]
        assert np.array_equal(results[0], results[1])
        assert np.array_equal(results[0], results[2])

    def test_all_hole(self) -> None:
        photo, mask = noise(96, 128), ~no_mask(96, 128)
        with pytest.raises(NothingToFillFromError, match="nothing to fill from"):
            translate(photo, mask, translator("patches"), settings=FULL_SIZE, machine=MACHINE)
        result = translate(photo, mask, translator("non-local"), settings=FULL_SIZE, machine=MACHINE)
        assert_allclose(result, in_one_go(photo, mask, translator("non-local")), atol=CLOSE)

    @pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
    def test_strength_is_a_mixture(self, strength: float) -> None:
        photo, mask, networks = noise(96, 128), scratched(96, 128), translator("non-local")
        whole = translate(photo, mask, networks, settings=FULL_SIZE, machine=MACHINE)
        part = translate(photo, mask, networks, settings=FULL_SIZE, machine=MACHINE, strength=strength)
        assert_allclose(part, photo + strength * (whole - photo), atol=1e-6)

    def test_a_grey_print_stays_grey_with_the_luma_the_network_gives(self) -> None:
        grey = np.repeat(noise(96, 128)[..., :1], 3, axis=2)
        result = translate(grey, no_mask(96, 128), translator("plain"), settings=FULL_SIZE, machine=MACHINE)
        seen = in_one_go(grey, no_mask(96, 128), translator("plain"))
        assert np.ptp(seen, axis=2).max() > 0.01
        assert np.ptp(result, axis=2).max() < 1e-6
        assert_allclose(luma(result), luma(seen), atol=CLOSE)


class TestMemory:
    @pytest.fixture(autouse=True)
    def _little_is_enough(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(latent, "LEAST_MAPS_BYTES", 2**20)

    @pytest.mark.parametrize("kind", ["plain", "non-local", "patches"])
    def test_what_does_not_fit_in_memory_comes_out_the_same(self, tmp_path: Path, kind: Kind) -> None:
        photo, mask, networks = noise(300, 404), scratched(300, 404), translator(kind)
        small = Machine(memory_bytes=2**20, spill_folder=tmp_path)
        result = translate(photo, mask, networks, settings=FULL_SIZE, machine=small)
        assert_allclose(result, in_one_go(photo, mask, networks), atol=CLOSE)
        assert list(tmp_path.iterdir()) == []

    def test_it_lies_in_the_folder_meanwhile(self, tmp_path: Path) -> None:
        gone = Machine(memory_bytes=2**20, spill_folder=tmp_path / "gone")
        with pytest.raises(FileNotFoundError, match="gone"):
            translate(noise(300, 404), no_mask(300, 404), translator("plain"), settings=FULL_SIZE, machine=gone)

    def test_attention_looks_at_a_smaller_map_when_told_to(self) -> None:
        photo, mask, networks = noise(192, 256), scratched(192, 256), translator("non-local")
        exact = translate(photo, mask, networks, settings=FULL_SIZE, machine=MACHINE)
        bounded = LatentSettings(working_megapixels=0.0, attention_places=100)
        rough = translate(photo, mask, networks, settings=bounded, machine=MACHINE)
        assert float(np.abs(rough - exact).max()) > 1e-3
        far = np.abs(rough - exact)[150:]
        assert float(far.mean()) < float(np.abs(rough - exact).mean())


class TestAtTheWorkingSize:
    @pytest.mark.parametrize("kind", ["plain", "non-local"])
    def test_the_small_copy_is_translated_and_its_change_carried(self, kind: Kind) -> None:
        photo, mask, networks = noise(240, 320), scratched(240, 320), translator(kind)
        settings = LatentSettings(working_megapixels=0.0192)
        result = translate(photo, mask, networks, settings=settings, machine=MACHINE, strength=0.7)
        holes = mask if networks.fills_holes else no_mask(240, 320)
        before, small_holes = reduced(photo, holes, (120, 160))
        after = in_one_go(before, small_holes, networks)
        assert_allclose(result, carried(photo, holes, before, after, strength=0.7), atol=CLOSE)

    def test_a_picture_of_just_that_size_is_not_reduced(self) -> None:
        photo, networks = noise(100, 100), translator("plain")
        exactly = LatentSettings(working_megapixels=0.01)
        result = translate(photo, no_mask(100, 100), networks, settings=exactly, machine=MACHINE)
        assert_allclose(result, in_one_go(photo, no_mask(100, 100), networks), atol=CLOSE)

    def test_all_hole(self) -> None:
        settings = LatentSettings(working_megapixels=0.0192)
        with pytest.raises(NothingToFillFromError):
            translate(noise(240, 320), ~no_mask(240, 320), translator("patches"), settings=settings, machine=MACHINE)


def step_sizes(values: np.ndarray) -> np.ndarray:
    """Return for each row but the first and last how far its pixels lie off the line between their neighbours."""
    steps = np.empty(len(values) - 2)
    for start in range(0, len(steps), 500):
        part = values[start : start + 502]
        second = np.abs(part[2:] - 2.0 * part[1:-1] + part[:-2])
        steps[start : start + 500] = second.reshape(len(second), -1).mean(axis=1)
    return steps


def at_borders(borders: range, height: int) -> np.ndarray:
    """Return which of the ``step_sizes`` look across a border."""
    across = np.zeros(height - 2, dtype=bool)
    for border in borders:
        across[[border - 2, border - 1]] = True
    return across


SCAN = (7500, 8000)
"""Height and width of a synthetic scan: slow gradients, grain, scratches from top to bottom."""


def scan() -> Photo:
    height, width = SCAN
    y = np.linspace(0.25, 0.65, height, dtype=np.float32)[:, None]
    x = 0.08 * np.sin(np.linspace(0.0, 9.0, width, dtype=np.float32))[None]
    photo = np.empty((height, width, 3), dtype=np.float32)
    grain = np.random.default_rng(1).random((height // 2, width), dtype=np.float32)
    for half in (slice(0, height // 2), slice(height // 2, height)):
        for channel, gain in enumerate((1.0, 0.95, 0.8)):
            np.multiply(y[half] + x + np.float32(0.06) * grain, np.float32(gain), out=photo[half, :, channel])
    return photo


def scratches_of_the_scan() -> Mask:
    mask = no_mask(*SCAN)
    for left, wide in ((900, 3), (2500, 12), (6100, 40)):
        mask[:, left : left + wide] = True
    return mask


class TestSixtyMegapixels:
    def test_no_seam_where_strips_meet_and_memory_for_little_more_than_the_result(self) -> None:
        photo, mask = scan(), scratches_of_the_scan()
        settings = LatentSettings(attention_places=8192)
        tracemalloc.start()
        try:
            result = translate(photo, mask, translator("non-local"), settings=settings, machine=MACHINE)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert result.nbytes <= peak < 1.25 * result.nbytes  # besides 256 MiB for feature maps
        rows = carry._PIXELS_AT_ONCE // SCAN[1]
        borders = range(rows, SCAN[0], rows)
        assert len(borders) > 50
        self.check(result[:, :2000], borders)
        np.subtract(result, photo, out=result)
        assert float(np.abs(result[::100]).mean()) > 0.05
        self.check(result[:, 3000:6000:3], borders)  # the change alone, without grain: any step would stand out
        for border in borders[::2]:
            result[border : border + rows] += np.float32(1.0 / 255.0)
        with pytest.raises(AssertionError):
            self.check(result[:, 3000:6000:3], borders)

    def check(self, values: np.ndarray, borders: range) -> None:
        """Fail if rows next to a border differ from their neighbours more than other rows do."""
        steps = step_sizes(values)
        across = at_borders(borders, len(values))
        assert steps[across].mean() < 1.1 * steps[~across].mean()
        assert steps[across].max() <= steps[~across].max()


class TestFullSize:
    def test_twelve_megapixels_in_strips_are_those_in_one_go(self) -> None:
        size = (3001, 4002)
        y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32) / np.float32(4000.0)
        photo = np.stack([0.3 + 0.4 * y, 0.5 + 0.3 * np.sin(20.0 * x * y), 0.7 - 0.4 * x], axis=2).astype(np.float32)
        photo += np.float32(0.1) * (noise(*size) - np.float32(0.5))
        del y, x
        networks = translator("plain", width=2)
        result = translate(photo, no_mask(*size), networks, settings=FULL_SIZE, machine=Machine(memory_bytes=2**27))
        result -= in_one_go(photo, no_mask(*size), networks)
        assert float(np.abs(result).max()) < 1e-4


class Bright(ScratchDetector):
    """Takes what is bright for a scratch, and remembers what it was shown."""

    def __init__(self) -> None:
        super().__init__(ScratchConfig(width=1, depth=4))
        self.seen: list[torch.Tensor] = []

    def forward(self, grey: torch.Tensor) -> torch.Tensor:
        self.seen.append(grey)
        return grey * 10.0


class TestFindingScratches:
    def test_each_pixel_seen_is_a_mean_and_each_answer_is_enlarged(self) -> None:
        photo, bright = noise(512, 768), Bright()
        photo[100:104] = 1.0
        found = find_scratches(photo, bright, probability=0.4, device=CPU)
        (grey,) = bright.seen
        mean = luma(photo).reshape(256, 2, 384, 2).mean(axis=(1, 3))
        assert_allclose(grey[0, 0].numpy(), 2.0 * mean - 1.0, atol=1e-5)
        likely = torch.sigmoid(torch.nn.functional.interpolate(grey, scale_factor=1.0) * 10.0)
        large = torch.nn.functional.interpolate(likely, (512, 768), mode="bilinear", align_corners=False)[0, 0].numpy()
        sure = np.abs(large - 0.4) > 1e-4
        assert np.array_equal(found[sure], large[sure] >= 0.4)
        assert found[101:103].all()
        assert 0.1 < found.mean() < 0.9

    def test_a_thin_scratch_grows_faint_and_does_not_vanish(self) -> None:
        photo = np.full((2048, 2048, 3), 0.2, dtype=np.float32)
        photo[:, 1001] = 1.0
        bright = Bright()
        found = find_scratches(photo, bright, probability=0.01, device=CPU)  # the background has 0.002, the line 0.018
        assert float(bright.seen[0].max()) == pytest.approx(2.0 * (0.2 + 0.8 / 8.0) - 1.0, abs=1e-4)
        columns = found.all(axis=0).nonzero()[0]
        assert 1001 in columns
        assert columns.max() - columns.min() < 16

    @pytest.mark.parametrize("size", [(1, 1), (1, 20000), (3000, 2), (255, 257), (300, 900)])
    def test_any_shape(self, size: tuple[int, int]) -> None:
        bright = Bright()
        photo = np.full((*size, 3), 0.9, dtype=np.float32)
        assert find_scratches(photo, bright, probability=0.4, device=CPU).all()
        shown = bright.seen[0].shape[2:]
        assert min(shown) == 256
        assert max(shown) <= 4096
        assert all(side % 16 == 0 for side in shown)

    def test_a_real_network_takes_it(self) -> None:
        torch.manual_seed(2)
        detector = ScratchDetector(ScratchConfig(width=2, depth=4)).eval()
        photo = noise(120, 200)
        rates = [find_scratches(photo, detector, probability=p, device=CPU).mean() for p in (1e-6, 0.5, 1.0 - 1e-6)]
        assert rates[0] == 1.0
        assert rates[2] == 0.0
        smaller = cv2.resize(luma(photo), (432, 256), interpolation=cv2.INTER_AREA)
        with torch.inference_mode():
            likely = torch.sigmoid(detector(torch.from_numpy(smaller * 2.0 - 1.0)[None, None]))[0, 0].numpy()
        assert rates[1] == pytest.approx((likely >= 0.5).mean(), abs=0.05)
