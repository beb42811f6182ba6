"""The figures that deciders read are those of bench/results."""

import re
from typing import Final

import pytest

from bench.deciders import PAGES, ROOT, rendered, runs, simulated

BENCHMARKS: Final = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_the_tables_are_those_of_the_results(name: str) -> None:
    """`python -m bench.deciders` writes them."""
    page = (ROOT / name).read_text(encoding="utf-8")
    assert page.count(" from bench/results -->") == {"README.md": 1, "docs/benchmarks.md": 2}[name]
    assert page == rendered(page)


def test_a_table_that_says_something_else_is_noticed() -> None:
    """Every number of it."""
    for number in ("| 12 | 15 | 24 |", "| 5.0% |", "1,842"):
        assert rendered(BENCHMARKS.replace(number, "| 1 |")) == BENCHMARKS


def test_the_loads_that_are_missed_are_named() -> None:
    """All of them, in the text, too."""
    sentence = BENCHMARKS.partition("Where this decision missed")[2].partition("which all miss")[0]
    missed = set(re.findall(r"`([a-z-]+)`", sentence))
    text = (ROOT / "bench" / "results" / "policies.txt").read_text(encoding="utf-8")
    rows = [line.split()[0] for line in text.splitlines() if "%" in line]
    assert missed == {name for name, each in zip(rows, simulated(), strict=True) if each["ours"].lost}


def test_no_real_run_of_the_table_is_of_a_machine_that_was_too_busy() -> None:
    """Such a run says nothing, for better or worse."""
    assert not [run for run in runs() if run["machine"]["disturbed"]]
