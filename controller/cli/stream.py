"""A pool that is decided on line by line: `twp decide --stream`."""

import json
from collections import deque
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from controller.api.model import TaskType
from controller.cli.stream_lines import TASK_QUEUE, Config, Heartbeat, Reading
from controller.scaling.observation import (
    PodObservation,
    QueueStatistics,
    SlotReport,
    SlotType,
    TaskQueueObservation,
    Unknown,
    UnknownCause,
)
from controller.scaling.server_times import READY_RESOLUTION_SECONDS
from controller.simulator.policy import SimulatedObservation, TemporalWorkerPools, Victims, victims

UNREADABLE = {"desired": None, "victim": Victims.IDLE, "reason": "Unreadable: not scaling."}
"""The answer to a line that cannot be decided on."""

DEFAULT_POLL_SECONDS: float = Config.model_fields["poll"].default


class LineError(Exception):
    """A line that cannot be decided on."""


class Stream:
    """Reads lines, keeps what the operator would keep from one poll to the next, and answers."""

    def __init__(self) -> None:
        self._number = 0
        self._pool: Pool | None = None

    def answer(self, line: str) -> str | None:
        """The answer to one line as JSON; `None` to a configuration and to an empty line."""
        self._number += 1
        try:
            return self._answer(line) if line.strip() else None
        except ValidationError as error:
            what = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
        except json.JSONDecodeError as error:
            what = f"not JSON: {error}"
        except (LineError, RecursionError, ValueError) as error:
            what = str(error)
        again = DEFAULT_POLL_SECONDS if self._pool is None else self._pool.poll_seconds
        return json.dumps({**UNREADABLE, "look_again_seconds": again, "error": f"line {self._number}: {what}"})

    def _answer(self, line: str) -> str | None:
        content = json.loads(line)
        if not isinstance(content, dict):
            raise LineError(f"a line must be a JSON object, and this is {type(content).__name__}")
        if "config" in content:
            self._pool = Pool(Config.model_validate(content["config"]))
            return None
        if self._pool is None:
            raise LineError('the first line must be {"config": {"slots": 10, "slo": 30, …}}')
        return json.dumps(self._pool.decide(Reading.model_validate(content)))


