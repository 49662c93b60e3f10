"""Where settings come from, which hash they go into, and how a mistake is worded."""

from pathlib import Path

import pytest

from tasks.settings import HOW_NOT_WHAT, NightSettings, SettingsError, load_settings


def test_defaults_need_no_file() -> None:
    assert load_settings().batch_size == 64


def test_a_variable_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "night.toml"
    file.write_text("batch_size = 32\nseed = 7\n[limits]\nmax_pixels = 1000\n", "utf-8")
    monkeypatch.setenv("OLDPHOTO_BATCH_SIZE", "16")
    settings = load_settings(file)
    assert (settings.batch_size, settings.seed, settings.limits.max_pixels) == (16, 7, 1000)


def test_one_nested_value_leaves_its_neighbours_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLDPHOTO_LIMITS__MAX_PIXELS", "1000")
    settings = load_settings()
    assert settings.limits.max_pixels == 1000
    assert settings.limits.max_pages == NightSettings().limits.max_pages or settings.limits.max_pages > 0


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("batch_sise = 3", "batch_sise"),
        ("batch_size = 0", "batch_size"),
        ("[limits]\nmax_pixels = 'many'", "limits.max_pixels"),
        ("not toml", "cannot read settings"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "night.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=named):
        load_settings(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        load_settings(tmp_path / "nowhere.toml")


def test_how_the_work_is_done_is_in_no_hash() -> None:
    one = NightSettings(workers=1, batch_size=1, work_dir=Path("/a"), memory_bytes=2**29, work_bytes=1)
    assert one.config_hash == NightSettings().config_hash
    assert set(NightSettings.model_fields) >= HOW_NOT_WHAT


def test_each_stage_answers_for_its_own_settings_and_those_before_it() -> None:
    plain, seeded = NightSettings(), NightSettings(seed=1)
    assert seeded.classify_hash == plain.classify_hash
    assert seeded.restore_hash != plain.restore_hash
    assert seeded.modernize_hash(()) != plain.modernize_hash(())
    assert plain.modernize_hash(("a", "b")) == plain.modernize_hash(("b", "a")) != plain.modernize_hash(("a",))
    assert NightSettings(access_quality=50).access_hash != plain.access_hash
    assert NightSettings(access_quality=50).restore_hash == plain.restore_hash


def test_a_variable_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLDPHOTO_LIMITS", "no JSON")
    with pytest.raises(SettingsError, match="limits"):
        load_settings()


def test_a_value_that_a_group_refuses_is_named(tmp_path: Path) -> None:
    file = tmp_path / "night.toml"
    file.write_text("[limits]\nmax_bytes = 0\n", "utf-8")
    with pytest.raises(SettingsError, match="max_bytes must be at least 1"):
        load_settings(file)


def test_files_of_our_own_are_read_whatever_the_limits_for_masters() -> None:
    settings = NightSettings(limits={"min_side_px": 200, "max_bytes": 1000, "max_pixels": 5})  # type: ignore[arg-type]
    own = settings.own_limits
    assert (own.min_side_px, own.max_pixels) == (1, 5)
    own.check_bytes(2**40)
