"""Numbers, names and sentences, as people say them."""

import pytest

from controller.scaling.text import after_colon, are, brief, counted, does, duration


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, ("0 tasks", "0 tasks are", "0 tasks wait")),
        (1, ("1 task", "1 task is", "1 task waits")),
        (2, ("2 tasks", "2 tasks are", "2 tasks wait")),
    ],
)
def test_a_number_of_things_is_said_as_people_say_it(count: int, words: tuple[str, str, str]) -> None:
    """Noun and verb go with the number."""
    assert (counted(count, "task"), are(count, "task"), does(count, "task", "wait")) == words


@pytest.mark.parametrize(
    ("sentence", "goes_on"),
    [
        ("No tasks wait.", "no tasks wait."),
        ("Temporal did not answer.", "Temporal did not answer."),
        ("HorizontalPodAutoscaler orders scales it.", "HorizontalPodAutoscaler orders scales it."),
        ("Orders/Activity needs 1 replica.", "Orders/Activity needs 1 replica."),
        ("24 tasks wait.", "24 tasks wait."),
        ("", ""),
    ],
)
def test_after_a_colon_a_sentence_goes_on_in_small_letters_unless_it_begins_with_a_name(
    sentence: str, goes_on: str
) -> None:
    """Names of products, kinds and queues stay."""
    assert after_colon(sentence) == goes_on


def test_a_long_name_is_cut() -> None:
    """So that the sentence around it is read to its end."""
    assert (brief("orders"), len(brief("x" * 1000))) == ("orders", 78)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (119, "119s"), (120, "2m"), (7199, "119m"), (7200, "2h"), (172_799, "47h"), (172_800, "2d")],
)
def test_a_duration_reads_like_the_ages_of_kubectl(seconds: float, text: str) -> None:
    """Two significant digits or so, in one unit."""
    assert duration(seconds) == text
