"""The diagnosis of the project's own networks with the weights that come with the package: loaded once."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from oldphoto_core.diagnosis.classify import Diagnosis
from oldphoto_core.diagnosis.learned import ReportNetworks, checked_networks, diagnose_learned
from oldphoto_core.diagnosis.settings import DiagnosisSettings
from oldphoto_core.image import Photo
from oldphoto_core.networks.compact.damage import DamageHead
from oldphoto_core.networks.compact.load import load_compact, metadata_of
from oldphoto_core.networks.compact.scratch_mask import ScratchMask
from oldphoto_core.networks.compact.tiles import tiled
from tasks.models.installed import digest_of, path_of, weights_digest
from tasks.models.shipped import SHIPPED

SCRATCH, DAMAGE = "own-scratch", "own-damage"
"""Names of the weights, as ``oldphoto models list`` has them."""

_LOADING = Lock()


@dataclass(frozen=True, slots=True)
class OwnDiagnosis:
    """The networks, ready to judge."""

    networks: ReportNetworks
    """Found to belong together."""

    weights_sha256: str
    """One digest of both files."""

    def diagnose(self, photo: Photo, settings: DiagnosisSettings) -> Diagnosis:
        """Return the damage report and the mask of a photograph."""
        return diagnose_learned(photo, self.networks, settings)


def own_diagnosis(shipped: Path = SHIPPED) -> OwnDiagnosis:
    """Return the diagnosis; threads that ask while the weights are being read wait for them.

    Args:
        shipped: Where shipped weights lie.

    Raises:
        ModelError: Weights are missing or were changed.
        CheckpointError: Weights cannot be read.
        OtherFeaturesError: Weights do not belong together.
    """
    with _LOADING:
        return _loaded(shipped)


@lru_cache(maxsize=2)
def _loaded(shipped: Path) -> OwnDiagnosis:
    digests = {name: digest_of(name, shipped=shipped) for name in (SCRATCH, DAMAGE)}
    scratch = load_compact(path_of(SCRATCH, shipped=shipped), ScratchMask)
    file = path_of(DAMAGE, shipped=shipped)
    networks = checked_networks(tiled(scratch), load_compact(file, DamageHead), metadata_of(file))
    return OwnDiagnosis(networks, weights_digest(digests))
