"""The weekly audit: prove the whole catalog against its objects."""

from prefect import flow

from tasks.auditing import audit_output


class AuditFailedError(RuntimeError):
    """Something in the catalog does not hold; the message lists it."""


@flow(name="weekly-audit")
def weekly_audit(output: str) -> int:
    """Audit everything at an output, masters by a sample of the day; return how many things were looked at.

    Raises:
        AuditFailedError: Something does not hold. The flow run fails, so that someone is told.
    """
    report = audit_output(output)
    if not report.holds:
        raise AuditFailedError("\n".join(report.problems))
    return sum(check.looked_at for check in report.checks)
