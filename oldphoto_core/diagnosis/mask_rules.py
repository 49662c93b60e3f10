"""When drawn damage is masked, to be filled: how far the report must believe in the kind, and the map in the pixel."""

from collections.abc import Mapping
from dataclasses import dataclass

from oldphoto_core.damage import DAMAGE_KINDS, DamageKind
from oldphoto_core.errors import OldPhotoError


class MaskRuleError(OldPhotoError, ValueError):
    """A text says no rules."""


@dataclass(frozen=True, slots=True)
class MaskRule:
    """The rule of one kind."""

    pixel: float
    """Probability from which on a pixel is masked, above 0."""

    report: float = 0.0
    """Probability of the kind in the whole picture below which nothing is masked, in [0, 1]: filling what was never
    damaged costs most where a kind covers broad pieces."""

    def __str__(self) -> str:
        return f"{self.pixel:g} from {self.report:g}"


def rules_as_text(rules: Mapping[DamageKind, MaskRule]) -> str:
    """Return rules as a file of weights holds them.

    Examples:
        >>> rules_as_text({"scratch": MaskRule(0.3, 0.7), "dust": MaskRule(0.5, 0.6)})
        'scratch 0.3 from 0.7, dust 0.5 from 0.6'
    """
    return ", ".join(f"{kind} {rule}" for kind, rule in rules.items())


def rules_of_text(text: str) -> dict[DamageKind, MaskRule]:
    """Return the rules of a text; kinds that are not named are not masked.

    Raises:
        MaskRuleError: It is no such text.

    Examples:
        >>> rules_of_text("scratch 0.3 from 0.7, dust 0.9")
        {'scratch': MaskRule(pixel=0.3, report=0.7), 'dust': MaskRule(pixel=0.9, report=0.0)}
    """
    found: dict[str, MaskRule] = {}
    try:
        for part in (part for part in text.split(",") if part.strip()):
            kind, pixel, *rest = part.split()
            from_, report = rest or ("from", "0")
            found[kind] = MaskRule(float(pixel), float(report))
            if from_ != "from" or kind not in DAMAGE_KINDS:
                raise ValueError(part)  # noqa: TRY301 - the same trouble as the others
    except ValueError as error:
        raise MaskRuleError(f"expected rules like 'scratch 0.3 from 0.7, dust 0.9 from 0.6', found {text!r}") from error
    return {kind: found[kind] for kind in DAMAGE_KINDS if kind in found}
