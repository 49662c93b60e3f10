"""Which failures of a task run are worth another try."""

from typing import Any

from tasks.storage import TransientStoreError


def is_transient(_task: Any, _task_run: Any, state: Any) -> bool:  # noqa: ANN401 - Prefect's own objects
    """Return whether a failed task run ended in something that time may mend; Prefect calls this before a retry."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, TransientStoreError)
