"""`twp explain`: the decision as a story, of now and of then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from controller.cli import past
from controller.cli.commands import CliError
from controller.cli.exit_status import ExitStatus
from controller.cli.explain import of_now, of_then
from controller.cli.history import timeline
from controller.cli.output import Screen
from controller.cli.story import lines_of
from controller.cli.times import moment_from
from controller.cli.why_not import way
from controller.page.history import History
from controller.page.server import AboutOperator, serve_page
from tests.cli.scene import NOW, api, pool, run
from tests.page.simulated import BEGAN_AT, burst
from tests.scaling.recorded_policy import recorded


def test_the_story_has_what_was_read_each_step_that_mattered_and_what_would_change_it() -> None:
    """In this order; -o wide has the other steps, too."""
    story = of_now(pool("mails"), NOW)
    lines = list(lines_of(story, NOW, Screen()))
    headings = [line for line in lines[1:] if line and not line.startswith((" ", "Note: "))]
    assert headings == ["What was read", "What was decided", "What would change it"]
    text = "\n".join(lines)
    assert "420 tasks wait, the oldest for 95 s" in text
    assert "31 → 3   Bounds" in text
    assert "31 replicas with a higher spec.maxReplicas." in text
    assert "Fresh" not in text
    assert "Freshness" in "\n".join(lines_of(story, NOW, Screen(), every_step=True))


def test_what_is_over_by_now_would_change_nothing() -> None:
    """A time that status named and that has passed."""
    assert any("in 40s" in change for change in of_now(pool("orders"), NOW).changes)
    assert not any("nothing else changes" in change for change in of_now(pool("orders"), NOW + 41).changes)


def test_without_a_decision_it_says_why_there_is_none() -> None:
    """The condition that stands in the way."""
    with pytest.raises(CliError, match="no decision yet: Autoscaling"):
        of_now(pool("orders", lastDecision=None), NOW)


def test_an_hour_later_it_is_known_who_set_the_number_and_until_when() -> None:
    """By the scale actions of status, with what happened before."""
    found = pool("orders")
    story = of_then(found, timeline(found, ()), NOW - 1200)
    assert story.decision.desired_replicas == 5
    assert "by kubectl; the next change, 5 → 4, was made at 2026-11-30T11:47:00Z by the operator" in story.notes[0]
    assert [line.split(" ")[1:5] for line in story.happened] == [["Scaled", "6", "→", "3:"], ["Scaled", "3", "→", "5:"]]


def test_amid_merged_changes_it_says_what_was_before_and_after() -> None:
    """Status has a burst as one entry."""
    found = pool("orders")
    story = of_then(found, timeline(found, ()), NOW - 3500)
    assert "amid 3 changes from 2026-11-30T11:01:20Z until 2026-11-30T11:02:10Z: 2 replicas before" in story.notes[0]


def test_before_all_that_status_knows_it_names_who_may_know_more() -> None:
    """Since when it knows, and the two options."""
    found = pool("orders")
    with pytest.raises(CliError, match=r"since 2026-11-30T11:01:20Z; ask .* \(--operator-url\)") as refused:
        of_then(found, [], NOW - 7200)
    assert refused.value.status == ExitStatus.NOT_FOUND


def test_events_that_may_not_be_listed_are_missing_and_named(tmp_path: Path) -> None:
    """The number and who set it are known all the same."""
    result = run("twp explain orders --at 20m", tmp_path, api("/events"))
    assert result.exit_code == ExitStatus.OK
    assert "Note: Events: not allowed to list events in namespace prod." in result.stdout


def test_a_recording_has_every_step_and_what_would_have_changed_it(tmp_path: Path) -> None:
    """By deciding again on what was read then."""
    file = tmp_path / "prod.orders.jsonl"
    file.write_text("".join(recorded("real-burst")))
    story = past.from_recording(tmp_path, "prod/orders", 100.0)
    assert 85 <= story.decided_at <= 100
    assert len(story.decision.steps) > 5
    assert story.readings
    assert story.notes == ()
    assert "ended" in past.from_recording(tmp_path, "prod/orders", 9000.0).notes[0]
    with pytest.raises(CliError, match="no decision of"):
        past.from_recording(file, "prod/orders", -1.0)


def test_the_operators_page_has_every_step_too() -> None:
    """An answer of its endpoint."""
    story = past.of_answer(
        "prod/orders",
        {
            "at": 1000.0,
            "numbers": {"at": 990.0, "backlog": 61, "backlogAgeSeconds": 12, "slotsUsed": 30, "slots": 40},
            "decision": {"at": 985.0, "until": 1010.0, "steps": [
                {"rule": "Demand", "reason": "ScheduleToStart", "message": "It needs 14.", "before": 4, "after": 14}]},
        },
    )  # fmt: skip
    assert (story.decided_at, story.decision.current_replicas, story.decision.desired_replicas) == (985.0, 4, 14)
    assert story.readings[0] == "61 tasks wait, the oldest for 12s"
    assert story.notes == ("It stood until 1970-01-01T00:16:50Z.",)


@asynccontextmanager
async def _page() -> AsyncIterator[str]:
    history = History()
    for record in burst():
        history.record(record)
    about = AboutOperator("1.2.3", BEGAN_AT, "operator-0", "operator-0")
    async with serve_page(history, lambda: about, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}"


async def test_the_page_itself_is_understood() -> None:
    """The number of a moment with every step; a moment before the first one is refused in the page's words."""
    moment = next(record for record in burst() if record.decided and record.decided.action)
    assert moment.decided is not None
    async with _page() as url:
        story = await past.from_operator(url, "prod/orders", moment.at)
        with pytest.raises(CliError, match="No decision is known of") as refused:
            await past.from_operator(url, "prod/orders", 0.0)
    decision = moment.decided.decision
    assert (story.decided_at, story.decision.steps) == (moment.at, decision.steps)
    assert story.decision.desired_replicas == decision.desired_replicas
    assert any("requested" in line for line in story.readings)
    assert refused.value.status == ExitStatus.NOT_FOUND


