"""Weights come whole or not at all, the first digest holds for ever, and bad sources are named."""

import fcntl
import hashlib
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest
import torch
from model_server import Files, closed_address, serving
from tiny_release import MEMBERS, WEIGHTS, archive, checkpoint, release

from tasks.models import installed as weights
from tasks.models.download import Patience, _check, download, shown
from tasks.models.errors import (
    LedgerError,
    ModelChangedError,
    ModelMissingError,
    NotWeightsError,
    UnknownModelError,
    UnreachableError,
)
from tasks.models.fetch import Manner, apart, companions, fetch
from tasks.models.installed import digest_of, path_of
from tasks.models.known import PUBLISHED, model_named
from tasks.models.ledger import read_ledger
from tasks.models.model import PublishedModel

MODELS = {model.name: model for model in PUBLISHED}
installed = partial(weights.installed, shipped=Path("nothing is shipped"))
check_digests = partial(weights.check_digests, shipped=Path("nothing is shipped"))
AT_ONCE = Manner(patience=Patience(attempts=2, pause_s=0.0, timeout_s=5.0))
ZIP = "/releases/global_checkpoints.zip"
YUNET = b"\x08" + bytes(500)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Files]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving() as files:
        files.content[ZIP] = release()
        yield files


def at(address: str, *names: str) -> list[PublishedModel]:
    """Return models whose home is this address."""
    return [replace(model, home=replace(model.home, address=address)) for model in apart(map(model_named, names))[0]]


def yunet_at(address: str, content: bytes = YUNET) -> PublishedModel:
    return replace(at(address, "yunet")[0], sha256=hashlib.sha256(content).hexdigest())


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def leftovers(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()} - {"models.json", ".models.lock"}


class TestFetching:
    def test_members_arrive_byte_for_byte_and_load(self, server: Files, tmp_path: Path) -> None:
        done = fetch(at(server.url + ZIP, *WEIGHTS), tmp_path, manner=AT_ONCE)
        assert [(one.name, one.outcome) for one in done] == [(name, "installed") for name in WEIGHTS]
        for name, content in WEIGHTS.items():
            assert path_of(name, tmp_path).read_bytes() == content
            assert digest_of(name, tmp_path) == digest(content)
            assert set(torch.load(path_of(name, tmp_path), weights_only=True)) == {"encoder.1.weight"}
        assert leftovers(tmp_path) == {MODELS[name].file for name in WEIGHTS}

    def test_the_ledger_says_what_first_came(self, server: Files, tmp_path: Path) -> None:
        server.moved["/old"] = f"{ZIP}?token=secret"
        address = server.url.replace("http://", "http://me:secret@") + "/old?key=secret"
        fetch(at("http://x", "bopbtl-vae-a"), tmp_path, source=address, manner=AT_ONCE)
        text = (tmp_path / "models.json").read_text("utf-8")
        assert "secret" not in text
        record = read_ledger(tmp_path)["bopbtl-vae-a"]
        assert record.address == f"{server.url}/old"
        assert record.archive_sha256 == digest(server.content[ZIP])
        assert (record.sha256, record.size) == (digest(WEIGHTS["bopbtl-vae-a"]), len(WEIGHTS["bopbtl-vae-a"]))
        assert record.first_fetched.endswith("+00:00")

    def test_what_is_installed_and_whole_is_not_downloaded_again(self, server: Files, tmp_path: Path) -> None:
        wanted = at(server.url + ZIP, "bopbtl-vae-a")
        fetch(wanted, tmp_path, manner=AT_ONCE)
        requests = len(server.seen)
        assert [one.outcome for one in fetch(wanted, tmp_path, manner=AT_ONCE)] == ["there"]
        assert len(server.seen) == requests

    def test_what_comes_in_the_same_archive_is_taken_along(self, server: Files, tmp_path: Path) -> None:
        wanted = at(server.url + ZIP, "bopbtl-vae-a")
        done = fetch(wanted, tmp_path, also=companions([MODELS["bopbtl-vae-a"]]), manner=AT_ONCE)
        assert {one.name for one in done} == set(WEIGHTS)

    def test_a_damaged_installed_file_is_noticed_and_mended(self, server: Files, tmp_path: Path) -> None:
        wanted = at(server.url + ZIP, "bopbtl-vae-a")
        fetch(wanted, tmp_path, manner=AT_ONCE)
        path = path_of("bopbtl-vae-a", tmp_path)
        path.write_bytes(WEIGHTS["bopbtl-vae-a"][:-1] + b"?")
        with pytest.raises(ModelChangedError, match="changed or damaged"):
            digest_of("bopbtl-vae-a", tmp_path)
        assert [one.verdict for one in check_digests(tmp_path)] == ["changed"]
        assert [one.outcome for one in fetch(wanted, tmp_path, manner=AT_ONCE)] == ["installed"]
        assert [one.verdict for one in check_digests(tmp_path)] == ["pass"]
        path.unlink()
        assert [one.verdict for one in check_digests(tmp_path)] == ["missing"]

    def test_two_fetches_at_once_take_turns_and_download_once(self, server: Files, tmp_path: Path) -> None:
        outcomes, waited = [], threading.Event()
        manner = replace(AT_ONCE, waiting=waited.set)
        wanted = at(server.url + ZIP, *WEIGHTS)

        def fetch_all() -> None:
            outcomes.append([one.outcome for one in fetch(wanted, tmp_path, manner=manner)])

        threads = [threading.Thread(target=fetch_all) for _ in range(2)]
        with (tmp_path / ".models.lock").open("w") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            for thread in threads:
                thread.start()
            assert waited.wait(10)
            assert not server.seen
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == [["installed"] * 3, ["there"] * 3]
        assert len(server.seen) == 1


