"""Pauses between tries, with the real kubelet's figures (pkg/kubelet/kubelet.go, `MaxContainerBackOff`)."""

FIRST_SECONDS = 10.0
LONGEST_SECONDS = 300.0

RESET_SECONDS = 2 * LONGEST_SECONDS
"""After a run that was longer the pauses begin anew."""


class BackOff:
    """Pauses that double from a first one up to five minutes."""

    def __init__(self, first_seconds: float = FIRST_SECONDS, *, at_once: bool = False) -> None:
        """With `at_once` there is no pause before the first try anew, as after a first crash."""
        self._first_seconds = first_seconds
        self._at_once = at_once
        self._next_seconds = 0.0 if at_once else first_seconds

    def after(self, run_seconds: float) -> float:
        """Seconds to wait after a run, or a try, that took so long."""
        if run_seconds > RESET_SECONDS:
            self._next_seconds = 0.0 if self._at_once else self._first_seconds
        pause = self._next_seconds
        self._next_seconds = min(max(2 * pause, self._first_seconds), LONGEST_SECONDS)
        return pause
