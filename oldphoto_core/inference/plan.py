"""From a damage report to a treatment plan: which steps, in which order, for which damage, how strongly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from oldphoto_core.damage import STRUCTURED_KINDS, DamageKind, DamageReport
from oldphoto_core.inference.latent_settings import LatentSettings

EngineName = Literal["classical", "official", "own"]
"""Who can do it: hand-written methods, the published networks with their authors' weights, or our own small ones."""

DEFAULT_ENGINE: EngineName = "own"
"""Who does it unless a person says otherwise."""

StepName = Literal["inpaint", "deblock", "denoise", "tone", "cast", "sharpen", "translate", "face", "texture", "colour"]
"""What can be done to a photograph. New names come last: a step's place here is part of its seed."""

STEP_NAMES: tuple[StepName, ...] = get_args(StepName)

TREATS: Mapping[StepName, tuple[DamageKind, ...]] = {
    "inpaint": ("scratch", "crease", "stain", "tear", "dust"),
    "deblock": ("jpeg-blocks",),
    "denoise": ("noise",),
    "tone": ("fading", "low-contrast"),
    "cast": ("colour-cast",),
    "sharpen": ("blur",),
    "translate": ("scratch", "crease", "stain", "tear", "dust", "jpeg-blocks", "noise", "blur"),
    "face": ("scratch", "crease", "stain", "tear", "dust", "jpeg-blocks", "noise", "blur"),
    "texture": ("noise", "blur", "jpeg-blocks", "low-resolution"),
    "colour": ("fading", "low-contrast", "colour-cast"),
}
"""The damage each step is for. The output has the master's pixel size: about low resolution there is little to do, and
only the step ``texture`` tries."""

STEPS_OF: Mapping[EngineName, tuple[StepName, ...]] = {
    "classical": ("inpaint", "deblock", "denoise", "tone", "cast", "sharpen"),
    "official": ("translate", "face", "tone", "cast"),
    "own": ("inpaint", "texture", "colour"),
}
"""The steps of each engine, in order. Faded tones and casts, which the published networks never saw, stay classical
there; the own engine fills holes by the classical method."""


