"""A simulator that decides through the stream gets what one gets that calls `decide`."""

import json
from typing import Any

import pytest

from controller.cli.stream import Stream
from controller.scaling.observation import PodObservation, Unknown, used
from controller.simulator.policy import PolicyDecision, SimulatedObservation, TemporalWorkerPools, Victims
from controller.simulator.scenario import Scenario
from controller.simulator.scenarios import SCENARIOS
from controller.simulator.simulation import simulate


class Streamed:
    """A policy that writes what it observes as lines, and reads its replicas from the answers."""

    def __init__(self, scenario: Scenario) -> None:
        self.poll_seconds = scenario.poll_seconds
        self._stream = Stream()
        config = {"slots": scenario.slots, "slo": scenario.objective_seconds, "grace": scenario.grace_seconds}
        config |= {"min": scenario.min_replicas, "max": scenario.max_replicas, "poll": scenario.poll_seconds}
        assert self._stream.answer(json.dumps({"config": config})) is None

    def recommend(self, observation: SimulatedObservation, now: float) -> PolicyDecision:
        """One line out, one line in."""
        answer = json.loads(self._stream.answer(json.dumps(line(observation, now))) or "")
        return PolicyDecision(
            answer["desired"],
            Victims(answer["victim"]),
            answer["reason"],
            next_poll_seconds=answer["look_again_seconds"],
        )


def line(observation: SimulatedObservation, now: float) -> dict[str, Any]:
    """An observation as another simulator would write it."""
    seen: dict[str, Any] = {
        "now": now,
        "valid": True,
        "desired": observation.replicas,
        "ready": len(observation.ready_pods),
        "starting": len(observation.staying_pods) - len(observation.ready_pods),
        "draining": sum(pod.terminating for pod in observation.pods),
        "start_mean": observation.mean_start_up_seconds or 0,
        "hb": [heartbeat(pod) for pod in observation.ready_pods if pod.slots],
        "hb_done": [[pod.name, report.tasks_ended] for pod in observation.ready_pods for report in pod.slots],
        "hb_draining": used(report for pod in observation.pods if pod.terminating for report in pod.slots),
    }
    statistics = observation.task_queues[0].statistics
    if isinstance(statistics, Unknown):
        return seen | {"valid": False}
    return seen | {
        "backlog": statistics.backlog,
        "age": statistics.backlog_age_seconds,
        "add_rate": statistics.add_rate_per_second,
        "disp_rate": statistics.dispatch_rate_per_second,
        "rate_limited": statistics.rate_limiting_active,
        "effective_rate_limit": statistics.rate_limit_per_second,
    }


def heartbeat(pod: PodObservation) -> list[Any]:
    """What a pod reported last."""
    (report,) = pod.slots
    return [pod.name, report.reported_at, report.slots_used, pod.ready_since]


@pytest.mark.parametrize("name", ["fan-out", "outage", "rate-limited-told", "long-tasks"])
def test_the_stream_decides_as_well_as_decide(name: str) -> None:
    """Start-up times come as one mean, draining pods as one number, what those ended not at all: it costs a little."""
    scenario = SCENARIOS[name]
    direct, streamed = (
        simulate(scenario, policy, "policy") for policy in (TemporalWorkerPools.of(scenario), Streamed(scenario))
    )
    assert streamed.pod_seconds == pytest.approx(direct.pod_seconds, rel=0.25)
    assert streamed.share_within_objective >= direct.share_within_objective - 0.02
