"""What is kept of passes beside their status: a recording to replay, and what the page shows."""

from dataclasses import dataclass

import structlog

from controller.operator.page_feed import pass_record
from controller.operator.passes import PassResult
from controller.operator.pool import PoolKey
from controller.operator.pool_state import Pass
from controller.operator.report.recorder import Recorder
from controller.page.history import History

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PassLog:
    """Keeps passes where they are asked for."""

    recorder: Recorder | None = None
    history: History | None = None

    def decided(self, key: PoolKey, result: PassResult) -> None:
        """Records what was decided and what became of it."""
        if self.recorder:
            self.recorder.record(key, result)

    def ended(self, run: Pass, at: float) -> None:
        """Hands a pass to the page, at a time in seconds since the Unix epoch."""
        try:
            if self.history and (record := pass_record(run, at)):
                self.history.record(record)
        except Exception as error:  # noqa: BLE001 - what the page can't show is scaled all the same
            log.warning("page_not_updated", pool=run.pool.name, error=str(error))

    def forget(self, key: PoolKey) -> None:
        """The pool is gone; the file of its recording stays."""
        if self.recorder:
            self.recorder.forget(key)
        if self.history:
            self.history.forget(key)