THRESHOLDS: Mapping[EngineName, float] = {"classical": 0.5, "official": 0.5, "own": 0.6}
"""From which probability of damage on an engine is put to work unless a person says otherwise. For the own one 0.6 was
chosen on photographs held out of its training: fewer sound ones are touched than at 0.5, for a tenth of a dB less on
damaged ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreSettings:
    """What a person may choose about restoration; all values are plain, so that they can be hashed and catalogued.

    Examples:
        >>> RestoreSettings(engine="own", grain_kept=0.3).grain_kept
        0.3
    """

    engine: EngineName = DEFAULT_ENGINE
    """Who does the work."""

    threshold: float | None = None
    """Damage is treated from this probability on, in (0, 1]; None takes what suits the engine (``THRESHOLDS``)."""

    strength: float = 1.0
    """How far every step goes, in (0, 1]."""

    grain_kept: float = 0.1
    """Share of the brightness noise that stays, in [0, 1]; colour noise goes."""

    largest_mask_share: float = 0.25
    """With more of the picture under the mask than this, nothing is filled: there is too little to fill from."""

    steps: tuple[StepName, ...] = STEP_NAMES
    """Steps that are allowed; their order here means nothing."""

    latent: LatentSettings = field(default_factory=LatentSettings)
    """Choices for restoration by networks."""

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        for name in ("threshold", "strength", "largest_mask_share"):
            value = getattr(self, name)
            if value is not None and not 0.0 < value <= 1.0:
                raise ValueError(f"{name} must lie in (0, 1], found {value}")
        if not 0.0 <= self.grain_kept <= 1.0:
            raise ValueError(f"grain_kept must lie in [0, 1], found {self.grain_kept}")
        unknown = [step for step in self.steps if step not in STEP_NAMES]
        if unknown:
            raise ValueError(f"steps must be among {STEP_NAMES}, found {unknown}")

    @property
    def treats_from(self) -> float:
        """Probability from which on damage is treated, in (0, 1]."""
        return THRESHOLDS[self.engine] if self.threshold is None else self.threshold


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One thing to do."""

    name: StepName
    """What is done."""

    because: DamageKind
    """The damage that calls for it most."""

    strength: float
    """How far to go, in [0, 1]: less where the damage is in doubt; each step measures how much there is to do."""

    fills: bool = False
    """Whether there is structured damage to fill; looked at by steps that can do with it or without."""

    reasons: tuple[DamageKind, ...] = ()
    """All damage that calls for it; looked at by steps that do not treat all of their kinds alike."""

    severities: tuple[float, ...] = ()
    """How bad each of the reasons is, in [0, 1], in their order; told to networks that have learned to be told."""

    def __post_init__(self) -> None:
        """Refuse a strength outside [0, 1]."""
        if not 0.0 <= self.strength <= 1.0:
            raise ValueError(f"strength must lie in [0, 1], found {self.strength}")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do to one photograph, first step first; empty if nothing is wrong."""

    steps: tuple[PlannedStep, ...]
    """Each step at most once."""

    def names(self) -> list[str]:
        """Return the names of the steps, first one first."""
        return [step.name for step in self.steps]


def plan_treatment(report: DamageReport, settings: RestoreSettings = RestoreSettings()) -> Plan:
    """Return what to do about the damage that is present.

    Args:
        report: What is wrong.
        settings: What a person chose.

    Examples:
        >>> from oldphoto_core.damage import DAMAGE_KINDS, Finding
        >>> findings = {kind: Finding(0.0, 0.0) for kind in DAMAGE_KINDS} | {"noise": Finding(0.9, 0.4)}
        >>> report = DamageReport(findings=findings, mask_share=0.0, measures={})
        >>> plan_treatment(report, RestoreSettings(engine="own")).names()
        ['texture']
    """
    if settings.engine == "official" and settings.latent.official_compat:
        return _as_the_authors_plan(report, settings)
    present = report.present(settings.treats_from)
    planned = []
    for name in STEPS_OF[settings.engine]:
        reasons = [kind for kind in TREATS[name] if kind in present]
        if not reasons or name not in settings.steps or (name == "face" and not settings.latent.faces):
            continue
        because = _surest(report, reasons)
        strength = settings.strength * _trust(report.findings[because].probability)
        fills = not STRUCTURED_KINDS.isdisjoint(reasons)
        planned.append(
            PlannedStep(
                name=name,
                because=because,
                strength=strength,
                fills=fills,
                reasons=tuple(reasons),
                severities=tuple(report.findings[kind].severity for kind in reasons),
            )
        )
    return Plan(tuple(planned))


def _as_the_authors_plan(report: DamageReport, settings: RestoreSettings) -> Plan:
    """Return what the authors' scripts do to every photograph: translate all the way, then mend faces if asked to.

    Whether it has scratches, which their user says, the damage report says here.
    """
    fills = not STRUCTURED_KINDS.isdisjoint(report.present(settings.treats_from))
    because = _surest(report, TREATS["translate"])
    names: tuple[StepName, ...] = ("translate", "face") if settings.latent.faces else ("translate",)
    return Plan(tuple(PlannedStep(name=name, because=because, strength=1.0, fills=fills) for name in names))


def _surest(report: DamageReport, kinds: Sequence[DamageKind]) -> DamageKind:
    return max(kinds, key=lambda kind: (report.findings[kind].probability, report.findings[kind].severity))


def _trust(probability: float) -> float:
    """Return how far to go for damage of this probability: half way at 0.5, all the way from 0.75.

    Examples:
        >>> _trust(0.5), _trust(0.9)
        (0.5, 1.0)
    """
    return min(1.0, max(0.1, 2.0 * (probability - 0.25)))
