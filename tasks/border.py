"""The border of a task: which trouble is one photograph's and becomes its record, and which ends the run."""

import errno
from pathlib import Path

from oldphoto_core.errors import ScanError
from tasks.masters import MasterLostError
from tasks.storage import StoreError

MACHINE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""Errors of the operating system that no photograph is to blame for."""


def outcome_of(error: Exception, doing: str, *, work: Path) -> tuple[str, str]:
    """Return the reason and the sentence that one photograph's trouble becomes.

    Args:
        error: What was raised at the border of a task.
        doing: The stage.
        work: The local folder at work; its path is left out of the sentence.

    Raises:
        StoreError: A store does not answer; the very error given.
        OSError: The machine is at fault, for example its disk is full; the very error given.
    """
    if isinstance(error, StoreError) or (isinstance(error, OSError) and error.errno in MACHINE):
        raise error
    if isinstance(error, ScanError):
        return error.problem, without_paths(error.detail, work)
    if isinstance(error, MasterLostError):
        return error.reason, error.detail
    return "failed", without_paths(f"{doing}: {type(error).__name__}: {error}", work)


def without_paths(text: str, work: Path) -> str:
    """Return the text without a local folder, and with half surrogates, which no catalog can hold, escaped.

    Libraries put file names into their messages; where this machine keeps its files is nobody's business.

    Examples:
        >>> without_paths("cannot open /tmp/work/masters/ab12", Path("/tmp/work"))
        'cannot open masters/ab12'
    """
    told = text.replace(f"{work}/", "").replace(str(work), "")
    return told.encode("utf-8", "backslashreplace").decode()
