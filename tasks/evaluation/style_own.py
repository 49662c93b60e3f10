"""Our own modernizing network for an evaluation, alone and as a night uses it: weights shipped, or of a folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from oldphoto_core.evaluation.style_method import References, StyleAnswer
from oldphoto_core.evaluation.style_methods import NIGHT_SETTINGS, Answering, regions_as_weights
from oldphoto_core.image import Photo
from oldphoto_core.inference.own_style import OwnStyle
from oldphoto_core.inference.style_engine import LearnedEngineName, Restyled
from oldphoto_core.inference.style_learned import modernize_by
from oldphoto_core.networks.compact.load import load_compact
from oldphoto_core.networks.compact.style_merge import StyleMerger
from oldphoto_core.references.choice import Choice
from oldphoto_core.references.collection import Collection
from oldphoto_core.references.retrieval import Shelf, choose
from oldphoto_core.references.similarity import LIKENESS
from tasks.evaluation.weights import WeightsPlace
from tasks.references.choosing import retrieval_of
from tasks.references.describers import DEFAULT_DESCRIBER, describer_named
from tasks.style.own import STYLE


@dataclass(frozen=True, slots=True)
class _Engine:
    """The network, as ``modernize_by`` wants it."""

    own: OwnStyle
    name: LearnedEngineName = "own"

    @property
    def weights_sha256(self) -> str:
        return self.own.digest

    def apply(self, photo: Photo, references: References, *, strength: float) -> Restyled:
        found = self.own.apply(photo, references, strength=strength)
        return Restyled(found.photo, found.weights, found.similarity)


@dataclass(frozen=True, slots=True)
class _Handed:
    """References that a case hands over, by their numbers; which of them fit is chosen as from a set."""

    pictures: Mapping[str, Photo]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self.pictures)

    def choose(self, photo: Photo) -> Choice:
        describer = describer_named(DEFAULT_DESCRIBER)
        described = {name: describer.describe(picture) for name, picture in self.pictures.items()}
        shelf = Shelf.of(Collection.of(described), LIKENESS[DEFAULT_DESCRIBER])
        return choose(describer.describe(photo), shelf, retrieval_of(NIGHT_SETTINGS))

    def picture(self, reference_id: str) -> Photo:
        return self.pictures[reference_id]


def as_in_a_night(own: OwnStyle) -> Answering:
    """Return what our own engine makes of a photograph with all that surrounds the network."""
    return partial(_answer, _Engine(own))


def _answer(engine: _Engine, photo: Photo, references: References) -> StyleAnswer:
    handed = _Handed({str(number): one for number, one in enumerate(references)})
    result = modernize_by(engine, photo, handed, NIGHT_SETTINGS)
    return StyleAnswer(result.photo, regions_as_weights(result, len(references)))


def own_restyler(folder: Path | None) -> tuple[OwnStyle, str]:
    """Return the network and, for the record, name and digest of its weights.

    Args:
        folder: Holds ``mropm-compact.safetensors`` or what training wrote; None takes what is shipped.

    Raises:
        ModelError: The weights are not there.
        CheckpointError: They cannot be read.
    """
    place = WeightsPlace(folder)
    return OwnStyle(load_compact(place.path(STYLE), StyleMerger), place.digest(STYLE)), place.in_words(STYLE)
