"""The diagnosis that the settings name."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from oldphoto_core.diagnosis.classify import Diagnosis, diagnose
from oldphoto_core.diagnosis.settings import DiagnosisEngine
from oldphoto_core.image import Photo
from tasks.settings import NightSettings


@dataclass(frozen=True, slots=True)
class Diagnoser:
    """Who judges photographs."""

    diagnose: Callable[[Photo], Diagnosis]
    """Gives the damage report and the mask of a photograph."""

    engine: DiagnosisEngine
    """Its name, for the catalog."""

    weights_sha256: str | None = None
    """One digest of all weights it uses; None for measurements alone."""


def diagnoser_of(settings: NightSettings) -> Diagnoser:
    """Return who judges; the weights are loaded once for each process.

    Raises:
        ModelError: Weights are not there, or were changed.
        CheckpointError: Weights cannot be read.
        OtherFeaturesError: Weights do not belong together.
    """
    if settings.diagnosis.engine == "classical":
        return Diagnoser(partial(diagnose, settings=settings.diagnosis), "classical")
    from tasks.own_diagnosis import own_diagnosis  # noqa: PLC0415 - torch costs a second and 200 MB

    own = own_diagnosis()
    return Diagnoser(partial(own.diagnose, settings=settings.diagnosis), "own", own.weights_sha256)
