"""Checkpoints of a few numbers, in archives laid out as the authors' release."""

import io
import zipfile
from collections.abc import Mapping

import torch

MEMBERS = {
    "bopbtl-vae-a": "checkpoints/restoration/VAE_A_quality/latest_net_G.pth",
    "bopbtl-vae-b-quality": "checkpoints/restoration/VAE_B_quality/latest_net_G.pth",
    "bopbtl-mapping-scratch": "checkpoints/restoration/mapping_scratch/latest_net_mapping_net.pth",
}


def checkpoint(seed: int, *, legacy: bool = False, count: int = 50_000) -> bytes:
    generator = torch.Generator().manual_seed(seed)
    file = io.BytesIO()
    torch.save(
        {"encoder.1.weight": torch.rand(count, generator=generator)}, file, _use_new_zipfile_serialization=not legacy
    )
    return file.getvalue()


WEIGHTS = {
    "bopbtl-vae-a": checkpoint(1),
    "bopbtl-vae-b-quality": checkpoint(2, legacy=True),
    "bopbtl-mapping-scratch": checkpoint(3),
}


def archive(members: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as made:
        for name, content in members.items():
            made.writestr(zipfile.ZipInfo(name), content, compression)
    return file.getvalue()


def release(**changed: bytes) -> bytes:
    """Return the release archive, with other files beside ours; changed bytes by our name, ``-`` as ``_``."""
    weights = WEIGHTS | {name.replace("_", "-"): content for name, content in changed.items()}
    members = {MEMBERS[name]: content for name, content in weights.items()}
    return archive({"checkpoints/restoration/VAE_A_quality/latest_net_D.pth": b"\x80other", **members})