class TestTheFirstDigestHolds:
    def test_other_bytes_are_refused_and_both_digests_named(self, server: Files, tmp_path: Path) -> None:
        fetch(at(server.url + ZIP, "bopbtl-vae-a"), tmp_path, manner=AT_ONCE)
        server.content["/mirror.zip"] = release(bopbtl_vae_a=checkpoint(99))
        with pytest.raises(ModelChangedError) as caught:
            fetch([MODELS["bopbtl-vae-a"]], tmp_path, source=f"{server.url}/mirror.zip", manner=AT_ONCE)
        assert digest(WEIGHTS["bopbtl-vae-a"]) in str(caught.value)
        assert digest(checkpoint(99)) in str(caught.value)
        assert path_of("bopbtl-vae-a", tmp_path).read_bytes() == WEIGHTS["bopbtl-vae-a"]
        assert leftovers(tmp_path) == {"bopbtl-vae-a.pth"}

    def test_it_outlives_the_file(self, server: Files, tmp_path: Path) -> None:
        fetch(at(server.url + ZIP, "bopbtl-vae-a"), tmp_path, manner=AT_ONCE)
        path_of("bopbtl-vae-a", tmp_path).unlink()
        server.content["/mirror.zip"] = release(bopbtl_vae_a=checkpoint(99))
        with pytest.raises(ModelChangedError):
            fetch([MODELS["bopbtl-vae-a"]], tmp_path, source=f"{server.url}/mirror.zip", manner=AT_ONCE)
        assert not installed(tmp_path)

    def test_an_archive_replaced_at_home_is_refused_even_for_members_never_taken(
        self, server: Files, tmp_path: Path
    ) -> None:
        fetch(at(server.url + ZIP, "bopbtl-vae-a"), tmp_path, manner=AT_ONCE)
        server.content[ZIP] = release(bopbtl_vae_b_quality=checkpoint(99))
        with pytest.raises(ModelChangedError, match="is not the archive that bopbtl-vae-a was taken from"):
            fetch(at(server.url + ZIP, "bopbtl-vae-b-quality"), tmp_path, manner=AT_ONCE)
        assert set(installed(tmp_path)) == {"bopbtl-vae-a"}

    def test_another_archive_with_the_same_weights_is_fine(self, server: Files, tmp_path: Path) -> None:
        fetch(at(server.url + ZIP, "bopbtl-vae-a"), tmp_path, manner=AT_ONCE)
        first = read_ledger(tmp_path)
        server.content["/mirror.zip"] = archive({MEMBERS["bopbtl-vae-a"]: WEIGHTS["bopbtl-vae-a"]})
        done = fetch([MODELS["bopbtl-vae-a"]], tmp_path, source=f"{server.url}/mirror.zip", manner=AT_ONCE)
        assert [one.outcome for one in done] == ["same"]
        assert read_ledger(tmp_path) == first

    def test_a_published_digest_holds_from_the_start(self, server: Files, tmp_path: Path) -> None:
        server.content["/yunet.onnx"] = YUNET + b"more"
        with pytest.raises(ModelChangedError, match="Git LFS pointer in the zoo"):
            fetch([yunet_at(f"{server.url}/yunet.onnx")], tmp_path, manner=AT_ONCE)
        assert not read_ledger(tmp_path)

    def test_whoever_names_another_source_answers_for_its_bytes(self, server: Files, tmp_path: Path) -> None:
        server.content["/yunet.onnx"] = YUNET + b"more"
        fetch([MODELS["yunet"]], tmp_path, source=f"{server.url}/yunet.onnx", manner=AT_ONCE)
        assert read_ledger(tmp_path)["yunet"].sha256 == hashlib.sha256(YUNET + b"more").hexdigest()


