"""The weights that this project trained: what each network is for, and where it fails."""

from tasks.models.model import OwnModel

_SYNTHETIC = "Learned from sound photographs aged by computation: damage that is not drawn there it has never seen."
_UNET = "A residual U-Net (Ronneberger et al. 2015) at half size, trained on pairs made by ageing."


def _own(name: str, network: str, purpose: str, paper: str, *limits: str) -> OwnModel:
    return OwnModel(
        name=f"own-{name}",
        family="own",
        system="oldphoto",
        network=network,
        file=f"own-{name}.safetensors",
        purpose=purpose,
        paper=paper,
        licence="Apache-2.0",
        source="this project",
        limits=(*limits, _SYNTHETIC),
    )


OWN: tuple[OwnModel, ...] = (
    _own(
        "colour",
        "ColourRestorer",
        "Brings back faded, flat and discoloured photographs: predicts one smooth change of colour from a thumbnail.",
        "Statistics of a thumbnail to a tone curve, a matrix and a smooth field of densities.",
        "It sees 64 pixels: what differs from place to place by more than a slow slope stays.",
        "What faded to nothing has no colour left to bring back; intended tints and sunsets can be taken for casts.",
        "Prints of one tone change in brightness alone: whether a tint was meant is for a person to say.",
    ),
    _own(
        "texture",
        "TextureRestorer",
        "Takes noise and JPEG blocks out of photographs and sharpens blurred and enlarged ones a little.",
        _UNET,
        "Strong blur and low resolution come back hardly sharper: it invents no detail.",
        "Fine regular texture (cloth, foliage, print screens) under strong noise is smoothed with the noise.",
    ),
    _own(
        "scratch",
        "ScratchMask",
        "Draws where scratches, creases, stains, tears and dust lie.",
        _UNET,
        "Hairs, wires, branches and text look like scratches; a few of them end up in the mask.",
        "Damage that is faint, or much wider than its view of about a hundred pixels each way, is missed in part.",
    ),
    _own(
        "damage",
        "DamageHead",
        "Says which of twelve kinds of damage a photograph has, how surely and how badly.",
        "Measurements and features of the other networks to a few small calibrated perceptrons (Platt 1999).",
        "Probabilities are calibrated on aged photographs; on real old ones they can be too sure.",
        "Mild damage of several kinds at once is told apart badly.",
    ),
)
"""Weights that are shipped."""
