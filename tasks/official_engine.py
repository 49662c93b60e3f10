"""The engine of the published networks with its weights: loaded once for each worker, shared by its threads."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from threading import Lock
from typing import ParamSpec, TypeVar

import torch
from torch import nn

from oldphoto_core.faces.align import DetectedFace
from oldphoto_core.faces.detect import FaceDetector, YuNetDetector
from oldphoto_core.image import Photo
from oldphoto_core.inference.latent import Machine
from oldphoto_core.inference.latent_engine import FaceNetworks, LatentEngine
from oldphoto_core.inference.latent_settings import LatentSettings
from oldphoto_core.inference.plan import StepName
from oldphoto_core.networks.bopbtl.autoencoder import Autoencoder
from oldphoto_core.networks.bopbtl.probe import measured_precision
from oldphoto_core.networks.bopbtl.scratches import ScratchDetector
from oldphoto_core.networks.bopbtl.translate import Translator, prepared
from oldphoto_core.networks.registry import load
from oldphoto_core.networks.spectral import fold_spectral_norm
from tasks.models.installed import digest_of, installed, path_of, weights_digest

OLD = "bopbtl-vae-a"
PLAIN = ("bopbtl-mapping-quality", "bopbtl-vae-b-quality")
NON_LOCAL = ("bopbtl-mapping-scratch", "bopbtl-vae-b-scratch")
PATCHES = ("bopbtl-mapping-patch", "bopbtl-vae-b-scratch")
DETECTION = "bopbtl-detection"
YUNET = "yunet"
"""Names of the weights, as ``oldphoto models list`` has them."""


@cache
def official_engine(folder: Path, latent: LatentSettings, memory_bytes: int) -> LatentEngine:
    """Return the engine; that all weights are there and unchanged is known now, they are read when first used.

    Args:
        folder: Where fetched weights lie.
        latent: What a person chose.
        memory_bytes: Memory for the feature maps of one photograph.

    Raises:
        ModelError: Weights are missing or were changed; the message says how to fetch them.
    """
    names = {OLD, DETECTION, *PLAIN, *(PATCHES if latent.patch_attention else NON_LOCAL)}
    weights: dict[StepName, str] = {"translate": weights_digest({name: digest_of(name, folder) for name in names})}
    if latent.faces and _has_faces(folder, latent):
        weights["face"] = weights_digest({name: digest_of(name, folder) for name in (YUNET, _generator(latent))})
    machine = Machine(memory_bytes=memory_bytes, device=torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    return LatentEngine(
        translator=_once(partial(_translator, folder, latent, machine)),
        detector=_once(lambda: _loaded(ScratchDetector, "bopbtl-detection", DETECTION, folder).to(machine.device)),
        faces=_once(partial(_faces, folder, latent, machine)) if "face" in weights else None,
        weights=weights,
        machine=machine,
    )


P = ParamSpec("P")
R = TypeVar("R")


def _once(make: Callable[P, R]) -> Callable[P, R]:
    """Return the function, called once for the same arguments: threads that ask meanwhile wait for the first."""
    cached, lock = cache(make), Lock()

    def made(*args: P.args, **kwargs: P.kwargs) -> R:
        with lock:
            return cached(*args, **kwargs)  # type: ignore[arg-type]  # the keys are told apart by their hash

    return made


def _translator(folder: Path, latent: LatentSettings, machine: Machine, fills: bool) -> Translator:  # noqa: FBT001 - part of a key
    filling = PATCHES if latent.patch_attention else NON_LOCAL
    mapping, clean = filling if fills else PLAIN
    translator = Translator(
        old=_loaded(Autoencoder, "bopbtl-vae", OLD, folder),
        mapping=load(mapping, path_of(mapping, folder)),  # type: ignore[arg-type]  # one of the three mappings
        clean=_loaded(Autoencoder, "bopbtl-vae", clean, folder),
    )
    space = machine.workspace(_numbers(latent, translator, machine.device))
    for network in (translator.old, translator.mapping, translator.clean):
        prepared(network, space)
    return translator


def _numbers(latent: LatentSettings, translator: Translator, device: torch.device) -> torch.dtype:
    """Return what the networks compute in; exactly the authors' numbers take float32."""
    if latent.official_compat or latent.precision == "float32":
        return torch.float32
    if latent.precision == "bfloat16":
        return torch.bfloat16
    if device.type == "cpu":
        return torch.float32
    return measured_precision(translator, device=device).precision.computed


def _has_faces(folder: Path, latent: LatentSettings) -> bool:
    return {YUNET, _generator(latent)} <= set(installed(folder))


def _generator(latent: LatentSettings) -> str:
    return f"bopbtl-face-{latent.face_side_px}"


def _faces(folder: Path, latent: LatentSettings, machine: Machine) -> FaceNetworks:
    network = fold_spectral_norm(load("bopbtl-face", path_of(_generator(latent), folder))).to(machine.device)
    return FaceNetworks(
        detector=_OneAtATime(YuNetDetector(path_of(YUNET, folder))),
        generator=lambda batch: network(batch.to(machine.device)),
        side_px=latent.face_side_px,
    )


@dataclass(frozen=True)
class _OneAtATime:
    """A face detector that several threads may call; OpenCV's serves one."""

    detector: FaceDetector
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, photo: Photo) -> tuple[DetectedFace, ...]:
        """Return the faces, once no other thread is being served."""
        with self._lock:
            return self.detector(photo)


N = TypeVar("N", bound=nn.Module)


def _loaded(kind: type[N], network: str, weights: str, folder: Path) -> N:
    module = load(network, path_of(weights, folder))
    if not isinstance(module, kind):
        raise TypeError(f"{network} is a {type(module).__name__}, expected a {kind.__name__}")
    return module
