"""The damage report of a photograph from networks: a drawn mask, and findings from it and from measurements."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float32
from torch import nn

from oldphoto_core.damage import DAMAGE_KINDS, DamageKind, DamageReport, Finding
from oldphoto_core.diagnosis.classify import Diagnosis, measure_structure, measure_surface
from oldphoto_core.diagnosis.features.maps import Maps, map_numbers
from oldphoto_core.diagnosis.features.vector import FEATURES_VERSION, measured_numbers, photo_numbers
from oldphoto_core.diagnosis.mask_rules import MaskRule, MaskRuleError, rules_of_text
from oldphoto_core.diagnosis.settings import DiagnosisSettings
from oldphoto_core.diagnosis.views import View, shrink
from oldphoto_core.errors import OldPhotoError
from oldphoto_core.image import Mask, Photo, check_photo
from oldphoto_core.networks.compact.damage import DamageHead
from oldphoto_core.networks.compact.scratch_mask import ScratchMask
from oldphoto_core.networks.compact.tiles import TiledNetwork

NEVER = 2.0
"""A threshold that no probability reaches: the kind is never masked."""


class OtherFeaturesError(OldPhotoError, ValueError):
    """The damage head was fitted to other numbers than these would be."""


@dataclass(frozen=True, slots=True, eq=False)
class ReportNetworks:
    """The networks behind a report."""

    scratch: TiledNetwork
    """Draws structured damage."""

    head: DamageHead
    """Says what the numbers mean."""

    rules: Mapping[DamageKind, MaskRule]
    """When each kind is masked; a kind without a rule never is."""


def checked_networks(scratch: TiledNetwork, head: DamageHead, metadata: Mapping[str, str]) -> ReportNetworks:
    """Return the networks, found to belong together by what the file of the head says of itself.

    Args:
        scratch: Draws structured damage.
        head: With the weights of the file.
        metadata: ``features_version``, ``scratch_digest`` and ``mask_thresholds``, as training writes them.

    Raises:
        OtherFeaturesError: The head was fitted to numbers of another version, or of another network.
    """
    expected = {"features_version": FEATURES_VERSION, "scratch_digest": weights_digest_of(scratch.network)}
    for name, here in expected.items():
        if metadata.get(name) != here:
            raise OtherFeaturesError(
                f"own-damage was fitted with {name} {metadata.get(name)}, found {here}: it fits one set of weights of "
                "own-scratch and one version of the measurements; train own-damage again"
            )
    try:
        rules = rules_of_text(metadata.get("mask_thresholds", ""))
    except MaskRuleError as error:
        raise OtherFeaturesError(f"mask_thresholds of own-damage: {error}") from error
    return ReportNetworks(scratch, head, rules)


def weights_digest_of(network: nn.Module) -> str:
    """Return the SHA-256 over the names and the values, rounded to float16, of a network's weights.

    It does not depend on how a file lays them out, so a network that was shipped has that of the one that was trained.
    """
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        half = value.detach().cpu().to(torch.float16).contiguous()
        digest.update(f"{name} {tuple(half.shape)}\0".encode())
        digest.update(half.numpy().tobytes())
    return digest.hexdigest()


def diagnose_learned(
    photo: Photo,
    networks: ReportNetworks,
    settings: DiagnosisSettings = DiagnosisSettings(),  # noqa: B008 - frozen
) -> Diagnosis:
    """Return the damage report and the mask of structured damage.

    Args:
        photo: The photograph at any size; it is not changed.
        networks: They belong together, see ``checked_networks``.
        settings: Sizes that bound the cost, and the caution of the mask.

    Raises:
        PhotoShapeError: The array is not a photograph.
    """
    check_photo(photo)
    view = shrink(photo, settings.report_long_side_px)
    maps = probability_maps(networks.scratch, view)
    measures = measures_of(photo, view, settings)
    findings = _findings(networks.head, numbers_of(photo, measures) | map_numbers(maps))
    plate = shrink(photo, settings.drawn_long_side_px)
    drawn = maps if plate.shape == view.shape else probability_maps(networks.scratch, plate)
    least = settings.least_to_mask
    believed = {kind: findings[kind].probability for kind in drawn}
    sure = {kind: rule for kind, rule in networks.rules.items() if believed.get(kind, 0.0) >= max(least, rule.report)}
    thresholds = {kind: rule.pixel for kind, rule in sure.items()}
    mask = drawn_mask(drawn, thresholds, caution=settings.caution, largest_stain=settings.largest_masked_stain)
    share = float(mask.mean())
    report = DamageReport(findings=findings, mask_share=share, measures={**measures, "mask_share": share})
    return Diagnosis(report=report, mask=enlarged(mask, photo.shape[:2]))


def measures_of(photo: Photo, view: View, settings: DiagnosisSettings) -> dict[str, float]:
    """Return the measures of the hand-written diagnosis.

    Args:
        photo: The photograph at its own size.
        view: The same, reduced for the report.
        settings: Sizes that bound the cost.
    """
    return {**measure_surface(photo, settings), **measure_structure(view, settings)}


def numbers_of(photo: Photo, measures: Mapping[str, float]) -> dict[str, float]:
    """Return the numbers that the head looks at before those of the maps.

    Args:
        photo: The photograph.
        measures: What ``measures_of`` says of it.
    """
    return photo_numbers(photo) | measured_numbers(measures)


def probability_maps(scratch: TiledNetwork, view: View) -> dict[DamageKind, Float32[np.ndarray, "h w"]]:
    """Return the probability of each kind that a network draws, pixel by pixel.

    Raises:
        TypeError: The network does not draw masks.
    """
    if not isinstance(scratch.network, ScratchMask):
        raise TypeError(f"expected a ScratchMask, found a {type(scratch.network).__name__}")
    odds = np.clip(scratch.whole(view), -30.0, 30.0)
    probabilities = np.float32(1.0) / (np.float32(1.0) + np.exp(-odds))
    kinds = scratch.network.config.kinds
    return {kind: np.ascontiguousarray(probabilities[..., number]) for number, kind in enumerate(kinds)}


def drawn_mask(
    maps: Maps, thresholds: Mapping[DamageKind, float], *, caution: float = 0.0, largest_stain: float = 1.0
) -> Bool[np.ndarray, "h w"]:
    """Return the pixels that any kind claims at its threshold.

    Args:
        maps: Probability of each kind.
        thresholds: By kind; one that is missing claims nothing.
        caution: Log odds that are asked for beyond the threshold.
        largest_stain: Share of the picture; larger stains are left out.
    """
    shape = next(iter(maps.values())).shape if maps else (1, 1)
    mask = np.zeros(shape, dtype=np.bool_)
    for kind, one in maps.items():
        claimed = one >= _cautious(thresholds.get(kind, NEVER), caution)
        mask |= _small_parts(claimed, largest_stain) if kind == "stain" else claimed
    return mask


def enlarged(mask: Bool[np.ndarray, "h w"], shape: tuple[int, ...]) -> Mask:
    """Return a mask that was drawn on a reduced view at the size of the photograph.

    Half of a pixel's neighbourhood decides, so outlines stay smooth and nothing grows.

    Examples:
        >>> bool(enlarged(np.ones((2, 2), dtype=np.bool_), (4, 4)).all())
        True
    """
    if mask.shape == shape:
        return mask
    large = cv2.resize(mask.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large >= 0.5)


def _findings(head: DamageHead, numbers: Mapping[str, float]) -> dict[DamageKind, Finding]:
    row = torch.tensor([list(numbers.values())], dtype=torch.float32)
    if row.shape[1] != head.config.numbers:
        raise OtherFeaturesError(f"own-damage was fitted to {head.config.numbers} numbers, found {row.shape[1]}")
    with torch.inference_mode():
        probabilities, severities = (one[0].tolist() for one in head(row))
    return {
        kind: Finding(probability, severity if probability >= 0.01 else 0.0)
        for kind, probability, severity in zip(DAMAGE_KINDS, probabilities, severities, strict=True)
    }


def _cautious(threshold: float, caution: float) -> float:
    """Return a threshold raised by log odds.

    Examples:
        >>> _cautious(0.5, 0.0), _cautious(2.0, 1.0)
        (0.5, 2.0)
    """
    if not 0.0 < threshold < 1.0:
        return threshold
    return float(1.0 / (1.0 + (1.0 / threshold - 1.0) * np.exp(-caution)))


def _small_parts(claimed: Bool[np.ndarray, "h w"], largest: float) -> Bool[np.ndarray, "h w"]:
    """Return the connected parts up to a share of the picture."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(claimed.astype(np.uint8), connectivity=8)
    kept = np.zeros(count, dtype=np.bool_)
    kept[1:] = stats[1:, cv2.CC_STAT_AREA] <= largest * claimed.size
    return kept[labels]
