"""How a picture came to be, in the words of IPTC's Digital Source Type (http://cv.iptc.org/newscodes/digitalsourcetype)."""

import re
from typing import Literal

SourceType = Literal["algorithmicallyEnhanced", "compositeWithTrainedAlgorithmicMedia", "dataDrivenMedia"]
"""The codes given here: changed by hand-written methods alone; with a trained network; a drawing of measured data."""

VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_CODE = re.compile(r"[A-Za-z]{1,64}")

_WITH_TRAINED = frozenset({"trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic"})
"""Codes of pictures with parts that no camera saw; no treatment afterwards makes them anything less."""


def source_type(masters: str | None, *, changed: bool, learned: bool) -> str | None:
    """Return the code of a derivative; None if nothing is known.

    A picture that was only made smaller or put into another format is what its master was: IPTC's
    ``algorithmicallyEnhanced`` means that an algorithm corrected it.

    Args:
        masters: The code its master declares; None if it declares none.
        changed: Whether any treatment changed its pixels.
        learned: Whether a trained network had a part in them.

    Examples:
        >>> source_type("print", changed=True, learned=False)
        'algorithmicallyEnhanced'
        >>> source_type("print", changed=False, learned=False)
        'print'
        >>> source_type("trainedAlgorithmicMedia", changed=True, learned=False)
        'trainedAlgorithmicMedia'
    """
    if not changed or masters in _WITH_TRAINED:
        return masters
    return "compositeWithTrainedAlgorithmicMedia" if learned else "algorithmicallyEnhanced"


def code_of(value: str) -> str | None:
    """Return the code in an address of the vocabulary; None if it is no such address.

    Examples:
        >>> code_of("https://cv.iptc.org/newscodes/digitalsourcetype/print")
        'print'
    """
    code = value.strip().replace("https://", "http://", 1).removeprefix(VOCABULARY)
    return code if code != value.strip() and _CODE.fullmatch(code) else None
