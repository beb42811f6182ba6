"""A report of what each test costs: CPU seconds of its process and of the processes that it started and waited for.

Wall time says little where tests share two cores with servers and with one another. What a test starts counts when it
has ended: an operator does, the pods don't. Fixtures of more than one test, such as the cluster with its servers, are
summed up apart.
"""

import resource
from collections.abc import Generator

import pytest

OWN, SHARED = "own_cpu_seconds", "shared_cpu_seconds"
"""Properties of a report, which travel from a test process to the one that prints."""

DEAREST = 25
"""Tests that are listed."""

_STARTED_AT: pytest.StashKey[tuple[float, float]] = pytest.StashKey()
"""CPU seconds used when the test began: all, and those of fixtures that it shares."""


def used_seconds() -> float:
    """CPU seconds of this process and its ended children so far."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


class CpuReport:
    """A plug-in of pytest: measures each test from its first fixture to its last, and lists the dearest at the end."""

    def __init__(self) -> None:
        self._shared_seconds = 0.0
        self._measured_at = 0.0
        self._reported: dict[str, float] = {}
        self._reported_shared = 0.0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Begin to measure."""
        self._measured_at = used_seconds()
        item.stash[_STARTED_AT] = self._measured_at, self._shared_seconds

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
        """Count the start of a fixture of more than one test apart."""
        self._measured_at = used_seconds()
        try:
            return (yield)
        finally:
            self._count(fixturedef)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self) -> None:
        """Begin to measure the ends of fixtures."""
        self._measured_at = used_seconds()

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[object]) -> None:
        """Count the end of a fixture of more than one test apart."""
        self._count(fixturedef)

    def _count(self, fixturedef: pytest.FixtureDef[object]) -> None:
        now = used_seconds()
        if fixturedef.scope != "function":
            self._shared_seconds += now - self._measured_at
        self._measured_at = now

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add what the test has cost to the report of its last phase."""
        report = yield
        if call.when == "teardown":
            used_before, shared_before = item.stash[_STARTED_AT]
            shared = self._shared_seconds - shared_before
            own = used_seconds() - used_before - shared
            report.user_properties += [(OWN, own), (SHARED, shared)]
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a test process has measured."""
        for name, value in report.user_properties:
            if name == OWN:
                self._reported[report.nodeid] = float(str(value))
            elif name == SHARED:
                self._reported_shared += float(str(value))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """List the dearest tests."""
        if not self._reported:
            return
        own = sum(self._reported.values())
        dearest = sorted(self._reported.items(), key=lambda test: test[1], reverse=True)[:DEAREST]
        shared = f"{self._reported_shared:.0f} s in fixtures that they share"
        terminalreporter.write_sep("=", f"CPU: {own:.0f} s in tests, {shared}; the dearest tests")
        for name, seconds in dearest:
            terminalreporter.write_line(f"{seconds:7.2f} s  {name}")
