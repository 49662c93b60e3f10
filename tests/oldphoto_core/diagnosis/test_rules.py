"""The table rises: more damage never lowers a probability or a severity."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oldphoto_core.damage import DAMAGE_KINDS, DamageKind, Finding
from oldphoto_core.diagnosis.rules import RULES, find


def test_every_kind_has_a_rule() -> None:
    assert set(RULES) == set(DAMAGE_KINDS)


@pytest.mark.parametrize("kind", DAMAGE_KINDS)
def test_the_anchors_give_their_severities(kind: DamageKind) -> None:
    rule = RULES[kind]
    certain = {name: curve.middle + 30 * curve.width for name, curve in rule.curves.items()}
    for anchor, severity in zip(rule.anchors, (0.0, 0.5, 1.0), strict=True):
        if rule.measure not in rule.curves:
            assert find(kind, {**certain, rule.measure: anchor}).severity == pytest.approx(severity)
    assert find(kind, {**certain, rule.measure: rule.anchors[2]}).severity == pytest.approx(1.0)


@given(st.sampled_from(DAMAGE_KINDS), st.floats(-3, 3), st.floats(0, 3))
def test_worse_measurements_never_give_a_better_finding(kind: DamageKind, start: float, step: float) -> None:
    rule = RULES[kind]
    middle = {name: curve.middle + start * curve.width for name, curve in rule.curves.items()}
    worse = {name: middle[name] + step * curve.width for name, curve in rule.curves.items()}
    middle.setdefault(rule.measure, rule.anchors[1])
    worse.setdefault(rule.measure, rule.anchors[1])
    better, harder = find(kind, middle), find(kind, worse)
    assert all(getattr(harder, field.name) >= getattr(better, field.name) for field in fields(Finding))


def test_far_out_measurements_stay_within_the_unit_interval() -> None:
    for kind, rule in RULES.items():
        for value in (-1e9, 0.0, 1e9):
            names = {*rule.curves, rule.measure}
            found = find(kind, dict.fromkeys(names, value))
            assert np.isfinite([found.probability, found.severity]).all()