class TestDownloads:
    def test_a_cut_is_mended_within_one_fetch(self, server: Files, tmp_path: Path) -> None:
        server.cuts = [100_000, 70_000]
        fetch(at(server.url + ZIP, "bopbtl-vae-a"), tmp_path, manner=AT_ONCE)
        assert [asked for _, asked, _ in server.seen] == [None, "bytes=100000-", "bytes=170000-"]
        assert [condition for _, _, condition in server.seen[1:]] == [server.etag(ZIP)] * 2
        assert server.sent == len(server.content[ZIP])

    def test_a_later_fetch_goes_on_where_an_earlier_one_stopped(self, server: Files, tmp_path: Path) -> None:
        server.cuts = [100_000, 0, 0]
        wanted = at(server.url + ZIP, "bopbtl-vae-a")
        with pytest.raises(UnreachableError, match="100000 bytes are kept"):
            fetch(wanted, tmp_path, manner=AT_ONCE)
        assert not installed(tmp_path)
        server.seen.clear()
        fetch(wanted, tmp_path, manner=AT_ONCE)
        assert [asked for _, asked, _ in server.seen] == ["bytes=100000-"]
        assert path_of("bopbtl-vae-a", tmp_path).read_bytes() == WEIGHTS["bopbtl-vae-a"]

    @pytest.mark.parametrize("fault", ["changed", "changed, If-Range unheeded", "no ranges", "no validator", "longer"])
    def test_halves_of_two_files_are_never_joined(self, server: Files, tmp_path: Path, fault: str) -> None:
        part = tmp_path / "x.part"
        old, new = bytes(5000), b"new" * 2000
        server.content["/x"] = old
        server.etags = fault != "no validator"
        server.cuts = [2000, 0]
        with pytest.raises(UnreachableError):
            download(f"{server.url}/x", part, max_bytes=10_000, patience=Patience(1, 0.0, 5.0))
        server.cuts = []
        server.knows_ranges = fault != "no ranges"
        server.heeds_if_range = fault != "changed, If-Range unheeded"
        if fault != "no ranges":
            server.content["/x"] = new[: 1000 if fault == "longer" else None]
        download(f"{server.url}/x", part, max_bytes=10_000, patience=AT_ONCE.patience)
        assert part.read_bytes() == server.content["/x"]

    def test_a_download_that_was_complete_is_not_repeated(self, server: Files, tmp_path: Path) -> None:
        part = tmp_path / "x.part"
        server.content["/x"] = bytes(5000)
        download(f"{server.url}/x", part, max_bytes=10_000)
        download(f"{server.url}/x", part, max_bytes=10_000)
        assert part.read_bytes() == bytes(5000)
        assert server.sent == 5000

    def test_redirects_keep_the_range(self, server: Files, tmp_path: Path) -> None:
        server.moved["/go"] = ZIP
        server.cuts = [100_000]
        fetch(at(f"{server.url}/go", "bopbtl-vae-a"), tmp_path, manner=AT_ONCE)
        assert server.seen[-1][:2] == (ZIP, "bytes=100000-")

    def test_a_busy_server_is_asked_again(self, server: Files, tmp_path: Path) -> None:
        server.statuses = [503]
        fetch(at(server.url + ZIP, "bopbtl-vae-a"), tmp_path, manner=AT_ONCE)
        assert installed(tmp_path)
        server.content["/x"] = b""
        server.statuses = [429, 502, 503]
        with pytest.raises(UnreachableError, match="502"):
            download(f"{server.url}/x", tmp_path / "x", max_bytes=10, patience=AT_ONCE.patience)

    def test_a_missing_file_is_asked_for_once_and_the_way_out_is_named(self, server: Files, tmp_path: Path) -> None:
        with pytest.raises(UnreachableError) as caught:
            fetch(at(f"{server.url}/gone.zip", "bopbtl-vae-a"), tmp_path, manner=AT_ONCE)
        message = str(caught.value)
        assert f"{server.url}/gone.zip" in message
        assert "404" in message
        assert "issue 307" in message
        assert "--from FILE_OR_URL" in message
        assert len(server.seen) == 1

    def test_without_a_network_the_way_out_is_named(self, server: Files, tmp_path: Path) -> None:
        del server  # only for an environment without proxies
        address = closed_address()
        with pytest.raises(UnreachableError) as caught:
            fetch(at(f"{address}/a.zip", "bopbtl-vae-a"), tmp_path, manner=AT_ONCE)
        assert f"cannot fetch {address}/a.zip" in str(caught.value)
        assert "refused" in str(caught.value)
        assert "reported gone" in str(caught.value)
        assert "--from FILE_OR_URL" in str(caught.value)

    @pytest.mark.parametrize("states_length", [True, False])
    def test_a_file_without_end_is_refused(self, server: Files, tmp_path: Path, states_length: bool) -> None:  # noqa: FBT001
        server.content["/x"] = bytes(3_000_000)
        server.states_length = states_length
        with pytest.raises(UnreachableError, match="2000000"):
            download(f"{server.url}/x", tmp_path / "x", max_bytes=2_000_000)
        assert not (tmp_path / "x").exists()

    def test_https_never_leads_to_http(self) -> None:
        answer = httpx.Response(200, request=httpx.Request("GET", "http://mirror.example/a"))
        with pytest.raises(UnreachableError, match="not protected by https"):
            _check("https://home.example/a", answer, (200,))

    @pytest.mark.parametrize("address", ["http://[", "http://"])
    def test_an_address_that_is_none_is_named(self, tmp_path: Path, address: str) -> None:
        with pytest.raises((UnreachableError, NotWeightsError)):
            fetch([MODELS["yunet"]], tmp_path, source=address, manner=AT_ONCE)

    def test_secrets_are_not_shown(self) -> None:
        assert shown("https://me:pw@h.example/a?sig=x#y") == "https://h.example/a"


