"""Which code did the work: the package's version and a digest of its source files."""

import hashlib
import json
import platform
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("catalogs", "flows", "oldphoto_core", "tasks")
PIXEL_LIBRARIES = (
    "imagecodecs",
    "numpy",
    "opencv-python-headless",
    "pillow",
    "pyarrow",
    "pyvips-binary",
    "scikit-image",
    "scipy",
    "tifffile",
    "torch",
)


@cache
def code_version() -> str:
    """Return the package's version and the first twelve digits of a SHA-256 over its source files.

    The digest tells apart two checkouts that carry the same version number.
    """
    digest = hashlib.sha256()
    for package in PACKAGES:
        root = Path(str(import_module(package).__file__)).parent
        for path in sorted(root.rglob("*.py")):
            digest.update(f"{package}/{path.relative_to(root).as_posix()}\0".encode())
            digest.update(path.read_bytes())
    return f"{_installed('oldphoto')}+{digest.hexdigest()[:12]}"


@cache
def library_versions() -> str:
    """Return the versions of Python and of the libraries that touch pixels or rows, as JSON."""
    found = {"python": platform.python_version()} | {name: _installed(name) for name in PIXEL_LIBRARIES}
    return json.dumps(found, sort_keys=True)


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
