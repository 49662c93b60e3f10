"""The engine that the settings name."""

from oldphoto_core.inference.engine import CLASSICAL, Engine
from tasks.settings import NightSettings

RESIDENT_BYTES = 640 * 2**20
"""What the process takes with the weights of the published networks loaded, whatever the photograph, in bytes."""


def engine_of(settings: NightSettings) -> Engine:
    """Return the engine that restores; its weights are loaded once for each process.

    Raises:
        ModelError: Its weights are not installed, or were changed; the message says how to fetch them.
    """
    if settings.restore.engine == "classical":
        return CLASSICAL
    from tasks.official_engine import official_engine  # noqa: PLC0415 - torch costs a second and 200 MB

    share = (settings.memory_bytes - RESIDENT_BYTES) // max(1, settings.workers)
    return official_engine(settings.models_dir.expanduser(), settings.restore.latent, share)
