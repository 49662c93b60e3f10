"""Which device computes."""

import torch

from oldphoto_core.errors import DeviceError


def device_named(name: str) -> torch.device:
    """Return a device that answers.

    Args:
        name: As PyTorch names it: ``cpu``, ``cuda``, ``cuda:1``.

    Raises:
        DeviceError: It does not exist here.
    """
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        there = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
        raise DeviceError(f"no device {name!r} here: {reason}; there are {', '.join(there)}") from error
    return device