async def test_the_page_says_how_many_tasks_would_make_it_any_number() -> None:
    """By deciding on what the operator's last decision was made from."""
    async with _page() as url:
        last = await past.last_of_operator(url, "prod/orders")
    assert last.is_same
    assert way(last.situation, last.decision, 3).startswith("3 replicas once ")
    assert way(last.situation, last.decision, 10_000).startswith("No backlog of up to 32768 more tasks")


def test_a_page_that_does_not_answer_is_one_line() -> None:
    """With the option that is wrong."""
    with pytest.raises(CliError, match="check --operator-url") as refused:
        asyncio.run(past.from_operator("http://127.0.0.1:1", "prod/orders", NOW))
    assert refused.value.status == ExitStatus.UNREACHABLE


@pytest.mark.parametrize(
    ("text", "moment"),
    [("20m", NOW - 1200), ("2026-11-30T11:40:00Z", NOW - 1200), ("2026-11-30 11:40", NOW - 1200)],
)
def test_a_moment_is_a_time_or_so_long_ago(text: str, moment: float) -> None:
    """UTC without a zone."""
    assert moment_from("--at", text, NOW) == moment


def test_a_time_of_day_is_the_last_one_by_this_machines_clock() -> None:
    """Never one that is to come."""
    moment = moment_from("--at", "02:17", NOW)
    assert 0 <= NOW - moment < 86_400
    assert moment_from("--at", "02:17:30", NOW) - moment in {30.0, 30.0 - 86_400}


@pytest.mark.parametrize("text", ["soon", "25:00", "2026-12-01T00:00:00Z"])
def test_other_moments_are_refused(text: str) -> None:
    """Also those of the future."""
    with pytest.raises(CliError, match="--at: "):
        moment_from("--at", text, NOW)
