"""What is compared of a command's output, and what is not."""

import pytest

from tests.extra.monitoring.runbook import masked


@pytest.mark.parametrize(
    ("page", "run"),
    [
        ("exports-6b9cd986cd-8bkc7   0/1   Running   0   22s", "exports-7c8f5d4b9x-zz2x4 0/1 Running 0 3m8s"),
        (
            "Scaled down replica set operator-5bcd6f9bd8 from 2 to 0",
            "Scaled down replica set operator-77x8bd9c4 from 2 to 0",
        ),
        (
            "expires at 2026-12-05T19:12:17Z, in less than 5 days",
            "expires at 2027-01-02T03:04:05Z, in less than 5 days",
        ),
        ("orders   1/1/1   247   12s   1d2h", "orders 3/4/4 7 5m 8d"),
        ("operator-77x8bd9c4-8bkc7 1/1 Running 0 22s", "operator-77x8bd9c4-zz2x4 1/1 Running 1 (5s ago) 61s"),
        ("About 97.9 % of 452 tasks", "About 75 % of 12 tasks"),
    ],
)
def test_numbers_times_and_generated_names_are_not_compared(page: str, run: str) -> None:
    """They differ from run to run."""
    assert masked(page) == masked(run)


@pytest.mark.parametrize(
    ("page", "run"),
    [
        ("orders   AtMaxReplicas", "orders   Autoscaling"),
        ("list pods: no", "list pods: yes"),
        ("exports-worker   0/1", "exports-server   0/1"),
        ("a line", "a line\nand another"),
    ],
)
def test_words_are_compared(page: str, run: str) -> None:
    """A page that says something else is wrong."""
    assert masked(page) != masked(run)
