"""From measurements to a report: one frozen table of rising curves.

Probability is logistic in the measurement; severity is a straight line between the anchors 0 (none), 0.5 (plainly
visible) and 1 (the picture is lost to it). The middles stand where 2 or 3 of 100 clean modern photographs lie above
them, since a false alarm costs a picture its originality; the anchors of severity stand at what graded damage measures
(for noise: sigma 5, 20 and 60 in 8-bit steps; for blur: sigma 1, 2 and 6 pixels at the viewing size).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from oldphoto_core.damage import DamageKind, Finding


@dataclass(frozen=True, slots=True)
class Curve:
    """A rising map from one measurement."""

    middle: float
    """Measurement at which the probability is one half."""

    width: float
    """Change of the measurement that takes the probability from 0.5 to 0.73; negative for a falling curve."""

    def probability(self, value: float) -> float:
        """Return the probability in (0, 1).

        Examples:
            >>> Curve(middle=2.0, width=1.0).probability(2.0)
            0.5
        """
        return 1.0 / (1.0 + math.exp(-float(np.clip((value - self.middle) / self.width, -60.0, 60.0))))


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of damage follows from the measurements."""

    curves: Mapping[str, Curve]
    """By name of the measurement; the least of the probabilities counts, so every condition must hold."""

    measure: str
    """The measurement that severity is read from."""

    anchors: tuple[float, float, float]
    """Its value at severity 0, 0.5 and 1; rising or falling."""


RULES: Mapping[DamageKind, Rule] = {
    "blur": Rule({"edge_sigma_px": Curve(1.0, 0.12)}, "edge_sigma_px", (0.5, 1.6, 5.5)),
    "noise": Rule({"visible_noise_sigma": Curve(0.019, 0.0015)}, "visible_noise_sigma", (0.010, 0.045, 0.15)),
    # A night scene is dark at both ends, a high-key picture light at both: fading lifts black and shortens the scale.
    "fading": Rule(
        {"black_lstar": Curve(16.0, 2.0), "range_lstar": Curve(66.0, -4.0)}, "range_lstar", (85.0, 45.0, 5.0)
    ),
    "colour-cast": Rule({"cast_lab": Curve(26.0, 2.0)}, "cast_lab", (12.0, 30.0, 70.0)),
    "low-contrast": Rule(
        {"spread_lstar": Curve(38.0, -2.5), "black_lstar": Curve(9.0, 1.5)}, "spread_lstar", (50.0, 28.0, 4.0)
    ),
    "jpeg-blocks": Rule({"blockiness": Curve(0.19, 0.02)}, "blockiness", (0.08, 0.40, 2.0)),
    "low-resolution": Rule({"detail_long_side_px": Curve(400.0, -20.0)}, "detail_long_side_px", (700.0, 280.0, 50.0)),
    "scratch": Rule({"scratch_evidence": Curve(1.0, 0.12)}, "scratch_share", (0.0, 0.006, 0.15)),
    "crease": Rule({"crease_evidence": Curve(1.0, 0.12)}, "crease_share", (0.0, 0.010, 0.20)),
    "stain": Rule({"stain_share": Curve(0.0015, 0.0003)}, "stain_weight", (0.0, 0.05, 0.50)),
    "tear": Rule({"tear_share": Curve(0.002, 0.0005)}, "tear_share", (0.0, 0.02, 0.40)),
    "dust": Rule({"speck_evidence": Curve(1.0, 0.15)}, "dust_share", (0.0, 0.003, 0.08)),
}
"""One rule for each kind; the names are those of the measures in the report."""


def find(kind: DamageKind, measures: Mapping[str, float]) -> Finding:
    """Return the finding for one kind; severity is 0 where the probability is below 0.01.

    Examples:
        >>> find("jpeg-blocks", {"blockiness": 0.0})
        Finding(probability=..., severity=0.0)
    """
    rule = RULES[kind]
    probability = min(curve.probability(measures[name]) for name, curve in rule.curves.items())
    value, (none, plain, lost) = measures[rule.measure], rule.anchors
    if lost < none:
        value, none, plain, lost = -value, -none, -plain, -lost
    severity = float(np.interp(value, (none, plain, lost), (0.0, 0.5, 1.0)))
    return Finding(probability=probability, severity=severity if probability >= 0.01 else 0.0)
