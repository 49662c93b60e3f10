"""The stages: their schedule is the paper's, and what cannot be trained is refused."""

import pytest
from latent_training import STAGES, small_stage

from oldphoto_core.networks.bopbtl.critics import CriticConfig
from oldphoto_core.training.latent_recipes import LATENT_RECIPES, rate_at
from oldphoto_core.training.recipes import RECIPES, Framing


def test_the_rate_is_constant_and_then_falls_straight_to_zero() -> None:
    recipe = small_stage("own-latent-clean", steps=100, warm_up=4, constant_share=0.5, learning_rate=1.0)
    rates = [rate_at(step, recipe) for step in range(102)]
    assert rates[:4] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert set(rates[4:51]) == {1.0}
    assert rates[60] == pytest.approx(0.8)
    assert rates[99] == pytest.approx(0.02)
    assert rates[100:] == [0.0, 0.0]


def test_the_published_weights() -> None:
    old, clean, mapping = (LATENT_RECIPES[name] for name in STAGES)
    adversarial = {"gan": 1.0, "features": 10.0, "perceptual": 10.0}
    assert dict(clean.losses) == adversarial | {"prior": 1.0, "l1": 10.0}
    assert dict(old.losses) == dict(clean.losses) | {"latent_gan": 1.0}
    assert dict(mapping.losses) == adversarial | {"latent_l1": 60.0}
    assert mapping.image_critic.spectral
    assert {(one.learning_rate, one.betas) for one in (old, clean, mapping)} == {(2e-4, (0.5, 0.999))}
    assert (old.needs, mapping.needs) == (("perceptual",), ("old", "clean", "perceptual"))
    assert not set(LATENT_RECIPES) & set(RECIPES)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("own-latent-clean", {"losses": {"latent_l1": 1.0}}, "must be among l1, gan"),
        ("own-latent-clean", {"losses": {}}, "must be among"),
        ("own-latent-clean", {"mapping": LATENT_RECIPES["own-latent-mapping"].mapping}, "a mapping is what"),
        ("own-latent-mapping", {"image_critic": CriticConfig()}, "cannot judge 3 channels"),
        ("own-latent-old", {"latent_critic": None}, "belong together"),
        ("own-latent-old", {"latent_critic": CriticConfig(channels=5)}, "latent's 4 channels"),
        ("own-latent-mapping", {"mapping": LATENT_RECIPES["own-latent-mapping"].mapping}, "autoencoders' 4 channels"),
        ("own-latent-old", {"batch": 3}, "even number, found 3"),
        ("own-latent-clean", {"framing": Framing(crop_px=34)}, "multiples of 4"),
        ("own-latent-mapping", {"hole_kinds": ("fading",)}, "hole_kinds"),
        ("own-latent-clean", {"grey_share": 1.5}, "grey_share"),
        ("own-latent-clean", {"clip": 0.0}, "above 0"),
        ("own-latent-clean", {"average": 1.0}, "average"),
    ],
)
def test_stages_that_cannot_be_trained_are_refused(name: str, changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small_stage(name, **changes)
