"""Register the scheduled deployments with a Prefect server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NEEDED = ("PREFECT_API_URL", "OLDPHOTO_HOME", "OLDPHOTO_SOURCE", "OLDPHOTO_OUTPUT")


class DeployError(ValueError):
    """The deployments cannot be registered as things stand."""


def deploy_all(file: Path) -> Iterator[str]:
    """Make the work pool if it is not there, register every deployment of the file, and yield what was done.

    Raises:
        DeployError: A variable is missing, or Prefect refused.
    """
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        raise DeployError(f"set {', '.join(missing)} first: the server, the checkout, the masters, the output")
    _prefect("work-pool", "create", "archive", "--type", "process", "--overwrite")
    yield "work pool archive (process)"
    _prefect("--no-prompt", "deploy", "--all", "--prefect-file", str(file))
    yield f"deployments of {file} registered; a worker does them: prefect worker start --pool archive"


def _prefect(*arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own interpreter and fixed words
        [sys.executable, "-m", "prefect", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise DeployError(f"prefect {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
