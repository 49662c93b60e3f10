"""The engine with a network: what it is given, what it gives, and when it gives nothing new."""

import numpy as np
import pytest
import torch
from film_shots import grey, pan, source
from tiny_film import tiny_film

from oldphoto_core.film.judging import ShotLimits
from oldphoto_core.film.learned import LearnedFilm, tried_stretches
from oldphoto_core.film.reel import FilmSettings, FilmStep, Frame, RestoredFrame
from oldphoto_core.image import luma
from oldphoto_core.networks.rtn.film import FilmRestorer

PLAIN = FilmSettings(deflicker=False, window=3)
ANYTHING = ShotLimits(flicker_gain=1.0, sharpness_kept=0.0, level_change=1.0, warping_gain=1e6)


def silent() -> FilmRestorer:
    """A network whose answer is tanh of what it is given."""
    network = tiny_film()
    torch.nn.init.zeros_(network.conv_last.weight)
    torch.nn.init.zeros_(network.conv_last.bias)  # type: ignore[arg-type]
    return network


def run(
    frames: list[Frame], settings: FilmSettings, *, limits: ShotLimits = ANYTHING, start: int = 0, guarded: bool = False
) -> tuple[list[RestoredFrame], list[FilmStep]]:
    steps: list[FilmStep] = []
    engine = LearnedFilm(silent(), "tiny", {"restore": "ab" * 32}, limits, guarded)
    return list(engine.restore(source(frames), settings, steps.append, start=start)), steps


def test_luma_is_the_networks_and_colour_the_films() -> None:
    frames = [0.4 * frame + 0.3 for frame in pan("coffee", 4, size=(30, 44))]
    frames = [frame.astype(np.float32) for frame in frames]
    new, steps = run(frames, PLAIN)
    for got, old in zip(new, frames, strict=True):
        expected = (np.tanh(2.0 * luma(old) - 1.0) + 1.0) / 2.0
        assert np.allclose(luma(got.frame), expected, atol=1e-3)
        assert np.allclose(got.frame[..., 0] - got.frame[..., 2], old[..., 0] - old[..., 2], atol=1e-5)
        assert got.frame.shape == (30, 44, 3)
    assert steps[-1].verdict == "applied"
    assert steps[-1].weights_sha256 == "ab" * 32
    assert steps[-1].engine == "tiny"
    assert steps[-1].measures["mean_change_luma"] > 0.0


def test_grey_comes_back_grey() -> None:
    new, _ = run(grey(pan("astronaut", 3, size=(20, 28))), PLAIN)
    assert max(float(np.ptp(each.frame, axis=2).max()) for each in new) < 1e-6


@pytest.mark.parametrize("start", [1, 3])
def test_it_can_begin_in_the_middle(start: int) -> None:
    frames = grey(pan("astronaut", 5, size=(32, 32)))
    whole, _ = run(frames, PLAIN)
    part, _ = run(frames, PLAIN, start=start)
    for one, other in zip(part, whole[start:], strict=True):
        assert np.array_equal(one.frame, other.frame)


def test_a_worse_result_is_rejected_with_its_reason_and_every_bit_stays() -> None:
    frames = grey(pan("astronaut", 3, size=(32, 32)))
    new, steps = run(frames, PLAIN, limits=ShotLimits(level_change=0.0, sharpness_kept=0.0))
    assert steps[-1].verdict == "rejected"
    assert steps[-1].reason is not None
    assert all(np.array_equal(n.frame, f) for n, f in zip(new, frames, strict=True))


def test_where_neighbours_disagree_it_changes_little() -> None:
    frames = grey(pan("astronaut", 3, size=(32, 32), step=(0, 0)))
    rng = np.random.default_rng(0)
    frames[0][:, 16:] = rng.random((32, 16, 1), dtype=np.float32)
    free, _ = run(frames, PLAIN)
    new, _ = run(frames, PLAIN, guarded=True)
    change = [np.abs(each[1].frame - frames[1])[:, 24:].max() for each in (new, free)]
    assert change[0] < 0.035
    assert change[1] > 0.07


def test_strength_blends() -> None:
    frames = grey(pan("astronaut", 3, size=(32, 32)))
    full, _ = run(frames, PLAIN)
    half, steps = run(frames, FilmSettings(deflicker=False, strength=0.5))
    none, skipped = run(frames, FilmSettings(deflicker=False, strength=0.0))
    for f, h, n, o in zip(full, half, none, frames, strict=True):
        assert np.allclose(h.frame, 0.5 * (f.frame + o), atol=1e-5)
        assert np.array_equal(n.frame, o)
    assert (steps[-1].verdict, skipped[-1].verdict) == ("blended", "skipped")


def test_the_published_procedure_on_request() -> None:
    frames = pan("coffee", 3, size=(20, 20))
    new, steps = run(frames, FilmSettings(deflicker=False, official_compat=True, window=2))
    assert len(new) == 3
    assert max(float(np.ptp(each.frame, axis=2).max()) for each in new) < 1e-5
    assert steps[-1].reason is not None
    assert "published" in steps[-1].reason


def test_a_shot_is_tried_at_its_ends_and_its_middle() -> None:
    assert tried_stretches(24) == [(0, 24)]
    assert tried_stretches(25) == [(0, 8), (8, 16), (17, 25)]
