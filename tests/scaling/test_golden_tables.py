"""The golden tables say what the code decides."""

import pytest

from tests.scaling.golden_tables import FOLDER, TABLES, table


@pytest.mark.parametrize("scenario", TABLES)
def test_the_golden_table_is_what_is_decided(scenario: str) -> None:
    """If the change is meant: `python -m tests.scaling.golden_tables`, and read the difference."""
    assert table(scenario) == (FOLDER / f"{scenario}.txt").read_text(encoding="utf-8")


def test_every_golden_table_is_of_a_scenario() -> None:
    """No file is left behind."""
    assert {file.stem for file in FOLDER.glob("*.txt")} == set(TABLES)
