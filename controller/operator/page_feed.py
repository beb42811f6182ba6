"""What the page keeps of a pass: a rendering of its report."""

from controller.operator.pool_state import Pass
from controller.page.pass_record import Decided, PassRecord, PoolEvent


def pass_record(run: Pass, at: float) -> PassRecord | None:
    """A pass that has ended at a time, in seconds since the Unix epoch; `None` if it came to no report."""
    if run.report is None or run.rendered is None:
        return None
    spec, result = run.pool.spec, run.report.result
    events = (
        PoolEvent(due.name, due.at, due.event.type, due.event.reason, due.event.note)
        for due in run.state.outbox
        if due.regarding is None
    )
    return PassRecord(
        namespace=run.pool.metadata.namespace,
        name=run.pool.metadata.name,
        uid=run.pool.metadata.uid,
        at=at,
        spec=None if isinstance(spec, str) else spec,
        status=run.rendered,
        decided=Decided(result.situation, result.decision, result.action) if result else None,
        events=tuple(events),
    )
