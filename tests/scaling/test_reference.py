"""docs/decision.md tells every reason that the code can give."""

import re
from pathlib import Path

import pytest

import controller.scaling
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.reference import PAGE, reasons_table, with_table

ROOT = Path(__file__).parents[2]
ROOM = Path(controller.scaling.__path__[0])
SOURCES = [source for source in ROOM.rglob("*.py") if source.name != "reasons.py"]


def test_the_page_has_the_table_that_the_reasons_make() -> None:
    """`make docs` was run after the last change."""
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert with_table(page) == page


def test_every_reason_has_a_row_with_a_sentence() -> None:
    """In the order in which the rules speak."""
    rows = re.findall(r"^\| `(\w+)` \| (.+\.) \|$", reasons_table(), re.MULTILINE)
    assert [reason for reason, _ in rows] == [str(reason) for reason in StepReason]


@pytest.mark.parametrize("reason", StepReason)
def test_every_reason_is_given_by_some_rule(reason: StepReason) -> None:
    """A reason that no code gives is a row that never shows."""
    given = f"StepReason.{reason.name}"
    assert any(re.search(rf"\b{given}\b", source.read_text(encoding="utf-8")) for source in SOURCES)


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_is_on_the_page(rule: Rule) -> None:
    """The table of rules says what each asks; the steps of the policy are its first and its last."""
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    inner = {Rule.BOTTLENECK, Rule.SERVICE_TIME, Rule.ARRIVAL_RATE, Rule.LOAD}
    assert rule in inner or f"`{rule}`" in page


def test_every_picture_of_the_page_is_there() -> None:
    """One for each step."""
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    pictures = re.findall(r"!\[.+\]\((.+)\)", page)
    assert len(pictures) == 8
    assert all((ROOT / PAGE.parent / picture).is_file() for picture in pictures)


def test_a_page_without_the_marks_is_refused() -> None:
    """The table would have no place."""
    with pytest.raises(ValueError, match="between which the table belongs"):
        with_table("# A page\n")
