"""Reports by networks: what belongs together, what is masked, and that any photograph gets an answer."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from own_weights import woken
from skimage import data

from oldphoto_core.damage import DAMAGE_KINDS, DamageKind
from oldphoto_core.diagnosis.features.maps import map_numbers
from oldphoto_core.diagnosis.features.vector import FEATURES_VERSION
from oldphoto_core.diagnosis.learned import (
    NEVER,
    OtherFeaturesError,
    ReportNetworks,
    checked_networks,
    diagnose_learned,
    drawn_mask,
    enlarged,
    measures_of,
    numbers_of,
    probability_maps,
    weights_digest_of,
)
from oldphoto_core.diagnosis.mask_rules import MaskRule
from oldphoto_core.diagnosis.settings import DiagnosisSettings
from oldphoto_core.diagnosis.views import shrink
from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Photo
from oldphoto_core.networks.compact.damage import DamageHead, DamageHeadConfig
from oldphoto_core.networks.compact.scratch_mask import ScratchMask, ScratchMaskConfig
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.compact.tiles import TiledNetwork
from oldphoto_core.networks.compact.unet import UNetConfig

KINDS: tuple[DamageKind, ...] = ("scratch", "dust")
SETTINGS = DiagnosisSettings()


def scratch(seed: int = 3) -> TiledNetwork:
    network = ScratchMask(ScratchMaskConfig(kinds=KINDS, body=UNetConfig(width=4, depth=1)))
    return TiledNetwork(woken(network, seed=seed))  # type: ignore[arg-type]


def astronaut() -> Photo:
    return np.ascontiguousarray(data.astronaut()[:200, 100:400].astype(np.float32) / 255)


def networks(*, sure_of: tuple[DamageKind, ...] = DAMAGE_KINDS) -> ReportNetworks:
    """Return networks whose report is always the same: sure of some kinds, sure that others are not there."""
    drawer = scratch()
    view = np.full((64, 64, 3), 0.5, dtype=np.float32)
    numbers = numbers_of(view, measures_of(view, view, SETTINGS)) | map_numbers(probability_maps(drawer, view))
    head = DamageHead(DamageHeadConfig(numbers=len(numbers), widths=(2,), members=1)).eval()
    with torch.no_grad():
        for value in head.parameters():
            value.zero_()
        head.shift.copy_(torch.tensor([9.0 if kind in sure_of else -9.0 for kind in DAMAGE_KINDS]))
    return ReportNetworks(drawer, head, {"scratch": MaskRule(0.5), "dust": MaskRule(0.5)})


def story(drawer: TiledNetwork) -> dict[str, str]:
    return {
        "features_version": FEATURES_VERSION,
        "scratch_digest": weights_digest_of(drawer.network),
        "mask_thresholds": "scratch 0.7 from 0.6, dust 0.9 from 0.8",
    }


def test_networks_that_belong_together_are_taken() -> None:
    own = networks()
    made = checked_networks(own.scratch, own.head, story(own.scratch))
    assert made.rules == {"scratch": MaskRule(0.7, 0.6), "dust": MaskRule(0.9, 0.8)}


@pytest.mark.parametrize(
    "changed", [{"scratch_digest": "ab" * 32}, {"features_version": "0"}, {"mask_thresholds": "grime 0.5"}]
)
def test_a_head_that_was_fitted_to_something_else_is_refused(changed: dict[str, str]) -> None:
    own = networks()
    with pytest.raises(OtherFeaturesError, match=next(iter(changed))):
        checked_networks(own.scratch, own.head, story(own.scratch) | changed)


def test_other_weights_of_the_drawing_network_are_refused() -> None:
    own = networks()
    with pytest.raises(OtherFeaturesError, match="scratch_digest"):
        checked_networks(scratch(seed=4), own.head, story(own.scratch))


def test_the_digest_is_of_the_weights_as_float16_holds_them() -> None:
    network = scratch().network
    before = weights_digest_of(network)
    network.load_state_dict({name: value.half().float() for name, value in network.state_dict().items()})
    assert weights_digest_of(network) == before
    with torch.no_grad():
        next(network.parameters()).add_(0.1)
    assert weights_digest_of(network) != before


def test_a_mask_is_where_any_kind_reaches_its_own_threshold() -> None:
    one, other = np.zeros((4, 4), dtype=np.float32), np.zeros((4, 4), dtype=np.float32)
    one[0] = (0.4, 0.6, 0.8, 1.0)
    other[3] = (0.4, 0.6, 0.8, 1.0)
    mask = drawn_mask({"scratch": one, "dust": other}, {"scratch": 0.7, "dust": 0.5})
    assert mask.sum(axis=1).tolist() == [2, 0, 0, 3]
    assert drawn_mask({"scratch": one, "dust": other}, {"scratch": 0.7}).sum() == 2
    assert not drawn_mask({"scratch": one}, {"scratch": NEVER}, caution=-9.0).any()


def test_caution_asks_for_more() -> None:
    one = np.array([[0.6, 0.8, 0.95]], dtype=np.float32)
    found = [drawn_mask({"scratch": one}, {"scratch": 0.5}, caution=caution).sum() for caution in (-1.0, 0.0, 1.0, 2.0)]
    assert found == [3, 3, 2, 1]


def test_large_stains_are_not_painted_over() -> None:
    one = np.zeros((100, 100), dtype=np.float32)
    one[:30, :30] = 1.0
    one[60:64, 60:64] = 1.0
    mask = drawn_mask({"stain": one}, {"stain": 0.5}, largest_stain=0.005)
    assert mask.sum() == 16
    assert mask[60:64, 60:64].all()


def test_an_enlarged_mask_keeps_its_share() -> None:
    mask = np.zeros((50, 60), dtype=np.bool_)
    mask[10:30, 20:40] = True
    large = enlarged(mask, (175, 210))
    assert large.shape == (175, 210)
    assert float(large.mean()) == pytest.approx(float(mask.mean()), rel=0.03)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 90), (64, 64), (100, 70)])
def test_any_photograph_is_reported_on_and_left_as_it_is(height: int, width: int) -> None:
    photo = np.random.default_rng(0).uniform(-0.1, 1.1, (height, width, 3)).astype(np.float32)
    before = photo.copy()
    found = diagnose_learned(photo, networks())
    np.testing.assert_array_equal(photo, before)
    assert found.mask.shape == (height, width)
    assert set(found.report.findings) == set(DAMAGE_KINDS)
    assert found.report.measures["mask_share"] == found.report.mask_share


def test_what_the_report_does_not_believe_in_is_not_masked() -> None:
    sure, unsure = (diagnose_learned(astronaut(), networks(sure_of=kinds)) for kinds in (("scratch",), ("blur",)))
    maps = probability_maps(networks().scratch, astronaut())
    np.testing.assert_array_equal(sure.mask, maps["scratch"] >= 0.5)
    assert sure.mask.any()
    assert not unsure.mask.any()
    assert unsure.report.present() == ("blur",)


def test_a_large_photograph_is_drawn_on_at_the_bounded_size() -> None:
    settings = replace(SETTINGS, report_long_side_px=100, drawn_long_side_px=150)
    own = networks(sure_of=("scratch",))
    found = diagnose_learned(astronaut(), own, settings)
    maps = probability_maps(own.scratch, shrink(astronaut(), 150))
    np.testing.assert_array_equal(found.mask, enlarged(maps["scratch"] >= 0.5, (200, 300)))


def test_what_is_no_photograph_is_refused() -> None:
    with pytest.raises(PhotoShapeError):
        diagnose_learned(np.full((20, 20, 3), np.nan, dtype=np.float32), networks())


def test_a_network_that_draws_no_masks_is_refused() -> None:
    wrong = TiledNetwork(TextureRestorer(UNetConfig(width=4, depth=1)))
    with pytest.raises(TypeError, match="ScratchMask"):
        probability_maps(wrong, astronaut())
