"""Methods that need weights: our own engine, its parts, and the direct network it is compared with."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from oldphoto_core.diagnosis.learned import ReportNetworks, checked_networks, diagnose_learned, probability_maps
from oldphoto_core.evaluation.cases import Truth
from oldphoto_core.evaluation.drawn_sight import any_kind, drawn_sight
from oldphoto_core.evaluation.engines import RememberingEngine
from oldphoto_core.evaluation.method import Method, restorer
from oldphoto_core.evaluation.own_methods import OWN_METHODS, OwnParts
from oldphoto_core.evaluation.sight import Remembered, Seer, Sight
from oldphoto_core.image import Photo
from oldphoto_core.inference.own_engine import OwnEngine
from oldphoto_core.networks.compact.colour import ColourRestorer
from oldphoto_core.networks.compact.damage import DamageHead
from oldphoto_core.networks.compact.load import load_compact, metadata_of
from oldphoto_core.networks.compact.scratch_mask import ScratchMask
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.compact.tiles import TiledNetwork, tiled
from tasks.evaluation.weights import WeightsPlace

DIRECT = "own-direct"


def learned_methods(names: Sequence[str], weights: Path | None, see_classically: Seer) -> dict[str, Method]:
    """Return the methods of these names; those of our engine share what they have in common.

    Args:
        names: As ``OWN_METHODS`` has them, or ``own-direct``.
        weights: Folder of weights; None takes those that are shipped.
        see_classically: The diagnosis by measurements.

    Raises:
        ModelError: Weights are not there.
        CheckpointError: Weights cannot be read.
    """
    place = WeightsPlace(weights)
    own = [name for name in names if name in OWN_METHODS]
    made = {}
    if own:
        parts = _parts(place, see_classically)
        made = {name: OWN_METHODS[name](parts) for name in own}
    return made | ({DIRECT: _direct(place)} if DIRECT in names else {})


def _parts(place: WeightsPlace, see_classically: Seer) -> OwnParts:
    """Return what our own methods are made of; weights are read when they are first needed."""

    @cache
    def texture() -> TiledNetwork:
        return tiled(load_compact(place.path("own-texture"), TextureRestorer))

    @cache
    def colour() -> ColourRestorer:
        return load_compact(place.path("own-colour"), ColourRestorer)

    engine = OwnEngine(
        texture=texture,
        colour=colour,
        weights={"texture": place.digest("own-texture"), "colour": place.digest("own-colour")},
    )
    see, seeing = _seer(place, see_classically)
    return OwnParts(
        see=Remembered(see),
        see_classically=see_classically,
        engine=RememberingEngine(engine),
        settings=f"{place.in_words('own-texture', 'own-colour')}, {seeing}",
    )


def _seer(place: WeightsPlace, see_classically: Seer) -> tuple[Seer, str]:
    """Return the diagnosis of our own engine, and what decides its answers.

    A folder of trainings may lack own-damage, which is trained last.
    """
    return _learned_seer(place) if place.has("own-damage") else _drawing_seer(place, see_classically)


def _learned_seer(place: WeightsPlace) -> tuple[Seer, str]:
    """Return the learned diagnosis."""

    @cache
    def networks() -> ReportNetworks:
        scratch, head = load_compact(place.path("own-scratch"), ScratchMask), place.path("own-damage")
        return checked_networks(tiled(scratch), load_compact(head, DamageHead), metadata_of(head))

    def see(photo: Photo) -> Sight:
        found = diagnose_learned(photo, networks())
        maps = probability_maps(networks().scratch, photo)
        # A stain that the report does not believe in marks nothing.
        believed = [np.float32(found.report.findings[kind].probability) * one for kind, one in maps.items()]
        return Sight(found.report, found.mask, any_kind(np.stack(believed, axis=2)), maps)

    return see, place.in_words("own-scratch", "own-damage")


def _drawing_seer(place: WeightsPlace, see_classically: Seer) -> tuple[Seer, str]:
    """Return the diagnosis whose structured damage is drawn by the network, and the rest measured."""

    @cache
    def scratch() -> TiledNetwork:
        return tiled(load_compact(place.path("own-scratch"), ScratchMask))

    def see(photo: Photo) -> Sight:
        return drawn_sight(probability_maps(scratch(), photo), see_classically(photo).report)

    return see, f"{place.in_words('own-scratch')}, no own-damage: what is not drawn is found by measurement"


def _direct(place: WeightsPlace) -> Method:
    """Return the direct network: everything at once, for every picture, unasked."""

    @cache
    def network() -> TiledNetwork:
        return tiled(load_compact(place.path(DIRECT), TextureRestorer))

    def restored(photo: Photo, truth: Truth) -> Photo:
        del truth
        return np.clip(network().whole(photo), np.float32(0.0), np.float32(1.0))

    about = (
        "One network from picture to picture for all damage, as in the papers' comparison with Pix2Pix: the body, the "
        "losses and the training time of own-texture, no diagnosis, no plan, no checks."
    )
    return restorer(DIRECT, about, restored, settings=place.in_words(DIRECT))
