"""Gives one photograph the look of references by a network, within the same bounds and with the same record.

The order: reasons to leave it alone; the references that fit; the network; what no reference fits goes back to its own
look; skin, neutral and far colours are held back; then the largest share of the change that does no harm is kept, and
if none is harmless, or every region keeps most of its own look, the photograph stays as it was.
"""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from oldphoto_core.classical.regions import at_working_size, lab_of, segment
from oldphoto_core.classical.style_checks import Harm, harm_measures, harm_verdict
from oldphoto_core.classical.style_enlarge import enlarged_rows
from oldphoto_core.classical.style_guided import guided_filter
from oldphoto_core.classical.style_restraint import restrain_in_place
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.image import Photo
from oldphoto_core.inference.carry import strips
from oldphoto_core.inference.style import Modernization, untouched, why_not
from oldphoto_core.inference.style_engine import Restyled, StyleEngine
from oldphoto_core.inference.style_record import on_grid, recorded_maps
from oldphoto_core.references.choice import Choice

Share = Float32[np.ndarray, "h w"]
"""A share in [0, 1] for each place."""

_CHECKED_SIDE_PX = 640
_EDGE_VARIANCE = 0.01


@runtime_checkable
class OfferedReferences(Protocol):
    """References that a photograph may be given the look of."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Digests of all of them."""
        ...

    def choose(self, photo: Photo) -> Choice:
        """Return those that serve a photograph, and what serves each of its regions."""
        ...

    def picture(self, reference_id: str) -> Photo:
        """Return one of them as a picture."""
        ...


def modernize_by(
    engine: StyleEngine, photo: Photo, offered: OfferedReferences, settings: StyleSettings
) -> Modernization:
    """Return the photograph with a modern look taken from references by a learned engine.

    Args:
        engine: What restyles.
        photo: The photograph; it is not changed.
        offered: What may be chosen from.
        settings: Strength and bounds.

    Returns:
        The result and its record. Skipped and rejected photographs come back as the very same array.

    Raises:
        PhotoShapeError: The array is no photograph.
    """
    reason, measures = why_not(photo, settings, has_references=bool(offered.ids))
    if reason is not None:
        return untouched(photo, reason, measures)
    choice = offered.choose(photo)
    ids = choice.references[: settings.max_references]
    if not ids:
        return untouched(photo, "no-good-reference", measures)
    pictures = [offered.picture(one) for one in ids]
    small = at_working_size(photo, settings.working_side_px)
    restyled = engine.apply(photo, pictures, strength=settings.learned_strength)
    restyled = _only_where_served(photo, restyled, served_share(choice, small, settings))
    measures["served_share"] = float(1.0 - restyled.weights[-1].mean(dtype=np.float64))
    if measures["served_share"] < settings.min_served_share:
        return untouched(photo, "no-good-reference", measures)
    made = restyled.photo
    measures["tint_held_back"] = restrain_in_place(photo, made, settings.restraint)
    kept_at, harm = _kept_share(photo, made, settings)
    if not harm:
        _blend_in_place(photo, made, kept_at)
        measures |= harm_measures(photo, made)
        harm = harm_verdict(measures, settings, min_edge_ssim=settings.min_learned_edge_ssim)
    else:
        measures |= harm_measures(photo, made)
    kept_at = 0.0 if harm else kept_at * settings.learned_strength
    kept = photo if harm else made
    change = lab_of(at_working_size(kept, settings.working_side_px)) - lab_of(small)
    regions = recorded_maps(segment(small, settings.regions), restyled, ids, kept_at=kept_at, change=change)
    if all(region.reference_id is None for region in regions):
        return untouched(photo, "no-good-reference", measures)
    return Modernization(
        photo=kept,
        regions=regions,
        verdict="rejected" if harm else "applied",
        reason=harm or "references",
        measures=measures | {"strength_kept": kept_at},
        weights_sha256=engine.weights_sha256,
    )


def served_share(choice: Choice, small: Photo, settings: StyleSettings) -> Share:
    """Return where references may reach: 1 in regions for which one was found, 0 in others, soft along the picture.

    Args:
        choice: What was found for each region.
        small: The photograph at the working size.
        settings: How soft.
    """
    has_reference = np.array([region.reference_id is not None for region in choice.regions], dtype=np.float32)
    served = on_grid(has_reference[choice.labels][None], small.shape[:2])[0]
    if served.min() >= 1.0 or served.max() <= 0.0:
        return served
    guide = lab_of(small)[..., 0] / np.float32(100.0)
    soft = guided_filter(served[..., None], guide, radius_px=settings.smoothing_px, epsilon=_EDGE_VARIANCE)
    return np.clip(soft[..., 0], 0.0, 1.0)


def _only_where_served(photo: Photo, restyled: Restyled, served: Share) -> Restyled:
    """Return the result with its change taken back where no reference fits, and weights that say so."""
    if served.min() >= 1.0:
        return restyled
    made = restyled.photo
    for start, stop in strips(photo.shape[:2]):
        share = enlarged_rows(served[..., None], photo.shape[:2], start, stop)
        made[start:stop] = photo[start:stop] + share * (made[start:stop] - photo[start:stop])
    weights = restyled.weights[:-1] * on_grid(served[None], restyled.weights.shape[1:])
    own = 1.0 - weights.sum(axis=0, keepdims=True)
    return Restyled(made, np.concatenate([weights, np.clip(own, 0.0, 1.0)]), restyled.similarity)


def _kept_share(photo: Photo, made: Photo, settings: StyleSettings) -> tuple[float, Harm | None]:
    """Return the largest share of the change that does no harm as seen at a reduced size, or the harm of the least."""
    before, after = (at_working_size(one, _CHECKED_SIDE_PX) for one in (photo, made))
    harm: Harm | None = None
    for share in sorted(settings.gentler, reverse=True):
        mixed = before + np.float32(share) * (after - before)
        harm = harm_verdict(harm_measures(before, mixed), settings, min_edge_ssim=settings.min_learned_edge_ssim)
        if harm is None:
            return share, None
    return min(settings.gentler), harm


def _blend_in_place(photo: Photo, made: Photo, share: float) -> None:
    """Take a result back towards the photograph, in strips."""
    if share >= 1.0:
        return
    for start, stop in strips(photo.shape[:2]):
        made[start:stop] = photo[start:stop] + np.float32(share) * (made[start:stop] - photo[start:stop])
