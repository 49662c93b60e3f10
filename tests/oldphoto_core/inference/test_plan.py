"""The plan follows from the report: what is present is treated, once, in a fixed order."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from oldphoto_core.damage import DAMAGE_KINDS, DamageKind, DamageReport, Finding
from oldphoto_core.inference.latent_settings import LatentSettings
from oldphoto_core.inference.plan import (
    STEP_NAMES,
    STEPS_OF,
    TREATS,
    EngineName,
    PlannedStep,
    RestoreSettings,
    plan_treatment,
)


def report(**present: float) -> DamageReport:
    """A report with the named kinds (underscores for dashes) at these probabilities."""
    findings: dict[DamageKind, Finding] = {
        kind: Finding(present.get(kind.replace("-", "_"), 0.0), 0.3) for kind in DAMAGE_KINDS
    }
    return DamageReport(findings=findings, mask_share=0.0, measures={})


def test_no_damage_no_plan() -> None:
    assert plan_treatment(report()).steps == ()


def test_every_kind_but_low_resolution_has_one_classical_step() -> None:
    treated = [kind for step in STEPS_OF["classical"] for kind in TREATS[step]]
    assert sorted([*treated, "low-resolution"]) == sorted(DAMAGE_KINDS)
    assert plan_treatment(report(low_resolution=1.0), RestoreSettings(engine="classical")).steps == ()


def test_every_kind_has_one_step_of_our_own_networks() -> None:
    treated = [kind for step in STEPS_OF["own"] for kind in TREATS[step]]
    assert sorted(treated) == sorted(DAMAGE_KINDS)
    damage = report(low_resolution=1.0, colour_cast=0.9, crease=0.8)
    assert plan_treatment(damage, RestoreSettings(engine="own")).names() == ["inpaint", "texture", "colour"]


def test_two_kinds_share_a_step_and_the_surer_one_names_it() -> None:
    steps = plan_treatment(report(scratch=0.6, dust=0.9)).steps
    assert [(step.name, step.because, step.strength) for step in steps] == [("inpaint", "dust", 1.0)]
    assert steps[0].reasons == ("scratch", "dust")


def test_doubt_lowers_the_strength_and_settings_scale_it() -> None:
    assert plan_treatment(report(noise=0.5), RestoreSettings(threshold=0.5)).steps[0].strength == pytest.approx(0.5)
    weak = RestoreSettings(strength=0.4)
    assert plan_treatment(report(noise=0.9), weak).steps[0].strength == pytest.approx(0.4)


def test_settings_choose_threshold_and_steps() -> None:
    findings = report(noise=0.4, blur=0.9)
    classical = RestoreSettings(engine="classical")
    assert plan_treatment(findings, replace(classical, threshold=0.3)).names() == ["denoise", "sharpen"]
    assert plan_treatment(findings, replace(classical, steps=("denoise",))).names() == []


def test_the_networks_take_the_place_of_most_steps_and_faces_come_only_on_request() -> None:
    damage = report(scratch=0.9, noise=0.8, fading=0.9, blur=0.7)
    settings = RestoreSettings(engine="official")
    assert plan_treatment(damage, settings).names() == ["translate", "tone"]
    with_faces = RestoreSettings(engine="official", latent=LatentSettings(faces=True))
    assert plan_treatment(damage, with_faces).names() == ["translate", "face", "tone"]
    assert plan_treatment(report(fading=0.9), with_faces).names() == ["tone"]


def test_what_the_authors_do_is_done_to_every_photograph_and_nothing_else() -> None:
    compat = LatentSettings(official_compat=True)
    settings = RestoreSettings(engine="official", latent=compat)
    (step,) = plan_treatment(report(), settings).steps
    assert (step.name, step.strength, step.fills) == ("translate", 1.0, False)
    faded = plan_treatment(report(fading=0.9, dust=0.8), settings)
    assert faded.names() == ["translate"]
    assert faded.steps[0].fills


def test_a_translation_is_told_whether_there_is_anything_to_fill() -> None:
    settings = RestoreSettings(engine="official")
    (filling,) = plan_treatment(report(noise=0.9, dust=0.6), settings).steps
    (plain,) = plan_treatment(report(noise=0.9), settings).steps
    assert filling.fills
    assert not plain.fills


@given(st.dictionaries(st.sampled_from(DAMAGE_KINDS), st.floats(0.0, 1.0)), st.sampled_from(sorted(STEPS_OF)))
def test_any_report_gives_ordered_single_steps_for_damage_that_is_present(
    found: dict[DamageKind, float], engine: EngineName
) -> None:
    damage = DamageReport(
        findings={kind: Finding(found.get(kind, 0.0), 0.5) for kind in DAMAGE_KINDS}, mask_share=0.0, measures={}
    )
    settings = RestoreSettings(engine=engine)
    plan, present = plan_treatment(damage, settings), damage.present(settings.treats_from)
    assert set(plan.names()) <= set(STEP_NAMES)
    places = [STEPS_OF[engine].index(name) for name in plan.names()]
    assert places == sorted(set(places))
    for step in plan.steps:
        assert step.because in present
        assert step.because in step.reasons
        assert set(step.reasons) == set(TREATS[step.name]) & set(present)
        assert 0.0 < step.strength <= 1.0


@pytest.mark.parametrize("wrong", [{"threshold": 0.0}, {"strength": 1.1}, {"grain_kept": -0.1}])
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="found"):
        RestoreSettings(**wrong)


def test_an_unknown_step_is_refused() -> None:
    # Where types are checked at run time, the type refuses it before the class does.
    with pytest.raises((ValueError, TypeCheckError), match="polish"):
        RestoreSettings(steps=("polish",))  # type: ignore[arg-type]  # on purpose


def test_a_strength_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="strength"):
        PlannedStep(name="tone", because="fading", strength=1.5)


def test_an_engine_has_its_own_threshold_unless_a_person_says_otherwise() -> None:
    assert RestoreSettings(engine="own").treats_from > RestoreSettings(engine="classical").treats_from == 0.5
    assert RestoreSettings(engine="own", threshold=0.3).treats_from == 0.3
