"""The weights there are: where they come from, what they are for, and what they are known to do badly."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from tasks.models.errors import UnknownModelError
from tasks.models.model import Home, Model, PublishedModel
from tasks.models.own import OWN

MIB = 2**20
GIB = 2**30

_BOPBTL = "https://github.com/microsoft/Bringing-Old-Photos-Back-to-Life"
_ZOO = "https://github.com/opencv/opencv_zoo/tree/main/models/face_detection_yunet"
_ZOO_FILES = "https://media.githubusercontent.com/media/opencv/opencv_zoo/47534e27c9851bb1128ccc0102f1145e27f23f98"
"""The files themselves, of one commit; the raw address gives only a Git LFS pointer."""


def _release(file: str) -> Home:
    return Home(
        address=f"{_BOPBTL}/releases/download/v1.0/{file}",
        file=file,
        max_bytes=4 * GIB,
        trouble=(
            "The authors' release is reported gone (404) since January 2026, see issue 307 of their repository; "
            "copies of it exist elsewhere."
        ),
    )


_GLOBAL = _release("global_checkpoints.zip")
_FACE = _release("face_checkpoints.zip")

_NETWORKS = {"vae-a": "vae", "vae-b-quality": "vae", "vae-b-scratch": "vae", "face-256": "face", "face-512": "face"}
"""Architectures that serve several files."""

_WHOLE_PICTURE = "It normalizes by statistics of the whole picture: restored in tiles, the picture comes out different."
_HARM = "On pictures without damage it does harm: colours shift, detail is lost, checkerboards (Ivanova et al. 2022)."
_CRACKS = "Large cracks, tears and missing parts were not considered by its authors and are filled badly or left."
_INVENTED = "A generator: it can draw features that the person never had. Compare with the master."


def _bopbtl(name: str, member: str, parameters: int, purpose: str, limits: tuple[str, ...]) -> PublishedModel:
    return PublishedModel(
        name=f"bopbtl-{name}",
        family="official",
        system="Bringing Old Photos Back to Life",
        network=f"bopbtl-{_NETWORKS.get(name, name)}",
        file=f"bopbtl-{name}{member[member.rindex('.') :]}",
        home=_FACE if name.startswith("face-") else _GLOBAL,
        member=member,
        max_bytes=GIB,
        sha256=None,
        sha256_from="",
        parameters=parameters,
        purpose=purpose,
        paper="Wan et al., Bringing Old Photos Back to Life, CVPR 2020, arXiv 2004.09484",
        licence="MIT",
        source=_BOPBTL,
        limits=limits,
    )


_DETECTION = replace(
    _bopbtl(
        name="detection",
        member="detection/FT_Epoch_latest.pt",
        parameters=37_626_177,
        purpose="Draws the mask of scratches and creases.",
        limits=(
            "Works at a short side of 256 pixels: thin scratches of large scans vanish before it sees them.",
            "Trained on scratches alone; the original cuts its answer at 0.4 and lets nobody mend the mask.",
            "The file also holds the training state: 452 MB for 150 MB of weights.",
        ),
    ),
    sha256="b2d7ab04e9b3885c6b1991bb7a0b823129dd6e3ac078a9fd059ebd2a7ba59a95",
    sha256_from="three unrelated public projects that fetched the authors' release; the authors publish none",
)

_YUNET = PublishedModel(
    name="yunet",
    family="official",
    system="OpenCV Zoo",
    network=None,
    file="yunet.onnx",
    home=Home(
        address=f"{_ZOO_FILES}/models/face_detection_yunet/face_detection_yunet_2023mar.onnx",
        file="face_detection_yunet_2023mar.onnx",
        max_bytes=MIB,
        trouble="The zoo's download allowance was used up in 2025 (its issue 294); copies of the file are common.",
    ),
    member=None,
    max_bytes=MIB,
    sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    sha256_from="the Git LFS pointer in the zoo's repository",
    parameters=75_856,
    purpose="Finds faces and five landmarks of each; run by OpenCV.",
    paper="Wu, Peng, Yu, YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence Research 20, 2023",
    licence="MIT",
    source=_ZOO,
    limits=(
        "Made for faces of about 10 to 300 pixels: larger faces need a smaller copy of the picture.",
        "Trained on photographs of today (WIDER FACE): how many faces of faded prints it misses has not been measured.",
    ),
)

_MROPM_FILES = "https://huggingface.co/agusgun/old-photo-modernization"

_MROPM = PublishedModel(
    name="mropm",
    family="official",
    system="Modernizing Old Photos Using Multiple References",
    network="mropm-stylization + mropm-merging",
    file="mropm.pt",
    home=Home(
        address=f"{_MROPM_FILES}/resolve/main/multi_reference_modernization_paper/checkpoint_latest.pt",
        file="checkpoint_latest.pt",
        max_bytes=2 * GIB,
    ),
    member=None,
    max_bytes=2 * GIB,
    sha256=None,
    sha256_from="",
    parameters=82_636_404,
    purpose="Gives a photograph the look of several references, a choice for every place; both networks in one file.",
    paper="Gunawan et al., Modernizing Old Photos Using Multiple References, CVPR 2023, arXiv 2304.04461",
    licence="NOASSERTION",
    source="https://github.com/KAIST-VICLab/old-photo-modernization",
    limits=(
        "The authors' code is Apache-2.0; for the weights they state no licence: ask before using them in public.",
        "It has no way to refuse a reference: one that does not fit colours the photograph wrongly.",
        "Trained on colour photographs of today with changed colours: never on grey, sepia, faded or scratched prints.",
        "Its last network redraws the picture: faces and writing are kept from the photograph, not taken from it.",
    ),
)

_VAE_MEMBER = "latest_net_G.pth"
_MAPPING_MEMBER = "latest_net_mapping_net.pth"

PUBLISHED: tuple[PublishedModel, ...] = (
    _DETECTION,
    _bopbtl(
        "vae-a",
        f"VAE_A_quality/{_VAE_MEMBER}",
        872_131,
        "Its encoder brings an old photograph into the latent space.",
        (_WHOLE_PICTURE,),
    ),
    _bopbtl(
        "vae-b-quality",
        f"VAE_B_quality/{_VAE_MEMBER}",
        872_131,
        "Its decoder makes a clean picture of the latent; for photographs without scratches.",
        (_WHOLE_PICTURE, _HARM),
    ),
    _bopbtl(
        "vae-b-scratch",
        f"VAE_B_scratch/{_VAE_MEMBER}",
        872_131,
        "Its decoder makes a clean picture of the latent; for photographs with scratches.",
        (_WHOLE_PICTURE, _HARM),
    ),
    _bopbtl(
        "mapping-quality",
        f"mapping_quality/{_MAPPING_MEMBER}",
        36_135_232,
        "Maps the latent of an old photograph to that of a clean one; no scratches.",
        (_WHOLE_PICTURE, _HARM),
    ),
    _bopbtl(
        "mapping-scratch",
        f"mapping_scratch/{_MAPPING_MEMBER}",
        51_344_704,
        "Maps the latent and fills scratches from the rest of the picture (partial non-local attention).",
        (
            "The original's memory grows with the square of the picture, 16*(pixels/16)^2 bytes: 6.6 GB at 0.31 MP.",
            _CRACKS,
            _HARM,
        ),
    ),
    _bopbtl(
        "mapping-patch",
        f"mapping_Patch_Attention/{_MAPPING_MEMBER}",
        73_904_448,
        "Maps the latent and fills scratches from similar patches; for larger pictures.",
        ("A picture whose every patch is damaged has no patch to copy from.", _CRACKS, _HARM),
    ),
    _bopbtl(
        "face-256",
        f"Setting_9_epoch_100/{_VAE_MEMBER}",
        92_059_587,
        "Redraws aligned faces of 256 pixels.",
        (_INVENTED, "Faces that are larger in the scan come back softer than they were."),
    ),
    _bopbtl(
        "face-512",
        f"FaceSR_512/{_VAE_MEMBER}",
        92_059_587,
        "Redraws aligned faces of 512 pixels.",
        (_INVENTED, "Faces that are larger in the scan come back softer than they were."),
    ),
    _YUNET,
    _MROPM,
)
"""Weights that are fetched."""

MODELS: Mapping[str, Model] = MappingProxyType({model.name: model for model in (*PUBLISHED, *OWN)})
"""Every model by its name, in the order they are shown."""


def model_named(name: str) -> Model:
    """Return the model of this name.

    Raises:
        UnknownModelError: There is none.
    """
    if name not in MODELS:
        raise UnknownModelError(f"there is no model {name!r}; there are {', '.join(MODELS)}")
    return MODELS[name]
