"""Results signed with the archive's certificate, read back by the C2PA library; and every way in which it cannot be."""

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from nights import bare_night, night, request
from scan_masters import ADOBE
from skimage import data

from catalogs.audit import audit
from catalogs.read import open_catalog
from oldphoto_core.scan.read import read_scan
from oldphoto_core.scan.source_type import VOCABULARY
from oldphoto_core.scan.xmp import read_marks
from tasks.opening import check_request
from tasks.pictures import work_identity
from tasks.references.offered import ReferenceSet
from tasks.settings import NightSettings, SettingsError, load_settings
from tasks.signing import SigningError, check_signing, signing_of
from tasks.signing_settings import SigningSettings
from tasks.storage import open_store

c2pa = pytest.importorskip("c2pa", reason="NOT TESTED: signing needs c2pa-python, the extra oldphoto[c2pa]")
keys = pytest.importorskip("signing_keys", reason="NOT TESTED: keys for signing are made with the package cryptography")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return keys.write_keys(tmp_path_factory.mktemp("keys"))


def named(pair: Any, **changes: Any) -> SigningSettings:
    return SigningSettings(**{"certificates": pair.certificates, "private_key": pair.private_key, **changes})


@pytest.fixture(scope="module")
def outputs(pair: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same night signed and not."""
    folder = tmp_path_factory.mktemp("signed")
    (folder / "scans").mkdir()
    faded = np.rint((data.astronaut()[:256, :320] / 255 * 0.35 + 0.3) * 65535).astype(np.uint16)
    tifffile.imwrite(folder / "scans" / "faded.tif", faded, photometric="rgb", iccprofile=ADOBE, resolution=(300, 300))
    night(folder / "scans", folder / "signed", folder / "work", signing=named(pair))
    night(folder / "scans", folder / "plain", folder / "work")
    return folder / "signed", folder / "plain"


def files(output: Path) -> dict[str, Path]:
    return {path.name: path for path in (output / "derivatives").rglob("*.*")}


def manifest(path: Path, anchor: str) -> tuple[str, dict[str, Any]]:
    trusting = {"trust": {"user_anchors": anchor}, "verify": {"verify_trust": True}}
    with c2pa.Context.from_dict(trusting) as context, c2pa.Reader(str(path), context=context) as reader:
        return reader.get_validation_state(), reader.get_active_manifest()


@pytest.mark.parametrize("name", ["restored.tif", "access.jpg"])
def test_results_are_signed_say_what_was_done_and_name_the_master(
    outputs: tuple[Path, Path], pair: Any, name: str
) -> None:
    path = files(outputs[0])[name]
    state, found = manifest(path, pair.anchor)
    assert state == "Trusted"
    (ingredient,) = found["ingredients"]
    assert (ingredient["relationship"], ingredient["instance_id"]) == ("parentOf", f"urn:sha256:{path.parent.name}")
    assert "thumbnail" not in ingredient
    (actions,) = (one["data"]["actions"] for one in found["assertions"] if one["label"].startswith("c2pa.actions"))
    assert [one["action"] for one in actions][:2] == ["c2pa.opened", "c2pa.edited"]
    assert actions[1]["digitalSourceType"] == f"{VOCABULARY}algorithmicallyEnhanced"
    assert actions[1]["description"].startswith("restore/tone")


def test_nothing_but_the_signature_is_new(outputs: tuple[Path, Path]) -> None:
    signed, plain = (files(output) for output in outputs)
    assert signed["restored.tif"].stat().st_size < plain["restored.tif"].stat().st_size + 20_000
    for name in ("restored.tif", "access.jpg"):
        one, other = read_scan(signed[name]), read_scan(plain[name])
        np.testing.assert_array_equal(one.pixels, other.pixels)
        assert (one.icc, one.exif, one.facts.dpi, one.facts.bit_depth) == (
            other.icc,
            other.exif,
            other.facts.dpi,
            other.facts.bit_depth,
        )
        assert read_marks(one.xmp or b"")["MasterSha256"] == signed[name].parent.name


def test_the_catalog_has_the_digest_of_the_signed_file_and_an_event_that_names_the_certificate(
    outputs: tuple[Path, Path], pair: Any
) -> None:
    store = open_store(str(outputs[0]))
    signing = signing_of(named(pair))
    assert signing is not None
    events: list[Any] = [row for row in open_catalog(store).rows("events") if getattr(row, "event_type", "") == "dsg"]
    assert sorted(Path(row.object_path).name for row in events) == ["access.jpg", "restored.tif"]
    for row in events:
        assert row.object_sha256 == hashlib.sha256((outputs[0] / row.object_path).read_bytes()).hexdigest()
        assert signing.fingerprint in row.detail
    assert audit(store).holds
    assert "PRIVATE" not in repr(signing)
    config = json.dumps([getattr(row, "config", "") for row in open_catalog(store).rows("runs")])
    assert "key.pem" not in config


def test_signing_is_off_unless_asked_for(outputs: tuple[Path, Path]) -> None:
    assert signing_of(SigningSettings()) is None
    with pytest.raises(c2pa.C2paError):
        manifest(files(outputs[1])["access.jpg"], "")


def test_signed_work_is_not_taken_over_from_an_unsigned_attempt(pair: Any, tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    plain = bare_night(tmp_path / "scans", tmp_path / "out", tmp_path / "work")
    signed = replace(plain, settings=plain.settings.model_copy(update={"signing": named(pair)}))
    none = ReferenceSet(styles=(), new_rows=())
    assert work_identity(plain, none) != work_identity(signed, none)
    assert plain.settings.config_hash == signed.settings.config_hash


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder, _: {"private_key": keys.write_keys(folder).private_key}, "does not match"),
        (lambda folder, _: {"private_key": folder / "gone.pem"}, "cannot read"),
        (lambda _, pair: {"certificates": pair.private_key}, "no certificate in PEM form"),
        (lambda _, pair: {"private_key": pair.certificates}, "cannot sign"),
        (lambda _, __: {"algorithm": "ps256"}, "cannot sign"),
        (lambda folder, _: vars(keys.write_keys(folder, days=-1)), "cannot sign"),
    ],
)
def test_what_cannot_sign_is_found_before_the_night(pair: Any, tmp_path: Path, change: Any, message: str) -> None:
    settings = {name: value for name, value in change(tmp_path, pair).items() if name != "anchor"}
    (tmp_path / "scans").mkdir()
    asked = request(tmp_path / "scans", tmp_path / "out", tmp_path / "work", signing=named(pair, **settings))
    with pytest.raises(SigningError, match=message):
        check_request(asked)
    assert not (tmp_path / "out").exists()


def test_what_can_sign_is_let_through_and_read_anew_each_night(pair: Any, tmp_path: Path) -> None:
    copies = {name: tmp_path / f"{name}.pem" for name in ("certificates", "private_key")}
    for name, path in copies.items():
        path.write_bytes(getattr(pair, name).read_bytes())
    check_signing(SigningSettings(**copies))  # type: ignore[arg-type]
    renewed = keys.write_keys(tmp_path / "renewed")
    before = signing_of(SigningSettings(**copies))  # type: ignore[arg-type]
    for name, path in copies.items():
        path.write_bytes(getattr(renewed, name).read_bytes())
    check_signing(SigningSettings(**copies))  # type: ignore[arg-type]
    assert signing_of(SigningSettings(**copies)) != before  # type: ignore[arg-type]


def test_without_the_package_the_error_says_what_to_install(pair: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "c2pa", None)
    with pytest.raises(SigningError, match=r"oldphoto\[c2pa\]"):
        check_signing(named(pair))
    check_signing(SigningSettings())


def test_settings_name_the_files_and_one_without_the_other_is_refused(pair: Any, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text(f'[signing]\ncertificates = "{pair.certificates}"\nprivate_key = "{pair.private_key}"\n')
    found = load_settings(config)
    assert found.signing == named(pair)
    assert found.config_hash == NightSettings().config_hash
    config.write_text(f'[signing]\ncertificates = "{pair.certificates}"\n')
    with pytest.raises(SettingsError, match="both certificates and private_key"):
        load_settings(config)
