"""The weights that this project trained: what each network is for, and where it fails."""

from tasks.models.model import OwnModel

_SYNTHETIC = "Learned from sound photographs aged by computation: damage that is not drawn there it has never seen."
_UNET = "A residual U-Net (Ronneberger et al. 2015) at half size, trained on pairs made by ageing."


def _own(name: str, network: str, purpose: str, paper: str, *limits: str) -> OwnModel:
    return OwnModel(
        name=name,
        family="own",
        system="oldphoto",
        network=network,
        file=f"{name}.safetensors",
        purpose=purpose,
        paper=paper,
        licence="Apache-2.0",
        source="this project",
        limits=(*limits, _SYNTHETIC),
    )


OWN: tuple[OwnModel, ...] = (
    _own(
        "own-colour",
        "ColourRestorer",
        "Brings back faded, flat and discoloured photographs: predicts one smooth change of colour from a thumbnail.",
        "Statistics of a thumbnail to a tone curve, a matrix and a smooth field of densities.",
        "It sees 64 pixels: what differs from place to place by more than a slow slope stays.",
        "What faded to nothing has no colour left to bring back; intended tints and sunsets can be taken for casts.",
        "Prints of one tone change in brightness alone: whether a tint was meant is for a person to say.",
    ),
    _own(
        "own-texture",
        "TextureRestorer",
        "Takes noise and JPEG blocks out of photographs and sharpens blurred and enlarged ones a little.",
        _UNET,
        "Strong blur and low resolution come back hardly sharper: it invents no detail.",
        "Fine regular texture (cloth, foliage, print screens) under strong noise is smoothed with the noise.",
    ),
    _own(
        "own-scratch",
        "ScratchMask",
        "Draws where scratches, creases, stains, tears and dust lie.",
        _UNET,
        "Hairs, wires, branches and text look like scratches; a few of them end up in the mask.",
        "Damage that is faint, or much wider than its view of about a hundred pixels each way, is missed in part.",
    ),
    _own(
        "own-damage",
        "DamageHead",
        "Says which of twelve kinds of damage a photograph has, how surely and how badly.",
        "Measurements and features of the other networks to a few small calibrated perceptrons (Platt 1999).",
        "Probabilities are calibrated on aged photographs; on real old ones they can be too sure.",
        "Mild damage of several kinds at once is told apart badly.",
    ),
    _own(
        "mropm-compact",
        "StyleMerger",
        "Gives colour photographs the look of one to eight references, each place that of the reference that fits it.",
        "After MROPM-Net (Gunawan et al. 2023): its cross-attention and merging; a smooth field of colour maps for "
        "its decoder, and a share that keeps its own style.",
        "It changes colours and tones only: noise, blur and damage stay.",
        "It knows no semantics: places are matched by lightness, texture and position, so lawn can be taken for water.",
        "Colours change smoothly over about a sixteenth of the picture: at hard borders they spill a little.",
        "It learned from other parts of the same scene: references of another scene are taken up with caution.",
    ),
    _own(
        "rtn-compact",
        "FilmRestorer",
        "Restores black-and-white film: takes out dirt, noise and trembling detail, by what neighbouring frames show.",
        "After RTN (Wan et al. 2022): both sweeps, guided masks and window attention, narrow, with frames kept in its "
        "memory and motion by OpenCV.",
        "It does not even out light that trembles: that is a step before it.",
        "Lines and hairs that stay at one place are weakened at best: the neighbouring frames show them too.",
        "Blur and lost detail hardly come back; where motion is not understood, detail is softened.",
        "It learned from still photographs moved whole: people that walk past come out soft, with ghosts of edges.",
    ),
)
"""Weights that are shipped."""
