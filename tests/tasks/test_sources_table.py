"""The table of sources is read as it stands, and says only what it says."""

from pathlib import Path

import pytest

from tasks.sources_table import FILE, Listed, SourcesTableError, read_sources, sources_above


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / FILE).write_text(
        "file,split,group,licence,licence_class\n"
        'a/x.png,train,clean,"CC BY 4.0, by A",open\n'
        "a/y.png,dev_test,real_old,none known,presumed_pd\n"
        "b/z.png,train,clean,for research,research_only\n",
        encoding="utf-8",
    )
    (tmp_path / "a" / "deep").mkdir(parents=True)
    return tmp_path.resolve()


def test_a_file_is_found_by_its_path_with_all_that_is_said_of_it(root: Path) -> None:
    table = read_sources(root / FILE)
    assert table.of(root / "a/x.png") == Listed("CC BY 4.0, by A", "open", "train", "clean")
    assert table.of(root / "a/no.png") is None
    assert table.of(root.parent / "x.png") is None
    assert [path.name for path, _ in table.files()] == ["x.png", "y.png", "z.png"]


def test_open_and_presumed_public_domain_are_open_and_nothing_else_is(root: Path) -> None:
    assert [listed.is_open for _, listed in read_sources(root / FILE).files()] == [True, True, False]


def test_the_nearest_table_above_counts(root: Path) -> None:
    (root / "a" / FILE).write_text("file,licence_class\nx.png,none\n", encoding="utf-8")
    near = sources_above(root / "a" / "deep")
    assert near is not None
    assert near.of(root / "a/x.png") == Listed("", "none", "", "")
    far = sources_above(root / "b")
    assert far is not None
    assert far.path == root / FILE


def test_a_folder_without_a_table_has_none(tmp_path: Path) -> None:
    assert sources_above(tmp_path) is None


def test_a_table_without_a_needed_column_is_refused_by_the_names_of_the_columns(root: Path) -> None:
    (root / FILE).write_text("file,licence\na.png,x\n", encoding="utf-8")
    with pytest.raises(SourcesTableError, match=r"file, licence_class.*licence_class missing"):
        read_sources(root / FILE)
    with pytest.raises(SourcesTableError, match="split missing"):
        sources_above(root / "a", needed=("file", "split"))
