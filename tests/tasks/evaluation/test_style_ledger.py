from pathlib import Path

from tasks.evaluation.style_ledger import FILE, StyleLedger


def test_what_is_kept_is_found_again_on_the_very_terms_only(tmp_path: Path) -> None:
    ledger = StyleLedger(tmp_path)
    ledger.put({"seed": 1}, {"psnr_db": 20.5})
    assert ledger.made == 1
    again = StyleLedger(tmp_path)
    assert again.get({"seed": 1}) == {"psnr_db": 20.5}
    assert again.get({"seed": 2}) is None
    assert again.made == 0


def test_a_line_cut_short_is_cut_off(tmp_path: Path) -> None:
    ledger = StyleLedger(tmp_path)
    ledger.put({"seed": 1}, {"a": 1.0})
    ledger.put({"seed": 2}, {"a": 2.0})
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-5])
    again = StyleLedger(tmp_path)
    assert again.get({"seed": 1}) == {"a": 1.0}
    assert again.get({"seed": 2}) is None
    again.put({"seed": 2}, {"a": 3.0})
    assert StyleLedger(tmp_path).get({"seed": 2}) == {"a": 3.0}
