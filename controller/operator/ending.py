"""The end of the process: once anything has ended it, it takes seconds, whatever hangs while the rest is closed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

PATIENCE_SECONDS: Final = 10.0
"""How long connections may take to close, and tasks to end, after that: Kubernetes kills a pod after 30 s."""


class Ending:
    """Leaves the process if it does not end by itself in time.

    A task that swallows its cancellation, a server that does not answer a farewell, a thread that waits for ever: each
    of them would keep a process alive that does nothing any more, and that no probe restarts.
    """

    def __init__(
        self, leave: Callable[[BaseException | None], object], patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Calls `leave` with what ended the process, `None` for a signal, in a thread of its own."""
        self._leave = leave
        self._patience_seconds = patience_seconds
        self._timer: threading.Timer | None = None

    @contextmanager
    def begins(self) -> Iterator[None]:
        """The end begins when this block ends, in whichever way."""
        try:
            yield
        except BaseException as error:
            self.start(error)
            raise
        self.start(None)

    def start(self, error: BaseException | None) -> None:
        """The end begins now; only the first call counts."""
        if self._timer is None:
            self._timer = threading.Timer(self._patience_seconds, self._leave, [error])
            self._timer.daemon = True
            self._timer.start()
