"""Small clips and networks of film to train on in tests."""

from dataclasses import replace
from pathlib import Path

from training_pictures import picture

from oldphoto_core.networks.rtn.branch import BranchConfig
from oldphoto_core.networks.rtn.film import FilmConfig
from oldphoto_core.synthesis.reel import ReelSettings
from oldphoto_core.training.film_recipes import FILM_RECIPES, FilmRecipe
from oldphoto_core.training.shard import PICTURES, Piece, Shard, write_shard

TINY_FILM = FilmConfig(
    branch=BranchConfig(state=4, width=4, depths=(1,), heads=1, window=4, stored_masks=0, passes=True),
    gate_width=2,
    flow=None,
    bounded=False,
    blends=True,
)


def small_film_recipe(**changes: object) -> FilmRecipe:
    """Return the recipe of film with a tiny network and tiny clips."""
    fixed: dict[str, object] = {
        "network": TINY_FILM,
        "reel": ReelSettings(size=(32, 32), frames=3),
        "crop_px": 24,
        "batch": 2,
        "steps": 20,
        "warm_up": 2,
        "judged": 4,
    }
    return replace(FILM_RECIPES["rtn-compact"], **(fixed | changes))  # type: ignore[arg-type]


def film_shard(folder: Path, count: int = 11) -> Shard:
    """Write and return a shard of small pictures."""
    pieces = [Piece(f"{number}.png", PICTURES, picture(number, 90, 100)) for number in range(count)]
    return write_shard(folder / "data.npy", pieces, most_bytes=2**20)
