"""One reel as a Prefect flow."""

from pathlib import Path
from typing import Any

from prefect import flow
from rich.console import Console

from flows.bars import Stages
from tasks.film.asking import FilmRequest, rate_in
from tasks.film.run import restore_film
from tasks.settings import load_settings


@flow(name="film", validate_parameters=True)
def film(
    source: str, destination: str, config: Path | None = None, rate: str | None = None, *, access: bool = True
) -> dict[str, Any]:
    """Restore one reel, going on where an earlier attempt stopped; return what was done.

    Args:
        source: A video file or a folder of frames.
        destination: A file .mkv, .mp4 or .mov, or a folder for frames.
        config: TOML file with settings.
        rate: Frames per second of a folder of frames, such as 18 or 24000/1001.
        access: Whether a preservation master gets an H.264 copy beside it.
    """
    request = FilmRequest(
        source=source,
        destination=destination,
        settings=load_settings(config),
        access=access,
        rate=rate_in(rate),
    )
    with Stages(Console(stderr=True)).shown() as progress:
        result = restore_film(request, progress)
    return {**result.record, "outputs": result.outputs}
