"""The engine that the settings name."""

from oldphoto_core.inference.engine import CLASSICAL, Engine
from tasks.settings import NightSettings

RESIDENT_BYTES = 640 * 2**20
"""What the process takes with the weights of the published networks loaded, whatever the photograph, in bytes."""

OWN_RESIDENT_BYTES = 320 * 2**20
"""The same with our own."""


def engine_of(settings: NightSettings) -> Engine:
    """Return the engine that restores; its weights are loaded once for each process.

    Raises:
        ModelError: Its weights are not installed, or were changed; the message says how to fetch them.
    """
    if settings.restore.engine == "classical":
        return CLASSICAL
    if settings.restore.engine == "own":
        from tasks.own_engine import own_engine  # noqa: PLC0415 - torch costs a second and 200 MB

        return own_engine(_share(settings, OWN_RESIDENT_BYTES))
    from tasks.official_engine import official_engine  # noqa: PLC0415 - torch costs a second and 200 MB

    return official_engine(settings.models_dir.expanduser(), settings.restore.latent, _share(settings, RESIDENT_BYTES))


def _share(settings: NightSettings, resident: int) -> int:
    """Return the memory for one photograph at work, in bytes, beside what the process takes anyway."""
    return (settings.memory_bytes - resident) // max(1, settings.workers)
