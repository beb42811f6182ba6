"""One of a thing is told as one."""

import pytest

from controller.scaling.text import are, counted, does


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, ("0 tasks", "0 tasks are", "0 tasks wait")),
        (1, ("1 task", "1 task is", "1 task waits")),
        (2, ("2 tasks", "2 tasks are", "2 tasks wait")),
    ],
)
def test_a_number_of_things_is_told_as_people_say_it(count: int, words: tuple[str, str, str]) -> None:
    """Noun and verb go with the number."""
    assert (counted(count, "task"), are(count, "task"), does(count, "task", "wait")) == words
