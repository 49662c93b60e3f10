"""The fill rule: weights that anyone can rebuild from the key names of a published checkpoint alone.

Each tensor is drawn from a generator seeded with the SHA-256 of its key, scaled by what key and shape say it is, and
cast to float32. A network filled so computes numbers that the authors' code, filled in the same way, has computed
before; no published weight is needed to prove that both are the same network.
"""

import hashlib
from collections.abc import Mapping
from typing import Final, Literal

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor, nn

from oldphoto_core.networks.registry import to_official

System = Literal["bopbtl", "mropm", "rtn"]
"""The published systems: old photographs, old photographs by several references, old films."""

BINOMIAL: Final = np.outer([1.0, 2.0, 1.0], [1.0, 2.0, 1.0]) / 16.0
"""The blur of an anti-aliased step down, stored in checkpoints as ``.filt``."""

_MADE_BY_CONSTRUCTOR: Final = ("relative_position_index", "attn_mask")
_GAINS: Final[Mapping[tuple[str, str], float]] = {
    ("mapping_scratch", "NL.theta.weight"): 0.3,
    ("mapping_scratch", "NL.phi.weight"): 0.3,
    ("netS", "correlation_block.theta.weight"): 0.35,
    ("netS", "correlation_block.phi.weight"): 0.35,
    ("netMR", "refinement_net.model.model.3.weight"): 0.03,
}
_BOPBTL_ROUNDS: Final = 20
_RTN_ROUNDS: Final = 30


def filled(source: nn.Module | Mapping[str, Tensor], system: System, net: str) -> dict[str, Tensor]:
    """Return a network's official state, every tensor replaced by what the fill rule gives.

    Args:
        source: A network of the registry, or its official state in checkpoint order; it gives keys, shapes and the
            constructor's own buffers, and is not changed.
        system: The published system it belongs to.
        net: The sub-network as golden files call it (``mapping_scratch``, ``netS``, ``swin``); some have gains.

    Returns:
        Official key to tensor on the CPU, in the order given; float32 but for counters and index buffers.
    """
    official = to_official(source) if isinstance(source, nn.Module) else source
    above = "forward_resblocks." if (system, net) == ("rtn", "swin") else ""
    state = {
        key: _filled_tensor(above + key, tensor, gain(above + key, system, net)) for key, tensor in official.items()
    }
    _set_spectral_vectors(state, system)
    return state if system != "rtn" else {key: state[_live_name(key, state)] for key in state}


def draw(key: str, shape: tuple[int, ...]) -> Float64[np.ndarray, "..."]:
    """Return standard normal numbers that depend on the key and the shape only.

    Examples:
        >>> draw("first.1.bias", (2,)).shape
        (2,)
    """
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "little")
    return np.asarray(np.random.default_rng(seed).standard_normal(shape))


def gain(key: str, system: System, net: str) -> float:
    """Return the factor that keeps attention, motion and the last layers in the range of trained networks.

    Examples:
        >>> gain("NL.theta.weight", "bopbtl", "mapping_scratch")
        0.3
        >>> gain("NL.theta.bias", "bopbtl", "mapping_scratch")
        1.0
    """
    if system != "rtn":
        return _GAINS.get((net, key), 1.0)
    if "flow_head.conv2" in key:
        return 0.03
    return 0.3 if "resblocks.conv_last" in key else 1.0


def _filled_tensor(key: str, tensor: Tensor, factor: float) -> Tensor:
    """Return one filled tensor; the vectors of spectral norm still as if they were biases."""
    if key.endswith("num_batches_tracked"):
        return torch.zeros_like(tensor, device="cpu")
    if key.endswith(_MADE_BY_CONSTRUCTOR) or not tensor.is_floating_point():
        return tensor.detach().cpu().clone()
    return torch.from_numpy(np.asarray(factor * _values(key, tuple(tensor.shape))).astype(np.float32))


def _values(key: str, shape: tuple[int, ...]) -> Float64[np.ndarray, "..."]:
    """Return the values of one tensor before its gain."""
    if key.endswith(".filt"):
        return np.broadcast_to(BINOMIAL, shape)
    numbers = draw(key, shape)
    if key.endswith("running_var"):
        return 1.0 + 0.1 * np.abs(numbers)
    if len(shape) >= 2:
        return numbers * np.sqrt(2.0 / np.prod(shape[1:]))
    return 1.0 + 0.1 * numbers if key.endswith(".weight") else 0.1 * numbers


def _set_spectral_vectors(state: dict[str, Tensor], system: System) -> None:
    """Put the singular vectors that belong to each spectrally normalised weight into the state."""
    for key in [key for key in state if key.endswith("weight_orig")]:
        u_key, v_key = key[: -len("orig")] + "u", key[: -len("orig")] + "v"
        matrix = state[key].numpy().astype(np.float64).reshape(state[key].shape[0], -1)
        u = draw(u_key, (matrix.shape[0],))
        if system == "rtn":
            u, v = _vectors_right_first(matrix, draw(v_key, (matrix.shape[1],)))
        else:
            u, v = _vectors_left_first(matrix, u)
        state[u_key], state[v_key] = (torch.from_numpy(vector.astype(np.float32)) for vector in (u, v))


def _vectors_left_first(
    matrix: Float64[np.ndarray, "rows columns"], u: Float64[np.ndarray, " rows"]
) -> tuple[Float64[np.ndarray, " rows"], Float64[np.ndarray, " columns"]]:
    """Return left and right vector after the power iterations of old photographs, which begin at the left one."""
    u = u / np.linalg.norm(u)
    v = matrix.T @ u
    for _ in range(_BOPBTL_ROUNDS):
        v = matrix.T @ u
        v /= np.linalg.norm(v)
        u = matrix @ v
        u /= np.linalg.norm(u)
    return u, v


def _vectors_right_first(
    matrix: Float64[np.ndarray, "rows columns"], v: Float64[np.ndarray, " columns"]
) -> tuple[Float64[np.ndarray, " rows"], Float64[np.ndarray, " columns"]]:
    """Return left and right vector after the power iterations of old films, which begin at the right one."""
    u = matrix @ v
    for _ in range(_RTN_ROUNDS):
        u = matrix @ v
        u /= np.linalg.norm(u)
        v = matrix.T @ u
        v /= np.linalg.norm(v)
    return u, v


def _live_name(key: str, state: Mapping[str, Tensor]) -> str:
    """Return the name whose values count: RAFT stores one batch norm under two names, and the second is filled last."""
    second = key.replace(".norm3.", ".downsample.1.")
    return second if second in state else key
