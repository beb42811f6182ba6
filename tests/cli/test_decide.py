"""`twp decide --stream`: one answer for each observation, whatever the lines have in them."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from controller.cli.main import app
from controller.cli.stream import Stream
from controller.scaling.decision import Decision
from controller.scaling.observation import QueueStatistics
from controller.simulator.policy import SimulatedObservation, TemporalWorkerPools, Victims

CONFIG = {"config": {"slots": 10, "slo": 30, "grace": 30, "min": 0, "max": 40, "poll": 10}}
IDLE: dict[str, Any] = {
    "valid": True,
    "desired": 0,
    "ready": 0,
    "starting": 0,
    "draining": 0,
    "backlog": 0,
    "age": 0,
    "add_rate": 0,
}
IDLE |= {"disp_rate": 0, "hb": [], "hb_draining": 0, "start_mean": 0}
KEYS = {"desired", "victim", "reason", "look_again_seconds"}


def configured(**changes: Any) -> Stream:
    """A stream that has its configuration."""
    stream = Stream()
    assert stream.answer(json.dumps({"config": CONFIG["config"] | changes})) is None
    return stream


def ask(stream: Stream, **seen: Any) -> dict[str, Any]:
    """The answer to one observation, of an idle pool except for what is given."""
    answer = stream.answer(json.dumps(IDLE | seen))
    assert answer is not None
    parsed: dict[str, Any] = json.loads(answer)
    return parsed


def test_a_backlog_is_answered_with_replicas() -> None:
    """200 tasks wait: between one and maxReplicas are desired, with a reason."""
    answer = ask(configured(), now=10, backlog=200, age=8, add_rate=7)
    assert set(answer) == KEYS
    assert 1 <= answer["desired"] <= 40
    assert "200" in answer["reason"] or "replicas" in answer["reason"]


def test_replicas_that_are_right_are_left_alone() -> None:
    """Nothing waits or runs, there is nothing: null."""
    answer = ask(configured(), now=10)
    assert (answer["desired"], answer["victim"]) == (None, "idle")


def test_an_invalid_observation_lowers_nothing() -> None:
    """Temporal did not answer: hold, whatever the other fields say."""
    stream = configured()
    heartbeats = [[f"p{n}", 9, 5, 0] for n in range(4)]
    for now in range(10, 3600, 10):
        answer = ask(stream, now=now, valid=False, desired=4, ready=4, hb=heartbeats)
        assert answer["desired"] is None


@pytest.mark.parametrize("field", ["backlog", "age", "add_rate", "disp_rate"])
@pytest.mark.parametrize("absent", [True, False])
def test_a_missing_reading_is_unknown_and_not_zero(field: str, absent: bool) -> None:  # noqa: FBT001 - both kinds of missing
    """Absent or null: four busy replicas stay."""
    stream = configured()
    seen = IDLE | {"desired": 4, "ready": 4, "hb": [[f"p{n}", 9, 0, 0] for n in range(4)], field: None}
    if absent:
        del seen[field]
    for now in range(10, 3600, 10):
        answer = json.loads(stream.answer(json.dumps(seen | {"now": now})) or "")
        assert answer["desired"] is None


def test_a_pool_goes_to_zero_when_nothing_is_left_to_do() -> None:
    """With every reading there, replicas that do nothing are given back in the end."""
    stream, replicas = configured(), 4
    for now in range(10, 1200, 10):
        heartbeats = [[f"p{n}", now, 0, 0] for n in range(replicas)]
        answer = ask(stream, now=now, desired=replicas, ready=replicas, hb=heartbeats, start_mean=20)
        replicas = replicas if answer["desired"] is None else answer["desired"]
    assert replicas == 0


def observed(stream: Stream, monkeypatch: pytest.MonkeyPatch, **seen: Any) -> SimulatedObservation:
    """What the decision gets of one observation."""
    observations: list[SimulatedObservation] = []
    decide = TemporalWorkerPools.decide

    def watched(policy: TemporalWorkerPools, observation: SimulatedObservation, now: float) -> Decision:
        observations.append(observation)
        return decide(policy, observation, now)

    monkeypatch.setattr(TemporalWorkerPools, "decide", watched)
    ask(stream, **seen)
    return observations[0]


def test_the_tasks_that_ended_are_those_of_the_pods_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an entry, or with null, the number is unknown; an entry of a pod that does not report is ignored."""
    heartbeats = [["a", 9, 3, 0], ["b", 8, 2, 0], ["c", 7, 1, 0]]
    seen = observed(configured(), monkeypatch, now=10, hb=heartbeats, hb_done=[["a", 40], ["c", None], ["d", 7]])
    ended = {pod.name: [(report.tasks_ended, report.reported_at) for report in pod.slots] for pod in seen.pods}
    assert ended == {"a": [(40, 9)], "b": [(None, 8)], "c": [(None, 7)]}


