"""The golden tables say what the code decides."""

import pytest

from tests.scaling.golden_tables import FOLDER, TABLES, table


@pytest.mark.parametrize("world", TABLES)
def test_the_golden_table_is_what_is_decided(world: str) -> None:
    """If the change is meant: `python -m tests.scaling.golden_tables`, and read the difference."""
    assert table(world) == (FOLDER / f"{world}.txt").read_text(encoding="utf-8")


def test_every_golden_table_is_of_a_world() -> None:
    """No file is left behind."""
    assert {file.stem for file in FOLDER.glob("*.txt")} == set(TABLES)
