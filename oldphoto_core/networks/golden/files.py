"""One golden file: what a network was given, and what the authors' code made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from oldphoto_core.networks.golden.checks import GoldenCaseError

ACCELERATOR_TOLERANCE: Final = 1e-3
"""In float32 on anything but a CPU: other kernels sum in another order."""


@dataclass(frozen=True, slots=True)
class GoldenCase:
    """One golden file: what a network was given and what the authors' code made of it."""

    net: str
    """The network or chain, one of ``NETS``."""

    case: str
    """Which of its cases; usually the size of the input, ``HxW``."""

    arrays: Mapping[str, np.ndarray]
    """What the file holds."""

    def array(self, name: str) -> np.ndarray:
        """Return one stored array.

        Raises:
            GoldenCaseError: The file does not hold it.
        """
        if name not in self.arrays:
            raise GoldenCaseError(f"there is no array {name!r}; the file holds {', '.join(self.arrays) or 'nothing'}")
        return self.arrays[name]

    def tensor(self, name: str, device: torch.device) -> Tensor:
        """Return one stored array as a float32 tensor on a device.

        Raises:
            GoldenCaseError: The file does not hold it, or holds no numbers or NaN under its name.
        """
        array = self.array(name)
        if array.dtype.kind not in "fiub" or not np.isfinite(array).all():
            raise GoldenCaseError(f"array {name!r} is {array.dtype} and should hold finite numbers")
        return torch.from_numpy(array.astype(np.float32)).to(device)


def tolerance_on(device: torch.device, on_cpu: float) -> float:
    """Return the tolerance that holds on a device."""
    return on_cpu if device.type == "cpu" else max(on_cpu, ACCELERATOR_TOLERANCE)
