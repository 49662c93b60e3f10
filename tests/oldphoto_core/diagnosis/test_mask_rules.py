"""Rules of masks survive being written down, and what is no rule is refused."""

import pytest

from oldphoto_core.diagnosis.mask_rules import MaskRule, MaskRuleError, rules_as_text, rules_of_text


def test_what_was_written_down_is_read_again() -> None:
    rules = {"scratch": MaskRule(0.3, 0.7), "tear": MaskRule(0.95, 0.9), "dust": MaskRule(0.5)}
    assert rules_of_text(rules_as_text(rules)) == rules
    assert rules_of_text("") == {}
    assert rules_of_text("dust 0.9") == {"dust": MaskRule(0.9, 0.0)}  # as it was written before belief counted


@pytest.mark.parametrize(
    "text", ["scratch", "scratch high", "scratch 0.5 0.6", "scratch 0.5 to 0.6", "grime 0.5", "scratch 0.5 from"]
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(MaskRuleError, match=f"found '{text}'"):
        rules_of_text(text)
