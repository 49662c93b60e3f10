"""Golden cases of the film networks: what they are given is drawn from a stored seed."""

import hashlib
from collections.abc import Mapping
from typing import Final, cast

import numpy as np
import torch
from torch import Tensor

from oldphoto_core.networks.golden.checks import Check, GoldenCaseError, check_values
from oldphoto_core.networks.golden.files import GoldenCase, tolerance_on
from oldphoto_core.networks.golden.filled_networks import FilledNetworks
from oldphoto_core.networks.rtn.film import FilmRestorer
from oldphoto_core.networks.rtn.flow import FlowNetwork
from oldphoto_core.networks.rtn.flow_correlation import Likeness
from oldphoto_core.networks.rtn.sampling import places

FILM_TOLERANCE: Final = 1e-4
"""Of frames, masks, states and features."""

FLOW_TOLERANCE: Final = 2e-4
"""In pixels."""

PART_TOLERANCE: Final = 2e-5
"""Of a branch or a discriminator alone."""

CROP: Final = slice(40, 64)
"""Which rows and columns are stored of the states."""

_SPAN: Final = 2
"""A range is two numbers."""


def run_rtn_case(case: GoldenCase, networks: FilledNetworks) -> tuple[Check, ...]:
    """Return one check for each stored output.

    Raises:
        GoldenCaseError: An array is missing or of another shape, or the drawn input is not the one that was stored.
    """
    network = networks.get(case.net, system="rtn")
    with torch.inference_mode():
        if case.net == "raft":
            computed = _flow_outputs(cast("FlowNetwork", network), case, networks.device)
        elif case.net == "rtn":
            computed = _film_outputs(cast("FilmRestorer", network), case, networks.device)
        else:
            (given,) = _drawn(case, 1, networks.device)
            computed = {"y": network(given)}
            if case.net.startswith("disc_"):
                computed["sigma"] = _spectral_norms(network)
    return _checks(case, computed, networks.device)


def _flow_outputs(network: FlowNetwork, case: GoldenCase, device: torch.device) -> dict[str, Tensor]:
    """Return flow, features and the first likeness that is looked up, which is that of no motion."""
    first, second = (network.read(frame) for frame in _drawn(case, 2, device))
    flowed = network.between(first, second, iterations=int(case.array("iters")))
    likeness = Likeness(first.features, second.features, network.config.levels, network.config.radius)
    return {
        "flow_up": flowed.fine,
        "flow_low": flowed.coarse,
        "fmap1": first.features,
        "cnet": first.context,
        "corr_iter0": likeness.around(places(first.features).expand(len(first.features), -1, -1, -1)),
    }


def _film_outputs(network: FilmRestorer, case: GoldenCase, device: torch.device) -> dict[str, Tensor]:
    """Return the frames, and of what leads to them all that a file may hold."""
    (clip,) = _drawn(case, 1, device)
    motion = network.motion(clip)
    restored = network(clip, motion)
    return {
        "y": restored.frames,
        "forward_flow": motion.forward,
        "backward_flow": motion.backward,
        "forward_mask": restored.forward.masks,
        "backward_mask": restored.backward.masks,
        "fw_state_crop": restored.forward.states[..., CROP, CROP],
        "bw_state_crop": restored.backward.states[..., CROP, CROP],
    }


def _drawn(case: GoldenCase, count: int, device: torch.device) -> list[Tensor]:
    """Return the inputs, drawn one after the other.

    Raises:
        GoldenCaseError: They are not those that the stored numbers belong to.
    """
    shape, span = tuple(int(side) for side in case.array("shape")), case.array("range")
    if span.shape != (_SPAN,):
        raise GoldenCaseError(f"array 'range' has the shape {span.shape} and should hold a lowest and a highest value")
    rng = np.random.default_rng(int(case.array("seed")))
    inputs = [rng.uniform(float(span[0]), float(span[1]), shape).astype(np.float32) for _ in range(count)]
    digest = hashlib.sha256(b"".join(one.tobytes() for one in inputs)).hexdigest()
    if digest != str(case.array("x_sha256")):
        raise GoldenCaseError(f"the input drawn has SHA-256 {digest}, the file is of {case.array('x_sha256')}")
    return [torch.from_numpy(one).to(device) for one in inputs]


def _spectral_norms(network: torch.nn.Module) -> Tensor:
    """Return by what each normalised weight is divided."""
    norms = []
    state = network.state_dict()
    for name, weight in state.items():
        if name.endswith("parametrizations.weight.original"):
            left, right = (state[name.replace("original", f"0._{side}")].double() for side in "uv")
            norms.append(left @ weight.double().flatten(1) @ right)
    return torch.stack(norms)


def _checks(case: GoldenCase, computed: Mapping[str, Tensor], device: torch.device) -> tuple[Check, ...]:
    alone = case.net == "swin" or case.net.startswith("disc_")
    checks = []
    for name, tensor in computed.items():
        if name in case.arrays:
            on_cpu = FLOW_TOLERANCE if "flow" in name else PART_TOLERANCE if alone else FILM_TOLERANCE
            tolerance = tolerance_on(device, on_cpu)
            checks.append(check_values(name, case.array(name), np.asarray(tensor.cpu().numpy()), tolerance))
    if not checks:
        raise GoldenCaseError(f"the file holds none of {', '.join(computed)}, so there is nothing to compare")
    return tuple(checks)
