"""One photograph through the networks of latent translation: at its own size, or at a working size and carried back."""

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float32

from oldphoto_core.image import Mask, Photo, luma
from oldphoto_core.inference.carry import carried, reduced, small_size
from oldphoto_core.inference.latent_settings import LatentSettings
from oldphoto_core.inference.toning import in_tone_of
from oldphoto_core.networks.bopbtl.scratches import ScratchDetector
from oldphoto_core.networks.bopbtl.translate import LATENT_STEP, Translator, translated
from oldphoto_core.networks.streaming.buffers import Workspace
from oldphoto_core.networks.streaming.rows import Drawn, Rows

LEAST_SIDE_PX = 64
"""Smaller photographs are mirrored outwards to this size: patch attention needs a patch of 32 pixels, twice."""

BYTES_PER_PIXEL = 30
"""What a photograph at work takes beside the feature maps: before and after in float32, the scan, masks."""

LEAST_MAPS_BYTES = 2**28
"""Memory that feature maps are always given, in bytes."""

DETECTION_SIDE_PX = 256
"""Short side at which scratches are looked for; the network was trained on pictures of this size."""

_DETECTION_STEP = 16
_MOST_DETECTION_ASPECT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What of the machine one photograph may use."""

    memory_bytes: int = 2**30
    """Memory for one photograph, its pixels and its feature maps, in bytes; maps that do not fit lie in files."""

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    """Where the networks compute."""

    spill_folder: Path | None = None
    """Where temporary files go; the system's place for them if not given."""

    def workspace(self, dtype: torch.dtype, *, pixels: int = 0) -> Workspace:
        """Return room for one run in such numbers, beside a photograph of so many pixels."""
        maps_bytes = max(LEAST_MAPS_BYTES, self.memory_bytes - pixels * BYTES_PER_PIXEL)
        return Workspace(memory_bytes=maps_bytes, dtype=dtype, device=self.device, spill_folder=self.spill_folder)


def translate(
    photo: Photo,
    mask: Mask,
    translator: Translator,
    *,
    settings: LatentSettings,
    machine: Machine,
    strength: float = 1.0,
) -> Photo:
    """Return the photograph as the networks see it clean, of the same size, unchecked; one of one tone keeps its tone.

    Args:
        photo: The photograph, in [0, 1].
        mask: Its holes; looked at only if the mapping fills holes.
        translator: The networks, prepared for the machine.
        settings: What a person chose.
        machine: What may be used.
        strength: 0 leaves the photograph as it is, 1 is all the way.

    Raises:
        NothingToFillFromError: The holes leave nothing to fill from.
    """
    holes = mask if translator.fills_holes else np.zeros_like(mask)
    beside = photo.shape[0] * photo.shape[1]
    size = small_size(photo.shape[:2], settings.working_megapixels, step=LATENT_STEP, least_px=LEAST_SIDE_PX)
    if size is not None:
        before, small_holes = reduced(photo, holes, size)
        after = _at_own_size(before, small_holes, translator, settings=settings, machine=machine, beside=beside)
        after = in_tone_of(before, small_holes, after)
        return carried(photo, holes, before, after, strength=strength)
    after = _at_own_size(photo, holes, translator, settings=settings, machine=machine, beside=beside)
    after = in_tone_of(photo, holes, after)
    return after if strength >= 1.0 else photo + np.float32(strength) * (after - photo)


def _at_own_size(
    photo: Photo, holes: Mask, translator: Translator, *, settings: LatentSettings, machine: Machine, beside: int
) -> Photo:
    """Return the photograph translated at its own size, in bounded memory, beside pixels that are in memory already."""
    space = machine.workspace(translator.dtype, pixels=beside)
    framed, framed_holes = _framed(photo, holes)
    picture, mask = _picture_rows(framed, framed_holes, space), _mask_rows(framed_holes, space)
    height, width = photo.shape[:2]
    result = np.empty_like(photo)
    with torch.inference_mode():
        clean = translated(
            translator,
            picture,
            mask if translator.fills_holes else None,
            space,
            most_places=settings.attention_places,
        )
        for start, stop in space.strips(clean):
            rows = clean.rows(start, min(stop, height)) if start < height else None
            if rows is not None:
                values = rows[0, :, :, :width].permute(1, 2, 0).float().cpu().numpy()
                np.clip(values * np.float32(0.5) + np.float32(0.5), 0.0, 1.0, out=result[start : min(stop, height)])
    return result


def _framed(photo: Photo, holes: Mask) -> tuple[Float32[np.ndarray, "h w 3"], Bool[np.ndarray, "h w"]]:
    """Return the photograph mirrored outwards at the right and bottom to sides the networks can take."""
    down, right = (max(LEAST_SIDE_PX, -(-side // LATENT_STEP) * LATENT_STEP) - side for side in photo.shape[:2])
    if not (down or right):
        return photo, holes
    frame = ((0, down), (0, right))
    return np.pad(photo, (*frame, (0, 0)), mode="symmetric"), np.pad(holes, frame, mode="symmetric")


def _picture_rows(photo: Photo, holes: Mask, space: Workspace) -> Rows:
    """Return the photograph as the encoder takes it: in [-1, 1], its holes white."""

    def draw(start: int, stop: int) -> torch.Tensor:
        part = np.where(holes[start:stop, :, None], np.float32(1.0), photo[start:stop])
        values = torch.from_numpy(part * np.float32(2.0) - np.float32(1.0)).permute(2, 0, 1)[None]
        return values.to(space.device, space.dtype)

    return Drawn(3, photo.shape[0], photo.shape[1], draw)


def _mask_rows(holes: Mask, space: Workspace) -> Rows:
    def draw(start: int, stop: int) -> torch.Tensor:
        return torch.from_numpy(holes[start:stop].astype(np.float32))[None, None].to(space.device)

    return Drawn(1, holes.shape[0], holes.shape[1], draw)


def find_scratches(
    photo: Photo, detector: ScratchDetector, *, probability: float, device: torch.device
) -> Bool[np.ndarray, "_ _"]:
    """Return the pixels under scratches, as the network sees them.

    The picture is reduced to a short side of 256 pixels, each the mean of those it covers, so that thin scratches grow
    faint but do not vanish; the probabilities are enlarged bilinearly.

    Args:
        photo: The photograph, in [0, 1].
        detector: The network, in float32.
        probability: From which on a pixel counts, in (0, 1).
        device: Where it computes.
    """
    height, width = photo.shape[:2]
    grey = cv2.resize(luma(photo), _detection_size(height, width), interpolation=cv2.INTER_AREA)
    with torch.inference_mode():
        logits = detector(torch.from_numpy(grey * np.float32(2.0) - np.float32(1.0))[None, None].to(device))
        likely = torch.sigmoid(logits)[0, 0].float().cpu().numpy()
    return np.asarray(cv2.resize(likely, (width, height), interpolation=cv2.INTER_LINEAR) >= probability)


def _detection_size(height: int, width: int) -> tuple[int, int]:
    """Return width and height for the detector: the short side 256, the long one at most sixteen times that.

    Examples:
        >>> _detection_size(768, 1024), _detection_size(1, 20000)
        ((336, 256), (4096, 256))
    """
    scale = DETECTION_SIDE_PX / min(height, width)
    most = _MOST_DETECTION_ASPECT * DETECTION_SIDE_PX
    sides = [min(most, max(1, round(side * scale / _DETECTION_STEP)) * _DETECTION_STEP) for side in (width, height)]
    return sides[0], sides[1]
