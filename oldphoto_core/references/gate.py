"""Which pictures may be a reference: of known licence, large, sharp, well exposed, in colour, and each print once."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, cast

from oldphoto_core.classical.references import reference_verdict
from oldphoto_core.dedupe.groups import group_copies
from oldphoto_core.dedupe.records import DedupeSettings, Match, Member
from oldphoto_core.image import Photo

Refusal = Literal["no-licence", "too-small", "monochrome", "badly-exposed", "blurred", "near-duplicate", "same-picture"]
"""Why a picture is no reference; a catalog has these as reasons."""

REFUSALS: Final[Mapping[Refusal, str]] = {
    "no-licence": "LICENCES.csv beside the pictures names no licence for it: add a line with file and licence",
    "too-small": "its shorter side is under 256 pixels",
    "monochrome": "it has no colours to give",
    "badly-exposed": "too much of it is black or white, or it has hardly any contrast",
    "blurred": "next to no fine detail",
    "near-duplicate": "another picture of the set shows the same and is the better one",
    "same-picture": "another file of the set holds the same pixels",
}
"""Each reason in words for whoever collects the pictures."""


def licence_verdict(licence: str | None) -> Refusal | None:
    """Return why a picture may not be used, or None if its licence is on record; what the licence allows is not judged.

    Examples:
        >>> licence_verdict("CC0 1.0") is None, licence_verdict("  ")
        (True, 'no-licence')
    """
    return None if licence is not None and licence.strip() else "no-licence"


def quality_verdict(photo: Photo) -> Refusal | None:
    """Return why a picture is not fit to be a reference by its looks, or None if it is; see ``reference_verdict``.

    Raises:
        PhotoShapeError: The array is no photograph.
    """
    return cast("Refusal | None", reference_verdict(photo))


def copies_refused(
    members: Iterable[Member], matches: Iterable[Match], settings: DedupeSettings
) -> dict[str, tuple[Refusal, str]]:
    """Return the members that show what a better one shows, each with the reason and the id of that better one.

    Args:
        members: The pictures that passed everything else.
        matches: Near copies among them, proven by geometry; exact ones follow from their digests.
        settings: How sure matches must be.
    """
    refused: dict[str, tuple[Refusal, str]] = {}
    for group in group_copies(members, matches, settings):
        for copy in group.members:
            reason: Refusal = "near-duplicate" if copy.relation == "near" else "same-picture"
            refused[copy.id] = (reason, group.primary)
    return refused
