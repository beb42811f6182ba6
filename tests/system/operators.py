"""The operator's process as a test sees it: its metrics and its log."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from localcluster.operator_process import TWP, OperatorProcess, running_operator
from tests.support.cluster import wait_for
from tests.system.place import PATIENCE_SECONDS, Place


@contextmanager
def operator_of(place: Place, *arguments: str, program: Sequence[str] = TWP) -> Iterator[OperatorProcess]:
    """Run an operator for the Kubernetes namespace of a place, and check its log at the end."""
    scope = "--namespace", place.namespace
    name = f"operator-{place.namespace}"
    with running_operator(place.cluster, name, *scope, *arguments, program=program) as running:
        yield running
    assert_log_is_clean(running)


def assert_log_is_clean(operator: OperatorProcess) -> None:
    """Every line is a JSON object, none is an error or has a traceback, and none has a token."""
    for line in log_lines(operator):
        assert line["level"] not in ("error", "critical"), line
        assert "exception" not in line, line
    text = operator.child.log_file.read_text()
    assert "Traceback" not in text
    assert re.search(r"eyJ[\w-]{10,}\.[\w-]{10,}", text) is None, "a token is in the log"


def log_lines(operator: OperatorProcess) -> list[dict[str, Any]]:
    """The operator's log so far; a last line that is still being written is left out."""
    return [json.loads(line) for line in operator.child.log_file.read_text().rpartition("\n")[0].splitlines()]


def metrics(operator: OperatorProcess) -> dict[str, float]:
    """The samples of a scrape: name with labels, as Prometheus writes them, to value."""
    text = operator.get("/metrics")
    assert text is not None
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def passes(operator: OperatorProcess) -> int:
    """How many passes over pools it has ended."""
    return int(metrics(operator)["temporal_worker_pool_reconcile_duration_seconds_count"])


def wait_for_passes(operator: OperatorProcess, count: int) -> None:
    """Wait until it has ended so many more passes."""
    target = passes(operator) + count
    wait_for(lambda: passes(operator) >= target, PATIENCE_SECONDS, f"{count} more passes")