class TestBadArchives:
    def test_a_truncated_archive_is_named_and_not_kept(self, server: Files, tmp_path: Path) -> None:
        whole = server.content[ZIP]
        server.content[ZIP] = whole[: len(whole) // 2]
        with pytest.raises(NotWeightsError, match=r"damaged or cut zip archive.*again"):
            fetch(at(server.url + ZIP, "bopbtl-vae-a"), tmp_path, manner=AT_ONCE)
        assert not leftovers(tmp_path)
        server.content[ZIP] = whole
        fetch(at(server.url + ZIP, "bopbtl-vae-a"), tmp_path, manner=AT_ONCE)
        assert installed(tmp_path)

    def test_a_garbled_member_is_named(self, server: Files, tmp_path: Path) -> None:
        whole = archive({MEMBERS["bopbtl-vae-a"]: WEIGHTS["bopbtl-vae-a"]}, compression=zipfile.ZIP_STORED)
        middle = len(whole) // 2
        server.content[ZIP] = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
        with pytest.raises(NotWeightsError, match=r"VAE_A_quality.* is damaged"):
            fetch(at(server.url + ZIP, "bopbtl-vae-a"), tmp_path, manner=AT_ONCE)
        assert not leftovers(tmp_path)

    @pytest.mark.parametrize("evil", ["../../", "/", "a/../../", "C:/", "..\\a/", "a//"])
    def test_members_that_lead_elsewhere_are_not_there(self, server: Files, tmp_path: Path, evil: str) -> None:
        folder = tmp_path / "a" / "b" / "models"
        member = MEMBERS["bopbtl-vae-a"]
        server.content[ZIP] = archive({evil + member: WEIGHTS["bopbtl-vae-a"]})
        with pytest.raises(NotWeightsError, match="does not hold"):
            fetch(at(server.url + ZIP, "bopbtl-vae-a"), folder, manner=AT_ONCE)
        server.content[ZIP] = archive({evil + member: checkpoint(99), member: WEIGHTS["bopbtl-vae-a"]})
        fetch(at(server.url + ZIP, "bopbtl-vae-a"), folder, manner=AT_ONCE)
        assert path_of("bopbtl-vae-a", folder).read_bytes() == WEIGHTS["bopbtl-vae-a"]
        assert leftovers(tmp_path) == {"bopbtl-vae-a.pth"}

    def test_a_missing_member_is_named_and_the_others_are_installed(self, server: Files, tmp_path: Path) -> None:
        with pytest.raises(NotWeightsError, match=r"bopbtl-mapping-patch: \.\.\./mapping_Patch_Attention/"):
            fetch(at(server.url + ZIP, "bopbtl-mapping-patch", "bopbtl-vae-a"), tmp_path, manner=AT_ONCE)
        assert set(installed(tmp_path)) == {"bopbtl-vae-a"}

    def test_a_member_that_is_there_twice_is_refused(self, server: Files, tmp_path: Path) -> None:
        member = MEMBERS["bopbtl-vae-a"]
        server.content[ZIP] = archive({member: WEIGHTS["bopbtl-vae-a"], f"old/{member}": checkpoint(99)})
        with pytest.raises(NotWeightsError, match="2 times"):
            fetch(at(server.url + ZIP, "bopbtl-vae-a"), tmp_path, manner=AT_ONCE)

    def test_a_bomb_is_stopped_at_its_limit(self, server: Files, tmp_path: Path) -> None:
        server.content[ZIP] = archive({MEMBERS["bopbtl-vae-a"]: b"\x80" + bytes(50_000_000)})
        wanted = [replace(at(server.url + ZIP, "bopbtl-vae-a")[0], max_bytes=1_000_000)]
        with pytest.raises(NotWeightsError, match="over 1000000 bytes"):
            fetch(wanted, tmp_path, manner=AT_ONCE)
        assert not leftovers(tmp_path)

    @pytest.mark.parametrize("names", [("bopbtl-vae-a",), tuple(WEIGHTS)])
    def test_an_error_page_is_no_archive(self, server: Files, tmp_path: Path, names: tuple[str, ...]) -> None:
        server.content[ZIP] = b"<!DOCTYPE html><title>Please sign in</title>"
        with pytest.raises(NotWeightsError, match="DOCTYPE") as caught:
            fetch(at(server.url + ZIP, *names), tmp_path, manner=AT_ONCE)
        assert server.url + ZIP in str(caught.value)
        assert not read_ledger(tmp_path)

    def test_a_pointer_is_no_weights(self, server: Files, tmp_path: Path) -> None:
        server.content["/yunet.onnx"] = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
        with pytest.raises(NotWeightsError, match="Git LFS pointer"):
            fetch(at(f"{server.url}/yunet.onnx", "yunet"), tmp_path, manner=AT_ONCE)

    def test_a_cut_checkpoint_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "latest_net_G.pth").write_bytes(WEIGHTS["bopbtl-vae-a"][:-5000])
        with pytest.raises(NotWeightsError, match="damaged or cut"):
            fetch([MODELS["bopbtl-vae-a"]], tmp_path / "models", source=str(tmp_path / "latest_net_G.pth"))


