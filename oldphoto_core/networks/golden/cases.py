"""Golden cases of single networks and of whole chains of them: run one, compare everything that it stores."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import torch
from torch import Tensor

from oldphoto_core.networks.golden.checks import Check, GoldenCaseError, check_values
from oldphoto_core.networks.golden.files import GoldenCase, tolerance_on
from oldphoto_core.networks.golden.fill import System
from oldphoto_core.networks.golden.filled_networks import FilledNetworks
from oldphoto_core.networks.golden.mropm_cases import run_mropm_case
from oldphoto_core.networks.golden.rtn_cases import run_rtn_case

NETWORK_TOLERANCE: Final = 1e-4
CHAIN_TOLERANCE: Final = 3e-4
CRITIC_CHANNELS: Final = 8
"""How many channels are stored of a discriminator's large maps."""

NETS: Final[Mapping[System, tuple[str, ...]]] = {
    "bopbtl": (
        *("vae_enc", "vae_dec", "detection", "mapping_quality", "mapping_scratch", "mapping_patch_attention", "face"),
        *("disc_vae_image", "disc_vae_feature", "disc_mapping", "disc_mapping_sn"),
        *("e2e_quality", "e2e_scratch", "e2e_hr"),
        *("pipe_quality", "pipe_scratch", "pipe_hr", "pipe_detection", "pipe_face_blend"),
    ),
    "mropm": ("netS", "netMR", "full"),
    "rtn": ("rtn", "raft", "swin", "disc_v1", "disc_v2", "degrade", "prep"),
}
"""What golden files can be of: the beginning of their names, by system."""

WITHOUT_NETWORK: Final = frozenset({"degrade", "prep"})
"""Nets of old films that are no networks: how clean film is made old, and how frames are prepared."""

CHAIN_MAPPINGS: Final[Mapping[str, str]] = {
    "quality": "mapping_quality",
    "scratch": "mapping_scratch",
    "hr": "mapping_patch_attention",
}
"""The mapping between the autoencoders, by the kind of chain."""

_CHAINS: Final = tuple(f"e2e_{kind}" for kind in CHAIN_MAPPINGS)
_SINGLE: Final = tuple(net for net in NETS["bopbtl"] if not net.startswith(("e2e_", "pipe_")))


def identify(stem: str) -> tuple[System, str, str] | None:
    """Return system, net and case of a golden file's name without its ending; None if it is of no known net.

    Examples:
        >>> identify("disc_mapping_sn_64x64")
        ('bopbtl', 'disc_mapping_sn', '64x64')
        >>> identify("pipe_quality")
        ('bopbtl', 'pipe_quality', '')
        >>> identify("netS_trace_64x64")
        ('mropm', 'netS', 'trace_64x64')
    """
    fitting = [
        (len(net), system, net)
        for system, nets in NETS.items()
        for net in nets
        if stem == net or stem.startswith(f"{net}_")
    ]
    if not fitting:
        return None
    _, system, net = max(fitting)
    return system, net, stem[len(net) + 1 :]


def network_behind(net: str) -> str:
    """Return the largest network that the cases of a net need; cases with the same one are best run one after another.

    Examples:
        >>> network_behind("e2e_hr"), network_behind("pipe_hr"), network_behind("vae_dec")
        ('mapping_patch_attention', 'mapping_patch_attention', 'vae')
    """
    kind = net.split("_", 1)[-1]
    if net.startswith(("e2e_", "pipe_")):
        return CHAIN_MAPPINGS.get(kind, kind)
    return "vae" if net.startswith("vae_") else "netS" if net == "full" else net


def run_case(case: GoldenCase, networks: FilledNetworks) -> tuple[Check, ...]:
    """Return one check for each stored output of a network's or a chain's case.

    Raises:
        GoldenCaseError: An array is missing or of another shape.
    """
    if case.net in NETS["mropm"]:
        return run_mropm_case(case, networks)
    if case.net in NETS["rtn"] and case.net not in WITHOUT_NETWORK:
        return run_rtn_case(case, networks)
    chained = case.net in _CHAINS
    if not chained and case.net not in _SINGLE:
        raise GoldenCaseError(f"{case.net} is neither a network nor a chain of networks")
    with torch.inference_mode():
        computed = _chain(case, networks) if chained else _single(case, networks)
    checks = []
    for name, tensor in computed.items():
        on_cpu = CHAIN_TOLERANCE if chained and name == "output" else NETWORK_TOLERANCE
        shown = _as_stored(case, name, tensor.cpu().numpy())
        checks.append(check_values(name, case.array(name), shown, tolerance_on(networks.device, on_cpu)))
    return tuple(checks)


def _single(case: GoldenCase, networks: FilledNetworks) -> dict[str, Tensor]:
    """Return the outputs of one network's case, by the names they are stored under."""
    given = case.tensor("input", networks.device)
    if case.net in ("vae_enc", "vae_dec"):
        vae = networks.autoencoder()
        return {"output": vae.encode(given) if case.net == "vae_enc" else vae.decode(given)}
    network = networks.get(case.net)
    if case.net.startswith("disc_"):
        scales: list[list[Tensor]] = network(given)
        return {f"out_{scale}_{layer}": one for scale, maps in enumerate(scales) for layer, one in enumerate(maps)}
    return {"output": network(given, *_mask(case, networks.device))}


def _chain(case: GoldenCase, networks: FilledNetworks) -> dict[str, Tensor]:
    """Return latent and picture of a chain; by the fill rule both autoencoders have the same weights."""
    vae = networks.autoencoder()
    latent = vae.encode(case.tensor("input", networks.device))
    mapping = networks.get(CHAIN_MAPPINGS[case.net.removeprefix("e2e_")])
    return {"latent_a": latent, "output": vae.decode(mapping(latent, *_mask(case, networks.device)))}


def _mask(case: GoldenCase, device: torch.device) -> tuple[Tensor, ...]:
    """Return the mask, if the case's network takes one."""
    masked = case.net in ("mapping_scratch", "mapping_patch_attention", "e2e_scratch", "e2e_hr")
    return (case.tensor("mask", device),) if masked else ()


def _as_stored(case: GoldenCase, name: str, computed: np.ndarray) -> np.ndarray:
    """Return what of an output is stored: of a discriminator's large maps, only the first channels."""
    stored = case.array(name)
    first = case.net.startswith("disc_") and stored.ndim == 4 and stored.shape[1] == CRITIC_CHANNELS
    return computed[:, :CRITIC_CHANNELS] if first else computed
