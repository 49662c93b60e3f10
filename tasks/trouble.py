"""The errors that a person at the keyboard can act on, told apart from defects of the program."""

from catalogs.errors import CatalogError
from oldphoto_core.errors import DeviceError, OldPhotoError
from tasks.film.errors import FilmArgumentError, ReelError
from tasks.lease import CatalogBusyError
from tasks.models.errors import UnknownModelError
from tasks.opening import OverlapError
from tasks.references.names import SetNameError
from tasks.settings import SettingsError
from tasks.signing import SigningError
from tasks.single import OutputClashError
from tasks.storage import StoreError, StoreUriError

WRONG_ARGUMENTS: tuple[type[Exception], ...] = (
    OverlapError,
    SetNameError,
    SettingsError,
    SigningError,
    StoreUriError,
    OutputClashError,
    UnknownModelError,
    DeviceError,
    FilmArgumentError,
    ReelError,
)
"""The request itself cannot be carried out: exit code 2."""

EXPECTED: tuple[type[Exception], ...] = (CatalogError, CatalogBusyError, OldPhotoError, StoreError, OSError)
"""The request was fine and could not be done: exit code 1."""
