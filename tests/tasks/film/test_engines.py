"""Who restores reels, by the name in the settings."""

from pathlib import Path

import pytest

from oldphoto_core.film.reel import FilmSettings
from tasks.film.engines import COMPACT, film_engine_of
from tasks.models.errors import ModelMissingError
from tasks.models.installed import digest_of
from tasks.settings import NightSettings


def chosen(name: str, folder: Path) -> NightSettings:
    film = FilmSettings(engine=name)  # type: ignore[arg-type]
    return NightSettings(models_dir=folder).model_copy(update={"film": film})


@pytest.mark.parametrize("name", ["none", "classical"])
def test_engines_without_weights_name_none(name: str, tmp_path: Path) -> None:
    engine = film_engine_of(chosen(name, tmp_path))
    assert (engine.name, dict(engine.weights)) == (name, {})


def test_our_own_engine_names_the_shipped_weights(tmp_path: Path) -> None:
    engine = film_engine_of(chosen("own", tmp_path))
    assert (engine.name, dict(engine.weights)) == ("own", {"restore": digest_of(COMPACT)})


def test_the_published_engine_says_where_its_weights_belong(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match=rf"{tmp_path}/rtn.pth.*get them from their authors"):
        film_engine_of(chosen("official", tmp_path))
