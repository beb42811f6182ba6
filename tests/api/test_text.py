"""Texts for users are bounded."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.api.status import Condition, ConditionStatus, DecisionStep, ScaleActionStatus
from controller.api.text import MAX_BYTES, MAX_LIST_BYTES, cut, listed

LONG = "ü" * 40_000
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize("letter", ["x", "ü", "→", "😀"])
def test_a_text_is_cut_between_two_characters(letter: str) -> None:
    """As long as allowed, marked, and never half a character."""
    text = cut("a" + letter * 2000)
    assert text.startswith("a" + letter)
    assert text.endswith(letter + "…")
    assert MAX_BYTES - len(letter.encode()) < len(text.encode()) <= MAX_BYTES


def test_a_text_that_fits_is_left_as_it_is() -> None:
    """To the last byte."""
    assert cut("x" * MAX_BYTES) == "x" * MAX_BYTES
    assert cut("x" * 1025) == "x" * 1021 + "…"


def test_half_a_surrogate_pair_does_not_break_a_text() -> None:
    """JSON in an annotation can hold one."""
    assert cut("a\ud800b") == "a?b"


@pytest.mark.parametrize(
    ("parts", "most", "text"),
    [
        ([], None, ""),
        (["orders"], None, "orders"),
        (["orders", "bills"], None, "orders, bills"),
        (["orders", "bills", "mails"], 2, "orders, bills and 1 more"),
        (["a" * 200, "b" * 198, "c"], None, f"{'a' * 200}, {'b' * 198} and 1 more"),
        (["a" * 200, "b" * 199], None, f"{'a' * 200} and 1 more"),
        (["x" * 1000] * 16, None, f"{'x' * 397}… and 15 more"),
        (["x" * 1000], None, f"{'x' * 397}…"),
    ],
)
def test_a_list_names_what_fits_and_counts_the_rest(parts: list[str], most: int | None, text: str) -> None:
    """The first is always named."""
    assert listed(parts, most=most) == text


@given(parts=st.lists(st.text(max_size=500), max_size=40), most=st.none() | st.integers(1, 10))
def test_no_list_takes_more_room_than_it_may(parts: list[str], most: int | None) -> None:
    """Whatever the names are, a sentence fits around them, and none is lost from the count."""
    text = listed(parts, "; ", most)
    assert len(text.encode()) <= MAX_LIST_BYTES + len(" and 40 more")
    if any(parts) and most is not None and len(parts) > most:
        assert int(text.split()[-2]) >= len(parts) - most


@pytest.mark.parametrize(
    "message",
    [
        Condition(
            type="Ready", status=ConditionStatus.TRUE, last_transition_time=NOON, reason="Autoscaling", message=LONG
        ).message,
        DecisionStep(rule="demand", reason="ScheduleToStart", message=LONG).message,
        ScaleActionStatus(time=NOON, from_=0, to=4, reason="ScheduleToStart", message=LONG).message,
    ],
    ids=["condition", "step", "scale action"],
)
def test_no_message_whatever_keeps_a_status_from_being_written(message: str) -> None:
    """16 task queues have names of 1,000 characters each; by then replicas were changed, and it must be said."""
    assert message == cut(LONG)
