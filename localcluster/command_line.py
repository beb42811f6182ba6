"""How the commands of this package start and end."""

import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from examples.process import leave
from localcluster.errors import LocalClusterError


def run_command(app: Callable[[], object]) -> NoReturn:
    """Run a command line to its exit status; a problem that a person can fix is one message and status 1.

    SIGTERM and Ctrl-C take down on the way out what was started. The interpreter's own teardown is left out, because
    the Temporal client can hang in it; see `leave`.
    """
    signal.signal(signal.SIGTERM, _stop)
    try:
        app()
    except LocalClusterError as error:
        print(f"error: {error}", file=sys.stderr)
        leave(1)
    except KeyboardInterrupt:
        leave(128 + signal.SIGINT)
    except SystemExit as ended:
        leave(ended.code if isinstance(ended.code, int) else int(ended.code is not None))
    leave(0)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    # An exception, so that everything is taken down on the way out.
    sys.exit(128 + number)
