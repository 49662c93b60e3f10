"""What a fresh machine does with nothing set: the project's own networks judge and restore, and the catalog says so."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from nights import assets, night
from skimage import data

from catalogs.read import open_catalog
from oldphoto_core.image import Photo, from_bytes8, to_bytes8
from oldphoto_core.quality.reference import psnr_db
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.limits import ScanLimits
from oldphoto_core.scan.read import read_scan
from oldphoto_core.synthesis.fading import DyeLoss
from oldphoto_core.synthesis.grain import FilmGrain
from oldphoto_core.synthesis.recipe import Recipe, age
from tasks.models.installed import digest_of, weights_digest
from tasks.settings import load_settings
from tasks.storage import open_store

AGED = Recipe("an old print", (FilmGrain(sigma=0.08), DyeLoss(cyan=0.6, magenta=0.35, yellow=0.5, stain=0.2)))


pytestmark = pytest.mark.usefixtures("engines_as_set")


def portrait() -> Photo:
    return from_bytes8(np.ascontiguousarray(data.astronaut()))


def test_the_networks_of_the_project_are_the_default() -> None:
    settings = load_settings()
    assert (settings.diagnosis.engine, settings.restore.engine) == ("own", "own")


def test_a_faded_and_grainy_print_comes_back_nearer_and_a_sound_one_stays(tmp_path: Path) -> None:
    scans, output = tmp_path / "scans", tmp_path / "archive"
    scans.mkdir()
    aged = age(portrait(), AGED, np.random.default_rng(1)).photo
    tifffile.imwrite(scans / "aged.tif", to_bytes8(aged), photometric="rgb")
    tifffile.imwrite(scans / "sound.tif", np.ascontiguousarray(data.coffee()), photometric="rgb")
    night(scans, output, tmp_path / "work")

    found = {row.key: row for row in assets(output)}
    assert (found["aged.tif"].status, found["sound.tif"].status) == ("published", "untouched")
    catalog = open_catalog(open_store(str(output)))
    judged = {row.asset_id: row for row in catalog.rows("damage")}
    behind = weights_digest({name: digest_of(name) for name in ("own-scratch", "own-damage")})
    assert {(row.engine, row.weights_sha256) for row in judged.values()} == {("own", behind)}
    row = judged[found["aged.tif"].asset_id]
    assert min(row.noise_probability, row.fading_probability) > 0.5

    treatments = [row for row in catalog.rows("treatments") if row.asset_id == found["aged.tif"].asset_id]
    weights = {row.step: row.weights_sha256 for row in treatments}
    assert weights["texture"] == digest_of("own-texture")
    assert weights["colour"] == digest_of("own-colour")

    result = next(output.glob(f"derivatives/*/{found['aged.tif'].asset_id}/restored.tif"))
    restored = to_photo(read_scan(result, limits=ScanLimits()))
    assert psnr_db(restored, portrait()) > psnr_db(aged, portrait()) + 3.0
