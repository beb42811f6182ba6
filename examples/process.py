"""How a process that used the Temporal SDK ends."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def leave(status: int) -> NoReturn:
    """End this process with an exit status, past the interpreter's own teardown.

    A cancelled call to the server lives on in the SDK's native threads for a moment. When one of them wants the
    interpreter while that is being torn down, each waits for the other for ever: with temporalio 1.35 a client that
    gave up waiting for a workflow did not exit. See https://github.com/temporalio/sdk-python/issues/300.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