class Pool:
    """The pool of one configuration, and its memory."""

    def __init__(self, config: Config) -> None:
        self.poll_seconds = config.poll
        """Seconds to the next observation where the decision does not name them."""
        self._config = config
        self._spec = config.spec
        self._policy = TemporalWorkerPools(self._spec, config.poll)
        self._not_reported = Counted("ready")
        self._starting = Counted("starting")
        self._draining = Counted("draining")
        self._heartbeats_given = False
        self._started_at: dict[str, float] = {}

    def decide(self, reading: Reading) -> dict[str, Any]:
        """Decides on one observation; `desired` is `None` where the replicas should stay."""
        observation = self._observation(reading)
        decision = self._policy.decide(observation, reading.now)
        step, again = decision.deciding_step, decision.next_poll_seconds
        return {
            "desired": decision.desired_replicas if decision.scales else None,
            "victim": victims(self._spec, observation, decision, reading.now),
            "reason": f"{step.reason}: {step.message}",
            "look_again_seconds": self.poll_seconds if again is None else again,
        }

    def _observation(self, reading: Reading) -> SimulatedObservation:
        pods = self._pods(reading)
        staying = sum(not pod.terminating for pod in pods)
        return SimulatedObservation(
            observed_at=reading.now,
            replicas=staying if reading.desired is None else reading.desired,
            pods=pods,
            task_queues=(
                TaskQueueObservation(TASK_QUEUE, TaskType.ACTIVITY, statistics(reading), self._slots_per_replica()),
            ),
            in_flight=self._in_flight(reading),
            grace_seconds=self._config.grace,
            mean_start_up_seconds=reading.start_mean or None,
        )

    def _slots_per_replica(self) -> int | Unknown:
        return self._config.slots or Unknown(UnknownCause.NEVER_THERE, "the configuration has no slots")

    def _in_flight(self, reading: Reading) -> str | Unknown:
        self._heartbeats_given |= reading.hb is not None
        if not reading.valid:
            return Unknown(UnknownCause.LOST, "Temporal did not answer")
        if reading.hb is not None:
            return "worker heartbeats"
        cause = UnknownCause.LOST if self._heartbeats_given else UnknownCause.NEVER_THERE
        return Unknown(cause, "no heartbeats are given")

    def _pods(self, reading: Reading) -> tuple[PodObservation, ...]:
        reported = reading.hb or []
        self._started_at = {h.pod: self._started_at[h.pod] for h in reported if h.pod in self._started_at}
        ended = {done.pod: done.ended for done in reading.hb_done or []}
        not_reported = self._not_reported.since(max(0, (reading.ready or 0) - len(reported)), reading.now)
        starting = self._starting.since(reading.starting or 0, reading.now)
        draining = self._draining.since(max(reading.draining or 0, 1 if reading.hb_draining else 0), reading.now)
        running = (self._report(reading.hb_draining, reading.now),) if reading.hb_draining is not None else ()
        return (
            *(self._reported_pod(heartbeat, ended.get(heartbeat.pod), reading.now) for heartbeat in reported),
            *(PodObservation(name, at, None, at) for name, at in not_reported),
            *(PodObservation(name, at, at) for name, at in starting),
            *(
                PodObservation(name, at, None, at, terminating=True, slots=() if index else running)
                for index, (name, at) in enumerate(draining)
            ),
        )

    def _reported_pod(self, heartbeat: Heartbeat, ended: int | None, now: float) -> PodObservation:
        ready_since = now if heartbeat.ready_since is None else heartbeat.ready_since
        slots: tuple[SlotReport, ...] = ()
        if heartbeat.used is not None and heartbeat.heartbeat_time is not None:
            report = self._report(heartbeat.used, heartbeat.heartbeat_time)
            started_at = self._started_at.setdefault(heartbeat.pod, start_of(heartbeat.heartbeat_time, ready_since))
            slots = (replace(report, tasks_ended=ended, worker=heartbeat.pod, worker_started_at=started_at),)
        return PodObservation(heartbeat.pod, ready_since, None, ready_since, slots=slots)

    def _report(self, used: int, at: float) -> SlotReport:
        available = None if self._config.slots is None else max(0, self._config.slots - used)
        return SlotReport(TASK_QUEUE, SlotType.ACTIVITY, used, available, at)


class Counted:
    """Pods that a line only counts: they get names, and exist since they were first counted."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._named = 0
        self._pods: deque[tuple[str, float]] = deque()

    def since(self, count: int, now: float) -> tuple[tuple[str, float], ...]:
        """The names of that many pods, and since when they exist; the oldest ones go first."""
        while len(self._pods) > count:
            self._pods.popleft()
        while len(self._pods) < count:
            self._named += 1
            self._pods.append((f"{self._kind}-{self._named}", now))
        return tuple(self._pods)


def start_of(first_heartbeat: float, ready_since: float) -> float:
    """When a worker started, by its first known heartbeat.

    A worker sends one as it starts, before its pod is ready and before it takes tasks; readiness may be in whole
    seconds, rounded down. One that comes later is not the first, and the worker started before it was ready.
    """
    return first_heartbeat if first_heartbeat < ready_since + READY_RESOLUTION_SECONDS else ready_since


def statistics(reading: Reading) -> QueueStatistics | Unknown:
    """The statistics of the queue, or why they are unknown."""
    if not reading.valid:
        return Unknown(UnknownCause.LOST, "Temporal did not answer")
    numbers = {
        "backlog": reading.backlog,
        "age": reading.age,
        "add_rate": reading.add_rate,
        "disp_rate": reading.disp_rate,
    }
    if missing := [name for name, number in numbers.items() if number is None]:
        return Unknown(UnknownCause.LOST, f"{', '.join(missing)} are not given")
    return QueueStatistics(
        backlog=reading.backlog or 0,
        backlog_age_seconds=reading.age or 0,
        add_rate_per_second=reading.add_rate or 0,
        dispatch_rate_per_second=reading.disp_rate or 0,
        read_at=reading.now,
        rate_limiting_active=reading.rate_limited,
        rate_limit_per_second=reading.effective_rate_limit,
    )