@pytest.mark.parametrize(
    ("heartbeat", "ready", "started"),
    [
        pytest.param(9.2, 10, 9.2, id="sent at the start, before the pod was ready"),
        pytest.param(10.6, 10, 10.6, id="sent at the start; readiness comes in whole seconds"),
        pytest.param(19.2, 10, 10, id="not the first one: the worker took tasks before"),
        pytest.param(19.2, None, 19.2, id="it is not given since when the pod is ready"),
    ],
)
def test_a_worker_started_with_its_first_heartbeat_or_was_there_before(
    heartbeat: float, ready: float | None, started: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one says that nothing runs, because nothing could: it is no sample of what a worker does."""
    stream = configured()
    for now, sent in ((20, heartbeat), (30, heartbeat + 10)):
        (pod,) = observed(stream, monkeypatch, now=now, desired=1, ready=1, hb=[["a", sent, 0, ready]]).pods
        assert [(report.reported_at, report.worker_started_at) for report in pod.slots] == [(sent, started)]


def test_a_pod_that_comes_again_under_its_name_is_another_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A StatefulSet names its pods alike."""
    stream = configured()
    for now, hb, started in ((20, [["a", 9, 0, 9]], 9), (30, [], None), (40, [["a", 35, 0, 35]], 35)):
        seen = observed(stream, monkeypatch, now=now, hb=hb)
        assert [report.worker_started_at for pod in seen.pods for report in pod.slots] == ([started] if hb else [])


@pytest.mark.parametrize(("given", "known"), [(12.5, 12.5), (None, None), (0, 0)])
def test_a_rate_limit_is_a_number_of_tasks_per_second(
    given: float | None, known: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No limit is null; a limit of 0 lets nothing through."""
    (queue,) = observed(configured(), monkeypatch, now=10, effective_rate_limit=given).task_queues
    assert isinstance(queue.statistics, QueueStatistics)
    assert queue.statistics.rate_limit_per_second == known


@pytest.mark.parametrize(("given", "known"), [(4.5, 4.5), (None, None), (0, None)])
def test_a_start_up_of_zero_is_unknown(
    given: float | None, known: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None was seen yet."""
    assert observed(configured(), monkeypatch, now=10, start_mean=given).mean_start_up_seconds == known


@pytest.mark.parametrize(("decided", "again"), [(3.5, 3.5), (None, 10)])
def test_an_answer_says_when_to_ask_again(decided: float | None, again: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the decision says, else after the polling interval."""
    decide = TemporalWorkerPools.decide

    def paced(policy: TemporalWorkerPools, observation: SimulatedObservation, now: float) -> Decision:
        return replace(decide(policy, observation, now), next_poll_seconds=decided)

    monkeypatch.setattr(TemporalWorkerPools, "decide", paced)
    assert ask(configured(), now=10)["look_again_seconds"] == again


def test_a_new_configuration_is_a_new_pool() -> None:
    """The bound of the second one holds."""
    stream = configured()
    stream.answer(json.dumps({"config": {"slots": 1, "slo": 30, "max": 3}}))
    assert ask(stream, now=10, backlog=500, age=9)["desired"] == 3


def test_unknown_fields_are_ignored() -> None:
    """In both kinds of lines."""
    stream = configured(colour="blue")
    assert set(ask(stream, now=10, weather={"rain": [1]})) == KEYS


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: not JSON"),
        ("[1]", "line 2: a line must be a JSON object, and this is list"),
        ('{"backlog": 3}', "line 2: now: Field required"),
        ('{"now": NaN}', "line 2: now: "),
        ('{"now": 1, "backlog": -1}', "line 2: backlog: "),
        ('{"now": 1, "backlog": "many"}', "line 2: backlog: "),
        ('{"now": 1, "hb": [["p", 1]]}', "must be a list: pod, heartbeat_time, used, ready_since"),
        ('{"now": 1, "hb": 7}', "line 2: hb: "),
        ('{"now": 1, "hb_done": [["p"]]}', "must be a list: pod, ended"),
        ('{"now": 1, "hb_done": [["p", -1]]}', "line 2: hb_done.0.ended: "),
        ('{"now": 1, "effective_rate_limit": -1}', "line 2: effective_rate_limit: "),
        ('{"config": {"slots": 0, "slo": 3}}', "line 2: slots: "),
        ('{"config": {"slots": 10}}', "line 2: slo: Field required"),
        ('{"config": 5}', "line 2: "),
        ("[" * 100_000, "line 2: "),
        ("\ufffd\x00", "line 2: not JSON"),
    ],
)
def test_a_bad_line_is_answered_with_an_error_and_the_next_one_is_read(line: str, message: str) -> None:
    """It holds, says what is wrong, and the stream goes on."""
    stream = configured()
    answer = json.loads(stream.answer(line) or "")
    assert answer["desired"] is None
    assert answer["look_again_seconds"] == CONFIG["config"]["poll"]
    assert message in answer["error"]
    assert set(ask(stream, now=10)) == KEYS


def test_an_observation_before_the_configuration_says_what_is_missing() -> None:
    """The first line has to be the configuration."""
    answer = json.loads(Stream().answer('{"now": 1}') or "")
    assert "the first line must be" in answer["error"]
    assert answer["look_again_seconds"] == 15


def test_an_empty_line_gets_no_answer() -> None:
    """Neither does a configuration."""
    assert configured().answer(" \n") is None


NUMBERS = st.one_of(st.none(), st.integers(-1, 10**9), st.floats(), st.sampled_from([0, 1, 1e300, "x"]))
ENDED = st.one_of(st.none(), st.lists(st.tuples(st.sampled_from("abc"), NUMBERS), max_size=3))
HEARTBEATS = st.one_of(st.none(), st.lists(st.tuples(st.sampled_from("abc"), NUMBERS, NUMBERS, NUMBERS), max_size=3))


@given(
    st.lists(
        st.fixed_dictionaries(
            {"now": NUMBERS},
            optional=dict.fromkeys([*IDLE, "effective_rate_limit"], NUMBERS) | {"hb": HEARTBEATS, "hb_done": ENDED},
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_observation_gets_exactly_one_answer_of_the_right_shape(observations: list[dict[str, Any]]) -> None:
    """Huge, missing, out of order or of the wrong type."""
    stream = configured()
    for observation in observations:
        answer = json.loads(stream.answer(json.dumps(observation)) or "")
        assert answer["desired"] is None or 0 <= answer["desired"] <= 40
        assert answer["victim"] in set(Victims)
        assert answer["reason"]
        assert answer["look_again_seconds"] > 0


def test_the_command_is_a_filter() -> None:
    """Lines in, lines out, exit status 0."""
    lines = [json.dumps(line) for line in (CONFIG, IDLE | {"now": 1}, IDLE | {"now": 11, "backlog": 90, "age": 9})]
    result = CliRunner().invoke(app, ["decide", "--stream"], input="\n".join(lines))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [set(answer) for answer in answers] == [KEYS, KEYS]
    assert answers[1]["desired"] >= 1


def test_the_command_asks_for_its_flag() -> None:
    """Without it there is nothing to do."""
    assert CliRunner().invoke(app, ["decide"]).exit_code == 2
