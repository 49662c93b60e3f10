"""Tones of one picture given to another."""

from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from oldphoto_core.faces.match import level_lookup, match_levels, match_tones


def _slow_lookup(source: np.ndarray, reference: np.ndarray) -> list[int]:
    """lookup[s] = smallest r with cdf_ref[r] >= cdf_src[s], as the sentence reads."""
    of_source, of_reference = [list(accumulate(counts.tolist())) for counts in (source, reference)]
    return [next(r for r in range(256) if of_reference[r] / 100 >= of_source[s] / 100) for s in range(256)]


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), spread=st.sampled_from([3, 40, 256]))
def test_the_lookup_is_what_the_sentence_says(seed: int, spread: int) -> None:
    rng = np.random.default_rng(seed)
    source = np.bincount(rng.integers(0, spread, 100), minlength=256)
    reference = np.bincount(rng.integers(256 - spread, 256, 100), minlength=256)
    assert level_lookup(source, reference).tolist() == _slow_lookup(source, reference)


def test_counts_of_different_numbers_of_pixels_are_refused() -> None:
    one, two = np.ones(256, dtype=np.int64), np.full(256, 2)
    with pytest.raises(ValueError, match="256 and 512"):
        level_lookup(one, two)


def _picture(seed: int, low: float, high: float) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, (48, 48, 3)).astype(np.float32)


ALL = np.ones((48, 48), dtype=bool)


class TestTones:
    @pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.4, 0.45), (0.3, 0.3)])
    def test_a_picture_matched_to_itself_stays(self, low: float, high: float) -> None:
        picture = _picture(1, low, high)
        assert np.abs(match_tones(picture, picture, ALL) - picture).max() < 1e-6

    def test_it_agrees_with_the_8_bit_form_on_8_bit_values(self) -> None:
        source = np.rint(_picture(2, 0.0, 0.5) * 255).astype(np.uint8)
        reference = np.rint(_picture(3, 0.2, 0.9) * 255).astype(np.uint8)
        tones = match_tones(source / np.float32(255.0), reference / np.float32(255.0), ALL)
        assert_allclose(tones * 255, match_levels(source, reference), atol=1e-3)

    def test_each_channel_gets_its_own_tones(self) -> None:
        reference = _picture(4, 0.0, 0.3) + np.array([0.0, 0.3, 0.6], dtype=np.float32)
        matched = match_tones(_picture(5, 0.2, 0.8), reference, ALL)
        for share in (0.05, 0.5, 0.95):
            found, wanted = (np.quantile(one, share, axis=(0, 1)) for one in (matched, reference))
            assert_allclose(found, wanted, atol=2 / 255)

    def test_pixels_outside_have_no_say(self) -> None:
        inside = ALL.copy()
        inside[:, :20] = False
        source, reference = _picture(6, 0.2, 0.8), _picture(7, 0.4, 0.6)
        spoiled = reference.copy()
        spoiled[~inside] = 0.0
        assert_array_equal(match_tones(source, spoiled, inside), match_tones(source, reference, inside))

    def test_nothing_inside_is_refused(self) -> None:
        with pytest.raises(ValueError, match="equally many"):
            match_tones(_picture(1, 0.0, 1.0), _picture(2, 0.0, 1.0), ~ALL)