class TestFrom:
    def sources(self, folder: Path) -> dict[str, Path]:
        """Write every form of a copy that people have."""
        (folder / "stick").mkdir()
        (folder / "stick" / "global_checkpoints.zip").write_bytes(release())
        (folder / "any name.zip").write_bytes(release())
        for name, member in MEMBERS.items():
            path = folder / "unpacked" / "Global" / member
            path.parent.mkdir(parents=True)
            path.write_bytes(WEIGHTS[name])
        fetch([MODELS[name] for name in WEIGHTS], folder / "other models", source=str(folder / "any name.zip"))
        return {
            "archive": folder / "any name.zip",
            "folder with the archive": folder / "stick",
            "unpacked folder": folder / "unpacked",
            "models folder of another machine": folder / "other models",
        }

    def test_every_local_form(self, tmp_path: Path) -> None:
        for form, place in self.sources(tmp_path).items():
            folder = tmp_path / f"from {form}"
            done = fetch([MODELS[name] for name in WEIGHTS], folder, source=str(place))
            assert [one.outcome for one in done] == ["installed"] * 3, form
            assert {name: path_of(name, folder).read_bytes() for name in WEIGHTS} == WEIGHTS, form
            assert read_ledger(folder)["bopbtl-vae-a"].address == place.resolve().as_uri()

    def test_a_single_file_old_or_new(self, server: Files, tmp_path: Path) -> None:
        for name, content in WEIGHTS.items():
            (tmp_path / "file.pth").write_bytes(content)
            server.content["/file.pth"] = content
            fetch([MODELS[name]], tmp_path / "models", source=str(tmp_path / "file.pth"))
            assert read_ledger(tmp_path / "models")[name].archive_sha256 is None
            done = fetch([MODELS[name]], tmp_path / "models", source=f"{server.url}/file.pth", manner=AT_ONCE)
            assert [one.outcome for one in done] == ["same"]

    def test_a_single_file_is_one_model(self, tmp_path: Path) -> None:
        (tmp_path / "file.pth").write_bytes(WEIGHTS["bopbtl-vae-a"])
        with pytest.raises(NotWeightsError, match="only one of bopbtl-vae-a, bopbtl-vae-b-quality"):
            fetch(
                [MODELS["bopbtl-vae-a"], MODELS["bopbtl-vae-b-quality"]],
                tmp_path / "models",
                source=str(tmp_path / "file.pth"),
            )

    def test_yunet_beside_an_archive(self, tmp_path: Path) -> None:
        (tmp_path / "stick").mkdir()
        (tmp_path / "stick" / "global_checkpoints.zip").write_bytes(release())
        (tmp_path / "stick" / "face_detection_yunet_2023mar.onnx").write_bytes(YUNET)
        wanted = [MODELS["bopbtl-vae-a"], yunet_at("http://x")]
        done = fetch(wanted, tmp_path / "models", source=str(tmp_path / "stick"))
        assert [one.name for one in done] == ["bopbtl-vae-a", "yunet"]

    def test_links_in_a_folder_are_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_bytes(WEIGHTS["bopbtl-vae-a"])
        (tmp_path / "given" / "VAE_A_quality").mkdir(parents=True)
        (tmp_path / "given" / "VAE_A_quality" / "latest_net_G.pth").symlink_to(tmp_path / "secret")
        with pytest.raises(NotWeightsError, match="does not hold"):
            fetch([MODELS["bopbtl-vae-a"]], tmp_path / "models", source=str(tmp_path / "given"))

    @pytest.mark.parametrize("source", ["nowhere", "s3://museum/weights.zip", "ftp://x/y.zip"])
    def test_a_source_that_is_none_is_named(self, tmp_path: Path, source: str) -> None:
        with pytest.raises(NotWeightsError, match=source):
            fetch([MODELS["yunet"]], tmp_path, source=source)


