"""Where things lie below the output root; the names are a contract with everyone who scripts against it."""

from typing import Literal

DerivativeKind = Literal["restored", "modernized", "access", "damage", "provenance"]

SUFFIXES: dict[DerivativeKind, str] = {
    "restored": ".tif",
    "modernized": ".tif",
    "access": ".jpg",
    "damage": ".png",
    "provenance": ".json",
}


def derivative_path(asset_id: str, kind: DerivativeKind) -> str:
    """Return where a derivative of a photograph lies.

    Examples:
        >>> derivative_path("ab12", "access")
        'derivatives/ab/ab12/access.jpg'
    """
    return f"derivatives/{asset_id[:2]}/{asset_id}/{kind}{SUFFIXES[kind]}"


def report_path(run_id: str, name: str = "index.html") -> str:
    """Return where a file of a run's report lies.

    Examples:
        >>> report_path("run-000001")
        'reports/run-000001/index.html'
    """
    return f"reports/{run_id}/{name}"


def set_path(name: str, file: str = "") -> str:
    """Return where a file of a curated set of references lies.

    ``set.json`` names the others with their digests; ``pictures/<reference_id>.jpg`` is a reference in little.

    Examples:
        >>> set_path("alps", "set.json")
        'references/alps/set.json'
    """
    return f"references/{name}/{file}"
