"""`twp operator run` with an operator that is a fake: its parts hang while they are ended, as real ones do rarely."""

import asyncio
import sys
import threading
from contextlib import suppress
from typing import NoReturn

from controller.cli import operator as command
from controller.cluster.errors import ForbiddenError
from controller.operator.ending import Ending
from controller.operator.settings import Settings
from controller.telemetry.logs import LogFormat

PATIENCE_SECONDS = 0.5

ENDS = {
    "fault": RuntimeError("a fault"),
    "refusal": ForbiddenError("may not list pools"),
    "exit": SystemExit(0),
    "signal": asyncio.CancelledError(),
}


def _wait_for_ever() -> None:
    threading.Event().wait()


async def _swallow_cancellations() -> NoReturn:
    while True:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


async def _operator(_: Settings, ending: Ending) -> None:
    """Ends in the way that the command line says, and hangs in everything that can hang."""
    threading.Thread(target=_wait_for_ever).start()
    waiting = asyncio.get_running_loop().run_in_executor(None, _wait_for_ever)
    stubborn = asyncio.create_task(_swallow_cancellations())
    try:
        with ending.begins():
            raise ENDS[sys.argv[1]]
    finally:
        if "hangs" in sys.argv:
            stubborn.cancel()
            await asyncio.gather(stubborn, waiting, return_exceptions=True)


if __name__ == "__main__":
    vars(command)["run_operator"] = _operator
    Ending.__init__.__defaults__ = (PATIENCE_SECONDS,)
    command.run(log_format=LogFormat.JSON)
