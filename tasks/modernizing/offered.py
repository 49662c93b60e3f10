"""The references of one command: pictures named on the command line, or a curated set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from oldphoto_core.classical.references import ReferenceStyle, describe_reference, reference_verdict
from oldphoto_core.classical.regions import at_working_size
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.image import Photo
from oldphoto_core.references.choice import Choice, RegionChoice
from oldphoto_core.scan.colour import to_photo
from tasks.references.choosing import choose_by_looks
from tasks.references.files import PICTURE_SIDE_PX
from tasks.settings import NightSettings
from tasks.single import Picture, Refused
from tasks.stages import pages


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedReferences:
    """References that a person named: as few as may serve one photograph are all taken, of more the fitting ones.

    Who names two pictures means these two, so what fits where is left to the engine.
    """

    styles: tuple[ReferenceStyle, ...]
    """The look of each in numbers, by digest."""

    pictures: Mapping[str, Photo]
    """Each reduced, by digest."""

    names: Mapping[str, str]
    """What a person knows each as, by digest."""

    settings: StyleSettings
    """How references are chosen."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Digests of the references, sorted."""
        return tuple(style.reference_id for style in self.styles)

    def choose(self, photo: Photo) -> Choice:
        """Return the references that serve a photograph.

        Raises:
            PhotoShapeError: The array is no photograph.
        """
        if len(self.ids) > self.settings.max_references:
            return choose_by_looks(photo, self.styles, self.settings)
        whole = RegionChoice(
            region=0, share=1.0, reference_id=self.ids[0], reference_region=None, similarity=0.0
        )  # which of them serves it is not known before the engine has spoken
        small = at_working_size(photo, self.settings.working_side_px)
        return Choice(references=self.ids, labels=np.zeros(small.shape[:2], dtype=np.int32), regions=(whole,))

    def picture(self, reference_id: str) -> Photo:
        """Return a reference as a picture, its longer side 512 pixels at most.

        Raises:
            KeyError: It is none of ``ids``.
        """
        return self.pictures[reference_id]


def named_references(pictures: Sequence[Picture], settings: NightSettings) -> tuple[NamedReferences, list[Refused]]:
    """Return the usable references among named pictures, and those refused with the reason."""
    found: dict[str, tuple[ReferenceStyle, Photo, str]] = {}
    unusable: list[Refused] = []
    for page in pages([picture for picture in pictures if not picture.key.endswith(".csv")], settings):
        if isinstance(page, Refused):
            unusable.append(page)
            continue
        photo = to_photo(page.scan)
        reason = reference_verdict(photo)
        if reason is not None:
            unusable.append(Refused(page.label, reason, f"not usable as a reference: {reason}"))
            continue
        style = describe_reference(photo, page.sha256, settings.modernize)
        found[page.sha256] = (style, at_working_size(photo, PICTURE_SIDE_PX), page.label)
    ordered = sorted(found.items())
    return (
        NamedReferences(
            styles=tuple(style for _, (style, _, _) in ordered),
            pictures={name: photo for name, (_, photo, _) in ordered},
            names={name: label for name, (_, _, label) in ordered},
            settings=settings.modernize,
        ),
        unusable,
    )
