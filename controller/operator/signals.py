"""SIGTERM and SIGINT end the process the way anything else does: by cancelling what it does."""

import asyncio
import signal

from controller.operator.ending import Ending


def end_by_signals(ending: Ending) -> None:
    """Makes signals cancel the task that calls this."""
    task = asyncio.current_task()

    def end() -> None:
        ending.start(None)
        if task:
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)
