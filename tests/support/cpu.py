"""A report of what each test costs: CPU seconds of its process and of the processes that it started and waited for.

Wall time says little where tests share two cores with servers and with one another. What a test starts counts when it
has ended: an operator does, the pods and the servers of the cluster don't.
"""

import resource
from collections.abc import Generator

import pytest

CPU_SECONDS = "cpu_seconds"
"""The property of a report; it travels from a test process to the one that prints."""

DEAREST = 25
"""Tests that are listed."""

_STARTED_AT: pytest.StashKey[float] = pytest.StashKey()


def used_seconds() -> float:
    """CPU seconds of this process and its ended children so far."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


class CpuReport:
    """A plug-in of pytest: measures each test from its first fixture to its last, and lists the dearest at the end."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Begin to measure."""
        item.stash[_STARTED_AT] = used_seconds()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add what the test has cost to the report of its last phase."""
        report = yield
        if call.when == "teardown":
            report.user_properties.append((CPU_SECONDS, used_seconds() - item.stash[_STARTED_AT]))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a test process has measured."""
        for name, value in report.user_properties:
            if name == CPU_SECONDS:
                self._seconds[report.nodeid] = float(str(value))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """List the dearest tests."""
        if not self._seconds:
            return
        total = sum(self._seconds.values())
        dearest = sorted(self._seconds.items(), key=lambda test: test[1], reverse=True)[:DEAREST]
        terminalreporter.write_sep("=", f"CPU: {total:.0f} s, in these {len(dearest)} tests most")
        for name, seconds in dearest:
            terminalreporter.write_line(f"{seconds:7.2f} s  {name}")