class TestAsking:
    def test_a_missing_model_names_the_command(self, tmp_path: Path) -> None:
        for ask in (path_of, digest_of):
            with pytest.raises(ModelMissingError, match="oldphoto models fetch yunet"):
                ask("yunet", tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_a_file_that_no_fetch_brought_is_not_installed(self, tmp_path: Path) -> None:
        (tmp_path / "yunet.onnx").write_bytes(YUNET)
        with pytest.raises(ModelMissingError):
            path_of("yunet", tmp_path)

    def test_an_unknown_name_is_not_missing_weights(self, tmp_path: Path) -> None:
        with pytest.raises(UnknownModelError, match=r"no model 'yolo'; there are bopbtl-detection, .*yunet"):
            path_of("yolo", tmp_path)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "[]",
            "{}",
            '{"version": 1, "models": []}',
            '{"version": 1, "models": {"yunet": {}}}',
            '{"version": 2, "models": {}}',
        ],
    )
    def test_a_damaged_ledger_is_named_and_left_alone(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "models.json").write_text(text, "utf-8")
        (tmp_path / "file.onnx").write_bytes(YUNET)
        asking = (
            lambda: installed(tmp_path),
            lambda: check_digests(tmp_path),
            lambda: fetch([yunet_at("http://x")], tmp_path, source=str(tmp_path / "file.onnx")),
        )
        for ask in asking:
            with pytest.raises(LedgerError, match=r"models\.json"):
                ask()
        assert (tmp_path / "models.json").read_text("utf-8") == text

    @pytest.mark.parametrize(
        "change",
        [{"sha256": "00"}, {"size": -1}, {"size": "9"}, {"file": "../x"}, {"extra": 1}, {"archive_sha256": ""}],
    )
    def test_a_ledger_that_says_nonsense_is_damaged(self, tmp_path: Path, change: dict[str, object]) -> None:
        (tmp_path / "file.onnx").write_bytes(YUNET)
        fetch([yunet_at("http://x")], tmp_path, source=str(tmp_path / "file.onnx"))
        document = json.loads((tmp_path / "models.json").read_text("utf-8"))
        document["models"]["yunet"] |= change
        (tmp_path / "models.json").write_text(json.dumps(document), "utf-8")
        with pytest.raises(LedgerError, match="damaged"):
            read_ledger(tmp_path)
