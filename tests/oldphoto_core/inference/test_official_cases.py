"""The authors' scripts, stage by stage, against what they computed; and the comparison notices when a stage differs."""

from typing import Any

import numpy as np
import pytest
from golden_files import FACE_BLEND, golden_case, golden_stems, one_weight_off

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.inference.official_cases import DETECTOR_SHIFT, run_pipe_case
from oldphoto_core.networks.golden.cases import CHAIN_MAPPINGS
from oldphoto_core.networks.golden.checks import GoldenCaseError
from oldphoto_core.networks.golden.files import GoldenCase
from oldphoto_core.networks.golden.filled_networks import FilledNetworks


def missed(case: GoldenCase, networks: FilledNetworks) -> set[str]:
    return {check.name for check in run_pipe_case(case, networks) if not check.holds}


@pytest.mark.parametrize("stem", golden_stems(scripts=True))
def test_every_stage_and_one_weight_off(stem: str, filled_networks: FilledNetworks) -> None:
    case = golden_case(stem)
    checks = run_pipe_case(case, filled_networks)
    assert [check.told for check in checks if not check.holds] == []
    facts = {"threshold", "min_dist", "image"} | ({"mask"} if stem in {"pipe_scratch", "pipe_hr"} else set())
    assert {check.name for check in checks} == set(case.arrays) - facts
    kind = case.net.removeprefix("pipe_")
    network = (
        filled_networks.get("detection", raised=DETECTOR_SHIFT)
        if kind == "detection"
        else filled_networks.get(CHAIN_MAPPINGS[kind])
    )
    with one_weight_off(network):
        assert missed(case, filled_networks) & {"mask", "net_output"}


def face_blend() -> GoldenCase:
    with np.load(FACE_BLEND) as stored:
        return GoldenCase("pipe_face_blend", "", dict(stored))


def test_the_face_blend(filled_networks: FilledNetworks) -> None:
    case = face_blend()
    checks = run_pipe_case(case, filled_networks)
    assert [check.told for check in checks if not check.holds] == []
    assert {check.name for check in checks} == set(case.arrays) - {"image", "landmarks", "restored"}


def test_a_moved_landmark_is_noticed(filled_networks: FilledNetworks) -> None:
    case = face_blend()
    landmarks = case.arrays["landmarks"].copy()
    landmarks[2] += 1
    moved = GoldenCase(case.net, case.case, {**case.arrays, "landmarks": landmarks})
    assert missed(moved, filled_networks) == {"matrix", "aligned", "hist_matched", "backward_mask", "blended"}


@pytest.mark.parametrize(
    ("net", "change", "message"),
    [
        ("pipe_face_blend", {"landmarks": np.zeros((4, 2))}, r"'landmarks' is \(4, 2\), expected \(5, 2\)"),
        (
            "pipe_face_blend",
            {"image": np.zeros((8, 8, 3))},
            r"'image' is float64 \(8, 8, 3\), expected uint8 \(H, W, 3\)",
        ),
        ("pipe_hr", {"mask": np.zeros((8, 8, 3), np.uint8)}, r"'mask' is uint8 \(8, 8, 3\), expected uint8 \(H, W\)"),
        ("pipe_nothing", {}, "pipe_nothing is none of the scripts"),
    ],
)
def test_arrays_that_are_not_what_they_should_be(
    net: str, change: dict[str, Any], message: str, filled_networks: FilledNetworks
) -> None:
    case = face_blend()
    with pytest.raises(GoldenCaseError, match=message):
        run_pipe_case(GoldenCase(net, "", {**case.arrays, **change}), filled_networks)


def test_a_mask_of_another_size_is_refused(filled_networks: FilledNetworks) -> None:
    case = golden_case("pipe_scratch")
    small = GoldenCase(case.net, case.case, {**case.arrays, "mask": np.zeros((8, 8), np.uint8)})
    with pytest.raises(PhotoShapeError, match=r"a mask of \(8, 8\)"):
        run_pipe_case(small, filled_networks)


def test_a_stage_that_is_not_stored_is_named(filled_networks: FilledNetworks) -> None:
    case = golden_case("pipe_detection_scale_256")
    with pytest.raises(GoldenCaseError, match="no array 'mask'"):
        run_pipe_case(GoldenCase(case.net, case.case, {"image": case.arrays["image"]}), filled_networks)
