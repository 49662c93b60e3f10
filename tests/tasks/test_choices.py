"""What is said on the command line becomes settings, or a sentence that says what is wrong with it."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.inference.plan import RestoreSettings
from tasks.choices import RestoreChoices, bytes_in, chosen_settings, mask_places
from tasks.settings import NightSettings, SettingsError
from tasks.single import OutputClashError, Picture, pictures


class TestMemory:
    @pytest.mark.parametrize(
        ("words", "size"),
        [
            ("4GiB", 4 * 2**30),
            ("4 gib", 4 * 2**30),
            ("4G", 4 * 10**9),
            ("4GB", 4 * 10**9),
            ("800MiB", 800 * 2**20),
            ("1500 MB", 1_500_000_000),
            ("0.25GiB", 2**28),
            ("256MiB", 2**28),
            ("262144KiB", 2**28),
            ("268435456", 2**28),
            ("268435456B", 2**28),
            ("  1.5 GiB ", 3 * 2**29),
        ],
    )
    def test_words(self, words: str, size: int) -> None:
        assert bytes_in(words) == size

    @pytest.mark.parametrize(
        "words",
        ["", "much", "GiB", "4TiB", "-4GiB", "4,5GiB", "1e9", "4GiBs", "4 G iB", "0x10GiB", "nan", "inf", "٤..GiB"],
    )
    def test_no_size(self, words: str) -> None:
        with pytest.raises(SettingsError, match="is no amount of memory; write for example 4GiB"):
            bytes_in(words)

    @pytest.mark.parametrize("words", ["0", "1", "255MiB", "0.2GiB"])
    def test_too_little(self, words: str) -> None:
        with pytest.raises(SettingsError, match="too little, at least 256MiB"):
            bytes_in(words)

    @pytest.mark.parametrize("words", ["9" * 400, "99999999999GiB", "9" * 5000 + "GiB"])
    def test_too_much(self, words: str) -> None:
        with pytest.raises(SettingsError, match="more memory than any machine has"):
            bytes_in(words)

    @settings(deadline=None, max_examples=50)
    @given(st.text(max_size=12))
    def test_any_words_are_a_size_or_a_sentence(self, words: str) -> None:
        with suppress(SettingsError):
            assert bytes_in(words) >= 2**28


class TestChosenSettings:
    def test_nothing_chosen_changes_nothing_that_decides(self) -> None:
        settings = NightSettings(memory_bytes=2**29)
        chosen = chosen_settings(settings, RestoreChoices())
        assert chosen.deciding() == settings.deciding()
        assert chosen.memory_bytes == 2**29

    def test_one_photograph_is_at_work_at_once(self) -> None:
        assert chosen_settings(NightSettings(workers=8), RestoreChoices()).workers == 1

    def test_everything_chosen(self) -> None:
        settings = NightSettings(restore=RestoreSettings(engine="classical", strength=0.5))
        choices = RestoreChoices(engine="official", memory="2GiB", faces=True, official_compat=True)
        chosen = chosen_settings(settings, choices)
        assert chosen.restore.engine == "official"
        assert chosen.restore.strength == 0.5
        assert chosen.restore.latent.faces
        assert chosen.restore.latent.official_compat
        assert chosen.memory_bytes == 2 * 2**30
        assert settings.restore.engine == "classical"

    def test_settings_that_say_so_already_stay(self) -> None:
        settings = chosen_settings(NightSettings(), RestoreChoices(engine="official", faces=True))
        again = chosen_settings(settings, RestoreChoices())
        assert again.restore.engine == "official"
        assert again.restore.latent.faces
        assert chosen_settings(settings, RestoreChoices(engine="classical")).restore.engine == "classical"

    @pytest.mark.parametrize(
        ("choices", "option"),
        [
            (RestoreChoices(faces=True), "--faces"),
            (RestoreChoices(official_compat=True), "--official-compat"),
            (RestoreChoices(engine="classical", faces=True), "--faces"),
        ],
    )
    def test_what_needs_the_networks_says_so(self, choices: RestoreChoices, option: str) -> None:
        with pytest.raises(SettingsError, match=f"{option} needs the published networks: add --engine official"):
            chosen_settings(NightSettings(), choices)

    def test_an_unknown_engine(self) -> None:
        with pytest.raises(SettingsError, match="no engine 'magic'; there are classical, official"):
            chosen_settings(NightSettings(), RestoreChoices(engine="magic"))


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Return a folder with two photographs, and a mask beside it; nothing is read, so nothing is in them."""
    for name in ("scans/one.png", "scans/box/two.tif", "mask.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"-")
    return tmp_path / "scans"


class TestMaskPlaces:
    def named(self, *paths: Path) -> list[Picture]:
        return pictures([str(path) for path in paths])

    def test_none_given(self, scans: Path) -> None:
        assert mask_places(None, None, self.named(scans), NightSettings(), output="out") == (None, None)

    def test_one_mask_for_one_photograph(self, scans: Path) -> None:
        drawn, keeper = mask_places(
            scans.parent / "mask.png", None, self.named(scans / "one.png"), NightSettings(), output="out"
        )
        assert drawn is not None
        assert drawn.place == scans.parent / "mask.png"
        assert keeper is None

    def test_one_mask_for_several_photographs(self, scans: Path) -> None:
        for named in (self.named(scans), self.named(scans / "one.png", scans / "box" / "two.tif")):
            with pytest.raises(SettingsError, match="is one mask for 2 photographs; give a folder of masks"):
                mask_places(scans.parent / "mask.png", None, named, NightSettings(), output="out")

    def test_a_mask_that_is_not_there(self, scans: Path) -> None:
        with pytest.raises(SettingsError, match=r"there is no mask at .*none\.png"):
            mask_places(scans / "none.png", None, self.named(scans / "one.png"), NightSettings(), output="out")

    @pytest.mark.parametrize(
        ("many", "save", "place"),
        [
            (False, "kept.png", "kept.png"),
            (False, "existing", "existing/one.png"),
            (True, "kept", "kept/box/two.png"),
            (True, "existing", "existing/box/two.png"),
        ],
    )
    def test_where_masks_are_kept(self, scans: Path, save: str, place: str, *, many: bool) -> None:
        (scans.parent / "existing").mkdir()
        named = self.named(scans if many else scans / "one.png")
        _, keeper = mask_places(None, scans.parent / save, named, NightSettings(), output="out")
        assert keeper is not None
        name = "box/two.tif" if many else "one.png"
        assert keeper.path_of(name, None) == scans.parent / place

    def test_never_over_a_photograph(self, scans: Path) -> None:
        for save, named in ((scans / "one.png", self.named(scans / "one.png")), (scans, self.named(scans))):
            with pytest.raises(OutputClashError, match="written over a photograph"):
                mask_places(None, save, named, NightSettings(), output="out")

    def test_never_over_a_mask_that_was_drawn(self, scans: Path) -> None:
        mask = scans.parent / "mask.png"
        with pytest.raises(OutputClashError, match="written over the mask drawn for it"):
            mask_places(mask, mask, self.named(scans / "one.png"), NightSettings(), output="out")
        (scans.parent / "masks").mkdir()
        with pytest.raises(OutputClashError, match="written over the mask drawn for it"):
            mask_places(
                scans.parent / "masks", scans.parent / "masks", self.named(scans), NightSettings(), output="out"
            )

    def test_never_where_the_results_go(self, scans: Path) -> None:
        for place in (scans.parent / "out", scans.parent / "out.png"):
            with pytest.raises(OutputClashError, match="would both go to"):
                mask_places(None, place, self.named(scans / "one.png"), NightSettings(), output=str(place))

    def test_a_single_mask_is_a_png_by_name_too(self, scans: Path) -> None:
        with pytest.raises(SettingsError, match=r"write for example .*kept\.png"):
            mask_places(None, scans / "kept.tif", self.named(scans / "one.png"), NightSettings(), output="out")

    def test_never_over_the_mask_of_another(self, scans: Path) -> None:
        (scans / "one.tif").write_bytes(b"-")
        with pytest.raises(
            OutputClashError, match=r"the mask of .*one\.tif would be written over the mask of .*one\.png"
        ):
            mask_places(None, scans.parent / "kept", self.named(scans), NightSettings(), output="out")
