"""Golden cases of the authors' scripts: pictures in, every stage between, pictures out; run one, compare all of it."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from oldphoto_core.faces.official import official_face_blend
from oldphoto_core.inference.official import (
    THRESHOLD,
    OfficialNetworks,
    official_mask,
    official_quality,
    official_scratch,
)
from oldphoto_core.inference.official_pixels import DetectionSize
from oldphoto_core.networks.golden.cases import (
    CHAIN_MAPPINGS,
    CHAIN_TOLERANCE,
    NETWORK_TOLERANCE,
)
from oldphoto_core.networks.golden.checks import Check, GoldenCaseError, check_mask, check_picture, check_values
from oldphoto_core.networks.golden.files import GoldenCase, tolerance_on
from oldphoto_core.networks.golden.filled_networks import FilledNetworks

DETECTOR_SHIFT: Final[Mapping[str, float]] = {"last.1.bias": -1.5}
"""Lowers the filled detector's logits, so that about half of the pixels are found."""


def run_pipe_case(case: GoldenCase, networks: FilledNetworks) -> tuple[Check, ...]:
    """Return the checks of one case of the authors' scripts (``pipe_*``).

    Masks may differ in five pixels, 8-bit pictures by one level in a thousandth of their values, network values as in
    the networks' own cases.

    Raises:
        GoldenCaseError: An array is missing or of another shape, or there is no such script.
        PhotoShapeError: The picture is of a size that the scripts cannot take.
    """
    runs: Mapping[str, Callable[[GoldenCase, FilledNetworks], tuple[Check, ...]]] = {
        "pipe_detection": _detection,
        "pipe_quality": _quality,
        "pipe_scratch": _scratch,
        "pipe_hr": _scratch,
        "pipe_face_blend": _face_blend,
    }
    if case.net not in runs:
        raise GoldenCaseError(f"{case.net} is none of the scripts {', '.join(runs)}")
    return runs[case.net](case, networks)


def _detection(case: GoldenCase, networks: FilledNetworks) -> tuple[Check, ...]:
    """Return the checks of a mask and, where they are stored, of the stages before it."""
    size: DetectionSize = "scale_256" if case.case.startswith("scale_256") else "full_size"
    threshold = float(case.arrays.get("threshold", np.float64(THRESHOLD)))
    image, mask = _picture(case, "image"), _mask(case, "mask")
    detector = networks.get("detection", raised=DETECTOR_SHIFT)
    found = official_mask(image, detector, size, threshold=threshold, device=networks.device)
    checks = [check_mask("mask", mask, found.mask)]
    if "resized" in case.arrays:
        checks += check_picture("resized", case.array("resized"), found.resized)
    tolerance = tolerance_on(networks.device, NETWORK_TOLERANCE)
    for name, computed in (("grey_scaled", found.grey_scaled), ("logits", found.logits)):
        if name in case.arrays:
            checks.append(check_values(name, case.array(name), computed, tolerance))
    return tuple(checks)


def _quality(case: GoldenCase, networks: FilledNetworks) -> tuple[Check, ...]:
    """Return the checks of a restoration without scratches."""
    restored = official_quality(_picture(case, "image"), _networks("quality", networks))
    tolerance = tolerance_on(networks.device, CHAIN_TOLERANCE)
    return (
        check_values("net_output", case.array("net_output"), restored.net_output, tolerance),
        *check_picture("resized", case.array("resized"), restored.resized),
        *check_picture("saved", case.array("saved"), restored.saved),
    )


def _scratch(case: GoldenCase, networks: FilledNetworks) -> tuple[Check, ...]:
    """Return the checks of a restoration with scratches, by non-local or by patch attention."""
    kind = case.net.removeprefix("pipe_")
    image, mask = _picture(case, "image"), _mask(case, "mask")
    restored = official_scratch(image, mask, _networks(kind, networks), hr=kind == "hr")
    tolerance = tolerance_on(networks.device, CHAIN_TOLERANCE)
    return (
        check_values("net_output", case.array("net_output"), restored.net_output, tolerance),
        check_values("mask_used", case.array("mask_used"), restored.mask_used, NETWORK_TOLERANCE),
        *check_picture("holed", case.array("holed"), restored.holed),
        *check_picture("saved", case.array("saved"), restored.saved),
    )


def _face_blend(case: GoldenCase, networks: FilledNetworks) -> tuple[Check, ...]:
    """Return the checks of a face cut out, matched in colour and put back; no network takes part."""
    del networks
    image, restored = _picture(case, "image"), _picture(case, "restored")
    points = case.array("landmarks")
    if points.shape != (5, 2):
        raise GoldenCaseError(f"array 'landmarks' is {points.shape}, expected (5, 2)")
    left_eye, right_eye, nose, left_mouth, right_mouth = ((float(x), float(y)) for x, y in points)
    blend = official_face_blend(image, (left_eye, right_eye, nose, left_mouth, right_mouth), restored)
    return (
        check_values("matrix", case.array("matrix"), blend.matrix, NETWORK_TOLERANCE),
        check_mask("backward_mask", case.array("backward_mask"), blend.backward_mask),
        *check_picture("aligned", case.array("aligned"), blend.aligned),
        *check_picture("hist_matched", case.array("hist_matched"), blend.hist_matched),
        *check_picture("blended", case.array("blended"), blend.blended),
    )


def _networks(kind: str, networks: FilledNetworks) -> OfficialNetworks:
    """Return the networks of a restoration; the fill rule gives both autoencoders the same weights."""
    vae = networks.autoencoder()
    return OfficialNetworks(vae, networks.get(CHAIN_MAPPINGS[kind]), vae, networks.device)


def _picture(case: GoldenCase, name: str) -> np.ndarray:
    """Return a stored 8-bit RGB picture.

    Raises:
        GoldenCaseError: It is missing or none.
    """
    picture = case.array(name)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or picture.size == 0:
        raise GoldenCaseError(f"array {name!r} is {picture.dtype} {picture.shape}, expected uint8 (H, W, 3)")
    return picture


def _mask(case: GoldenCase, name: str) -> np.ndarray:
    """Return a stored 8-bit mask.

    Raises:
        GoldenCaseError: It is missing or none.
    """
    mask = case.array(name)
    if mask.dtype != np.uint8 or mask.ndim != 2 or mask.size == 0:
        raise GoldenCaseError(f"array {name!r} is {mask.dtype} {mask.shape}, expected uint8 (H, W)")
    return mask
