"""Prove a catalog against itself and against the files it speaks of.

Each check answers one question an auditor asks, says how many things it looked at, lists what does not hold, and lists
what it could not look at. An audit writes nothing.
"""

from collections.abc import Callable, Sequence
from functools import partial

from catalogs.audit_evidence import Evidence, gather
from catalogs.audit_files import CHAIN_QUESTION, FILES_QUESTION, chain, files
from catalogs.audit_report import AuditReport, Check, Finding
from catalogs.audit_rows import ROW_CHECKS
from catalogs.audit_stored import STORED_CHECKS
from catalogs.errors import CatalogError
from catalogs.read import Catalog
from catalogs.store import CatalogStore

ROWS_QUESTION = "Can the rows be read?"

Question = tuple[str, Callable[[Evidence], Finding]]
"""A question and the check that answers it."""

BEYOND = (
    "reports/ holds pages made from the catalog; they can be made again at any time and are not compared with it",
    "whether a treatment can be repeated with the same result is asked by `oldphoto reproduce`",
    "whether the source holds objects that no run has listed yet: the next night reads them",
)
"""What no question asks about."""


def audit(
    store: CatalogStore,
    *,
    only_run: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
    noted_sha256: str | None = None,
    more: Sequence[Question] = (),
) -> AuditReport:
    """Return the outcome of every check; with a broken chain or unreadable table the checks that follow are not made.

    Args:
        store: The output root of the catalog.
        only_run: Look at the derivatives of this run only: the price of a night is not that of the whole archive. The
            catalog itself is always checked whole. None looks at all.
        progress: Told the question before each check.
        noted_sha256: SHA-256 of a manifest, noted outside the archive when that run was the newest; None if none was.
        more: Further questions, asked last.
    """
    checks: list[Check] = []

    def ask(question: str, answer: Callable[[], Finding]) -> bool:
        progress(question)
        try:
            found = answer()
        except (CatalogError, OSError, ValueError) as error:
            found = Finding(0, [f"the check could not be made: {error}"])
        checks.append(Check(question, found.looked_at, tuple(found.problems), tuple(found.not_checked)))
        return not found.problems

    opened: list[Catalog] = []
    gathered: list[Evidence] = []
    ask(CHAIN_QUESTION, lambda: chain(store, opened, noted_sha256))
    if opened and opened[0].manifests:
        ask(FILES_QUESTION, lambda: files(opened[0]))
        ask(ROWS_QUESTION, lambda: _rows(opened[0], gathered, only_run))
    questions = (*ROW_CHECKS, *STORED_CHECKS, *more)
    for question, check in questions if gathered else ():
        ask(question, partial(check, gathered[0]))
    asked = {check.question for check in checks}
    left_out = [question for question in (FILES_QUESTION, ROWS_QUESTION, *dict(questions)) if question not in asked]
    checks += [Check(question, 0, (), (f"not asked, for {_why(opened)}: {question}",)) for question in left_out]
    return AuditReport(tuple(checks), _facts(opened, only_run), BEYOND)


def _why(opened: Sequence[Catalog]) -> str:
    return "the rows could not be read" if opened and opened[0].manifests else "there is no unbroken chain of manifests"


def _facts(opened: Sequence[Catalog], only_run: str | None) -> tuple[tuple[str, str], ...]:
    if not opened or opened[0].head_run_id is None:
        return ()
    head = opened[0]
    facts = (("newest run", str(head.head_run_id)), ("SHA-256 of its manifest", str(head.head_sha256)))
    return facts if only_run is None else (*facts, ("derivatives", f"those of {only_run} only"))


def _rows(catalog: Catalog, gathered: list[Evidence], only_run: str | None) -> Finding:
    gathered.append(gather(catalog, only_run))
    return Finding(sum(file.rows for manifest in catalog.manifests for file in manifest.files), [])
