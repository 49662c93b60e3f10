import json
from pathlib import Path

from own_weights import own_network, training

from tasks.models.installed import file_digest, weights_digest
from tasks.models.known import MODELS
from tasks.models.ship import ship
from tasks.models.shipped import FORMER, SHIPPED, former_digests
from tasks.models.together import REPORT, STEPS, file_digests, known_digests


def test_every_name_is_that_of_a_model() -> None:
    names = {name for sets in STEPS.values() for names in sets for name in names} | set(REPORT)
    assert names <= MODELS.keys()


def test_the_digests_are_those_that_the_engines_of_a_night_name() -> None:
    from tasks.own_diagnosis import own_diagnosis  # noqa: PLC0415 - torch is slow to load
    from tasks.own_engine import own_engine  # noqa: PLC0415

    known = known_digests(file_digests())
    weights = own_engine(2**30).weights
    assert {known[digest] for digest in weights.values()} == {"own-texture", "own-colour"}
    assert known[weights_digest(dict(weights))] == "texture and colour"
    assert known[own_diagnosis().weights_sha256] == "own-scratch + own-damage"


def test_the_digests_of_the_published_networks_are_those_that_their_engine_names(official_models: Path) -> None:
    from oldphoto_core.inference.latent_settings import LatentSettings  # noqa: PLC0415
    from tasks.official_engine import official_engine  # noqa: PLC0415 - torch is slow to load

    known = known_digests(file_digests(official_models))
    weights = official_engine(official_models, LatentSettings(), 2**30).weights
    assert "bopbtl-mapping-scratch" in known[weights["translate"]]


def test_weights_that_were_shipped_once_stay_known_alone_and_together(tmp_path: Path) -> None:
    for name in ("models.json", *(path.name for path in SHIPPED.glob("*.safetensors"))):
        (tmp_path / name).symlink_to(SHIPPED / name)
    before = known_digests(file_digests(tmp_path / "none", shipped=tmp_path))
    (tmp_path / FORMER).write_text(json.dumps({"own-damage": ["ab" * 32, "cd" * 32]}), "utf-8")
    after = known_digests(file_digests(tmp_path / "none", shipped=tmp_path))
    scratch = file_digest(SHIPPED / "own-scratch.safetensors")
    report = weights_digest({"own-scratch": scratch, "own-damage": "cd" * 32})
    assert report not in before
    assert after[report] == "own-scratch + own-damage"
    assert after["ab" * 32] == "own-damage"
    assert before.items() <= after.items()


def test_shipping_others_keeps_the_digest_of_those_before(tmp_path: Path) -> None:
    digests = []
    for number, seed in enumerate((1, 2, 2, 1, 3)):
        folder = training(tmp_path / str(number), "own-colour", own_network("own-colour", seed=seed))
        digests.append(ship("own-colour", folder, tmp_path / "shipped").sha256)
    first, second = digests[0], digests[1]
    assert first != second
    assert former_digests(tmp_path / "shipped") == {"own-colour": [first, second]}
    assert former_digests(tmp_path) == {}
