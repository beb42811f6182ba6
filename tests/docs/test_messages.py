"""docs/messages.md has a sentence for each reason, and it is what the code says."""

from controller.api.conditions import ConditionReason
from controller.api.event_reasons import EventReason
from controller.scaling.reasons import StepReason
from localcluster.folders import PROJECT_FOLDER
from tests.docs import condition_scenes, events_page, step_scenes
from tests.docs.messages import PAGE, page


def test_the_page_of_messages_is_what_the_code_says() -> None:
    """`make docs` writes it: read the difference aloud."""
    assert (PROJECT_FOLDER / PAGE).read_text(encoding="utf-8") == page()


def test_the_page_of_events_is_what_the_code_says() -> None:
    """`make docs` writes it."""
    assert (PROJECT_FOLDER / events_page.PAGE).read_text(encoding="utf-8") == events_page.page()


def test_every_reason_of_an_event_has_an_example() -> None:
    """So none is in the list that nothing writes."""
    assert [reason for reason in EventReason if reason not in events_page.examples()] == []


def test_every_step_reason_has_a_sentence() -> None:
    """From a run of the rules."""
    assert [reason for reason in StepReason if reason not in step_scenes.sentences()] == []


def test_every_condition_reason_has_a_sentence() -> None:
    """But for the few that only a real server gives."""
    said = {*condition_scenes.sentences(), *((r.condition, str(r)) for r in condition_scenes.BY_A_SERVER)}
    reasons = [reason for group in ConditionReason.__subclasses__() for reason in group]
    assert [reason for reason in reasons if (reason.condition, str(reason)) not in said] == []


def test_no_message_is_longer_than_1_kb() -> None:
    """What the API allows for an Event."""
    messages = [*condition_scenes.sentences().values(), *(message for _, message in step_scenes.sentences().values())]
    assert [message for message in messages if len(message.encode()) > 1024] == []
