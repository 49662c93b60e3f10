"""Golden cases of the modernization networks: one photograph, one or more references."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, cast

import numpy as np
import torch
from torch import Tensor

from oldphoto_core.networks.golden.checks import Check, GoldenCaseError, check_values
from oldphoto_core.networks.golden.files import GoldenCase, tolerance_on
from oldphoto_core.networks.golden.filled_networks import FilledNetworks
from oldphoto_core.networks.mropm.merge import Merging
from oldphoto_core.networks.mropm.stylise import Stylised, Stylization

UNBOUND_TOLERANCE: Final = 1e-3
"""Of styled pictures, whose values reach 30."""

_UNBOUND: Final = frozenset({"merged", "post_adain1"})

BOUND_TOLERANCE: Final = 1e-4
"""Of results, weights and similarities."""

TRACE_SEED: Final = 101
"""A trace stores no input: photograph and reference are drawn, one after the other, from this seed."""

TRACE_CHANNELS: Final = 4
"""How many channels a trace stores of wide maps."""

_SHOWN: Final = {"attn": 4, "attn_half": 8}
"""Every how manyth pixel is stored of the merging weights."""


def run_mropm_case(case: GoldenCase, networks: FilledNetworks) -> tuple[Check, ...]:
    """Return one check for each stored output.

    Raises:
        GoldenCaseError: An array is missing or of another shape.
    """
    if "content" not in case.arrays and "enc1" in case.arrays:
        return _trace_checks(case, networks)
    names = sorted(name for name in case.arrays if name.startswith("ref_"))
    if not names:
        raise GoldenCaseError("the file holds no references, so there is nothing to run")
    device = networks.device
    with torch.inference_mode():
        network = cast("Stylization", networks.get("netS", system="mropm"))
        content = network.read(case.tensor("content", device))
        styled = [network.styled(content, case.tensor(name, device)) for name in names]
        computed = _styled_outputs(styled)
        if case.net == "full":
            computed |= _merged_outputs(cast("Merging", networks.get("netMR", system="mropm")), styled)
    return _checks(case, computed, networks)


def _trace_checks(case: GoldenCase, networks: FilledNetworks) -> tuple[Check, ...]:
    """Return checks of what happens on the way: features and details of the photograph, similarity, result."""
    shape = (1, 3, *case.array("enc1").shape[2:])
    rng = np.random.default_rng(TRACE_SEED)
    photograph, reference = (
        torch.from_numpy(rng.uniform(0, 1, shape).astype(np.float32)).to(networks.device) for _ in range(2)
    )
    with torch.inference_mode():
        network = cast("Stylization", networks.get("netS", system="mropm"))
        content = network.read(photograph)
        styled = network.styled(content, reference)
    features, details = content.encoded.features, content.encoded.details
    computed = {f"enc{level}": one[:, :TRACE_CHANNELS] for level, one in enumerate(features, start=1)}
    computed |= {f"hf{level}": one[:, :TRACE_CHANNELS] for level, one in enumerate(details, start=1)}
    computed |= {"post_adain1": styled.feature[:, :TRACE_CHANNELS], "sim": styled.similarity, "out_1": styled.image}
    return _checks(replace(case, arrays={**case.arrays, "out_1": case.array("out")}), computed, networks)


def _checks(case: GoldenCase, computed: Mapping[str, Tensor], networks: FilledNetworks) -> tuple[Check, ...]:
    checks = []
    for name, tensor in computed.items():
        if name in case.arrays:
            unbound = name in _UNBOUND or name.startswith("out_")
            tolerance = tolerance_on(networks.device, UNBOUND_TOLERANCE if unbound else BOUND_TOLERANCE)
            checks.append(check_values(name, case.array(name), np.asarray(tensor.cpu().numpy()), tolerance))
    return tuple(checks)


def _styled_outputs(styled: list[Stylised]) -> dict[str, Tensor]:
    images = {f"out_{number}": one.image for number, one in enumerate(styled, start=1)}
    return images | {f"sim_{number}": one.similarity for number, one in enumerate(styled, start=1)}


def _merged_outputs(network: Merging, styled: list[Stylised]) -> dict[str, Tensor]:
    merged = network(styled)
    return {
        "out": merged.image,
        "merged": merged.plain,
        "attn": merged.weights[..., :: _SHOWN["attn"], :: _SHOWN["attn"]],
        "attn_half": merged.shown_weights[..., :: _SHOWN["attn_half"], :: _SHOWN["attn_half"]],
    }
