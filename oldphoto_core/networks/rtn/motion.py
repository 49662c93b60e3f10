"""Motion of a clip, both ways: by the flow network, or by OpenCV's estimator, which needs no weights."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.networks.rtn.flow import FlowNetwork, Seen

PRODUCTS_AT_ONCE = 2**26
"""How many likenesses of places are held at a time (256 MiB in float32, and a third more); at least a pair's."""

DIS_SIDE = 12
"""The shortest side that OpenCV's estimator takes, in pixels."""

_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True, slots=True)
class Motion:
    """Where the pixels of each frame lie in its neighbours: to the right and down, in pixels."""

    forward: Tensor
    """From each frame but the first to the one before it, shape (N, T - 1, 2, H, W)."""

    backward: Tensor
    """From each frame but the last to the one after it, shape (N, T - 1, 2, H, W)."""


@torch.no_grad()
def learned_motion(network: FlowNetwork, clip: Float[Tensor, "N T 3 H W"]) -> Motion:
    """Return the motion that the flow network sees; it is not trained through (as in the release).

    Each frame is read once. Pairs are worked on a few at a time, which changes nothing but memory.

    Raises:
        PhotoShapeError: The sides are too short or no multiples of 8.
    """
    count = clip.shape[1]
    seen = [network.read((clip[:, index] + 1.0) / 2.0 * 255.0) for index in range(count)]
    earlier, later = range(count - 1), range(1, count)
    return Motion(
        _between(network, seen, list(zip(later, earlier, strict=True)), clip),
        _between(network, seen, list(zip(earlier, later, strict=True)), clip),
    )


def _between(
    network: FlowNetwork, seen: list[Seen], pairs: list[tuple[int, int]], clip: Tensor
) -> Float[Tensor, "N _T 2 H W"]:
    """Return the flows of pairs of frames, given by their numbers."""
    batch, _, _, height, width = clip.shape
    places = seen[0].features[0, 0].numel()
    many = max(1, PRODUCTS_AT_ONCE // (batch * places**2))
    flows = [clip.new_zeros(batch, 0, 2, height, width)]
    for start in range(0, len(pairs), many):
        some = pairs[start : start + many]
        first, second = (_together([seen[pair[side]] for pair in some]) for side in (0, 1))
        fine = network.between(first, second).fine
        flows.append(fine.reshape(len(some), batch, 2, height, width).transpose(0, 1))
    return torch.cat(flows, dim=1)


def _together(seen: list[Seen]) -> Seen:
    return Seen(torch.cat([one.features for one in seen]), torch.cat([one.context for one in seen]))


def dis_motion(clip: Float[Tensor, "N T 3 H W"]) -> Motion:
    """Return the motion by dense inverse search (Kroeger et al., ECCV 2016), on the luma of RGB in [-1, 1].

    It works on the CPU, a pair at a time.

    Raises:
        PhotoShapeError: A side is shorter than 12 pixels.
    """
    height, width = clip.shape[3:]
    if min(height, width) < DIS_SIDE:
        raise PhotoShapeError(found=f"{width}x{height}", expected=f"frames with sides of {DIS_SIDE} pixels or more")
    weights = clip.new_tensor(_LUMA)[:, None, None]
    levels = ((clip * weights).sum(dim=2).add(1.0) * 127.5).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
    estimator = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def flow(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        found = estimator.calc(first, second, None)  # type: ignore[call-overload]  # None: make a new array
        return np.asarray(found, dtype=np.float32).transpose(2, 0, 1)

    def flows(first: np.ndarray, second: np.ndarray) -> Tensor:
        found = [flow(*pair) for both in zip(first, second, strict=True) for pair in zip(*both, strict=True)]
        shape = (clip.shape[0], clip.shape[1] - 1, 2, height, width)
        return torch.from_numpy(np.asarray(found, dtype=np.float32).reshape(shape)).to(clip)

    return Motion(flows(levels[:, 1:], levels[:, :-1]), flows(levels[:, :-1], levels[:, 1:]))
