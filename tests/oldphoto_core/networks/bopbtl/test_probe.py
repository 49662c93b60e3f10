import torch

from oldphoto_core.networks.bopbtl.autoencoder import Autoencoder, AutoencoderConfig
from oldphoto_core.networks.bopbtl.mapping import MappingConfig, PatchMapping
from oldphoto_core.networks.bopbtl.probe import measured_precision, probe_picture
from oldphoto_core.networks.bopbtl.translate import Translator
from oldphoto_core.networks.streaming.precision import BFLOAT16, FLOAT32, HALVES_KEPT


def made() -> Translator:
    torch.manual_seed(0)
    config = AutoencoderConfig(width=8, blocks=1)
    return Translator(
        Autoencoder(config).eval(), PatchMapping(MappingConfig(latent=8, width=16)).eval(), Autoencoder(config).eval()
    )


def test_weights_of_chance_lose_too_much_in_bfloat16_and_little_with_halves_kept() -> None:
    choice = measured_precision(made(), candidates=(BFLOAT16, HALVES_KEPT))
    assert choice.precision == HALVES_KEPT
    assert 0.0 < choice.errors[HALVES_KEPT] < 2.0 / 255.0 < choice.errors[BFLOAT16]


def test_a_network_that_ignores_its_input_may_be_computed_in_anything() -> None:
    translator = made()
    for weight in translator.clean.decoder[-2].parameters():
        weight.data.zero_()
    assert measured_precision(translator).precision == BFLOAT16
    assert all(weight.dtype == torch.float32 for weight in translator.mapping.parameters())


def test_the_picture_is_in_range_and_its_holes_are_white() -> None:
    picture, mask = probe_picture()
    assert picture.shape == (1, 3, 128, 128)
    assert float(picture.abs().max()) <= 1.0
    assert bool((picture[mask.expand_as(picture) > 0] == 1.0).all())
    assert FLOAT32.computed == torch.float32
