"""What the arguments of a single stage name, and where its results go."""

import os
from pathlib import Path

import pytest
import small_scans
from s3_servers import Server

from tasks.single import Destination, OutputClashError, Picture, pictures, refused
from tasks.storage import AccessDeniedError, StoreError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "box 1 #ä"
    small_scans.write(folder / "a.png", "cat", side_px=64)
    small_scans.write(folder / "sub" / "b c.tif", "cat", side_px=64)
    return folder


def placed(named: list[Picture], output: Path | str, content: Path) -> list[str]:
    destination = Destination(str(output))
    destination.check(named)
    return [destination.put(picture, content) for picture in named]


def test_a_folder_keeps_relative_names(folder: Path, tmp_path: Path) -> None:
    named = pictures([str(folder)])
    assert [picture.path for picture in named] == [f"{folder}/a.png", f"{folder}/sub/b c.tif"]
    assert placed(named, tmp_path / "out", folder / "a.png") == [
        f"{tmp_path}/out/a.png",
        f"{tmp_path}/out/sub/b c.tif",
    ]


def test_one_file_goes_where_the_output_says(folder: Path, tmp_path: Path) -> None:
    named = pictures([str(folder / "a.png")])
    assert placed(named, tmp_path / "new" / "x.png", folder / "a.png") == [f"{tmp_path}/new/x.png"]
    assert placed(named, f"{tmp_path}/new2/", folder / "a.png") == [f"{tmp_path}/new2/a.png"]
    assert placed(named, tmp_path / "new", folder / "a.png") == [f"{tmp_path}/new/a.png"]


def test_relative_paths(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    named = pictures(["a.png"])
    assert [(picture.path, picture.name) for picture in named] == [("a.png", "a.png")]
    assert placed(named, "x.png", folder / "a.png") == [f"{folder}/x.png"]
    assert [picture.path for picture in pictures(["."])] == ["./a.png", "./sub/b c.tif", "./x.png"]
    del tmp_path


def test_a_file_address(folder: Path, tmp_path: Path) -> None:
    (named,) = pictures([(folder / "a.png").as_uri()])
    assert (named.name, named.is_alone) == ("a.png", True)
    assert placed([named], (tmp_path / "y z.png").as_uri(), folder / "a.png") == [f"{tmp_path}/y z.png"]


def test_a_link_to_a_file_is_the_file_under_the_links_name(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link.png").symlink_to(folder / "a.png")
    (named,) = pictures([str(tmp_path / "link.png")])
    assert named.name == "link.png"
    with named.local(10**9) as (path, _):
        assert path.read_bytes() == (folder / "a.png").read_bytes()
    with pytest.raises(OutputClashError, match="overwritten"):
        Destination(str(folder / "a.png")).check([named])


def test_a_file_named_twice_is_one_picture(folder: Path) -> None:
    assert len(pictures([str(folder / "a.png"), f"{folder}/./a.png", str(folder)])) == 2


def test_two_files_never_share_an_output_file(folder: Path, tmp_path: Path) -> None:
    named = pictures([str(folder / "a.png"), str(folder / "sub" / "b c.tif")])
    assert placed(named, tmp_path / "out", folder / "a.png") == [f"{tmp_path}/out/a.png", f"{tmp_path}/out/b c.tif"]


def test_two_results_of_one_name_are_refused(folder: Path, tmp_path: Path) -> None:
    small_scans.write(tmp_path / "other" / "a.png", "cup", side_px=64)
    named = pictures([str(folder / "a.png"), str(tmp_path / "other" / "a.png")])
    with pytest.raises(OutputClashError, match="2 results would go to"):
        Destination(str(tmp_path / "out")).check(named)


def test_no_result_takes_the_place_of_any_named_master(folder: Path) -> None:
    for source, output in ((folder, folder), (folder / "a.png", folder), (folder / "a.png", folder / "a.png")):
        with pytest.raises(OutputClashError, match="would be overwritten"):
            Destination(str(output)).check(pictures([str(source)]))


@pytest.mark.parametrize(
    ("output", "form", "suffix"),
    [
        ("x.jpg", "PNG", ".jpg"),
        ("x.TIFF", "PNG", ".tiff"),
        ("x", "PNG", ".png"),
        ("x.unknown", "TIFF", ".tif"),
        ("folder/", "JPEG", ".jpg"),
    ],
)
def test_one_file_is_written_in_the_format_its_output_names(
    folder: Path, tmp_path: Path, output: str, form: str, suffix: str
) -> None:
    (named,) = pictures([str(folder / "a.png")])
    assert Destination(f"{tmp_path}/{output}").suffix(named, form) == suffix


def test_a_reason_is_a_short_code() -> None:
    assert refused("a", AccessDeniedError("s3://b", "a", "no")).reason == "access-denied"
    assert refused("a", ZeroDivisionError("oops")).reason == "failed"


def test_an_address_that_names_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such folder"):
        pictures([str(tmp_path / "nowhere")])


@pytest.mark.skipif(os.geteuid() == 0, reason="NOT TESTED as root, who may read everything")
def test_a_file_that_may_not_be_read_is_refused(folder: Path) -> None:
    (folder / "a.png").chmod(0)
    (named,) = pictures([str(folder / "a.png")])
    with pytest.raises(AccessDeniedError), named.local(10**9):
        pass


def test_one_object_of_a_bucket_and_a_prefix(
    moto_server: Server, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(moto_server.settings.endpoint_url))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", str(moto_server.settings.access_key))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", str(moto_server.settings.secret_key))
    address = moto_server.new_address()
    prefix = address.rpartition("/")[2]
    for key in ("a.png", "sub/b c.png"):
        moto_server.client().put_object(Bucket=moto_server.bucket, Key=f"{prefix}/{key}", Body=b"picture")
    (alone,) = pictures([f"{address}/sub/b c.png"])
    assert (alone.name, alone.is_alone, alone.path) == ("b c.png", True, f"{address}/sub/b c.png")
    assert [picture.name for picture in pictures([address])] == ["a.png", "sub/b c.png"]
    assert placed([alone], f"{address}/out/x.png", folder / "a.png") == [f"{address}/out/x.png"]
    assert placed([alone], f"s3://{moto_server.bucket}", folder / "a.png") == [f"s3://{moto_server.bucket}/b c.png"]
    with pytest.raises(OutputClashError):
        Destination(f"{address}/sub/b c.png").check([alone])
