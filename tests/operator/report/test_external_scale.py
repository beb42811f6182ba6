"""The Event of a scale that was not the operator's."""

import re
import shlex
from dataclasses import replace
from typing import Any

import pytest

from controller.api.event_reasons import BY, FROM_REPLICAS, STEP, TO_REPLICAS, EventType
from controller.api.overrides import FixedReplicas, Overrides, Pause
from controller.cluster.events import Event
from controller.operator.passes import PassResult
from controller.operator.report.external_scale import KEEP_SECONDS, scaled_by_other
from controller.scaling.decision import Situation
from controller.scaling.field_manager import ManagerKind
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.observation import ExternalScale, Observation
from tests.operator.builders import NOW, deployment, pool
from tests.scaling.builders import observation, pods, queue, spec, statistics

POOL = pool()
SEEN = observation(queue(), replicas=6, pods=pods(6))
BY_HAND = replace(SEEN, external_scale=ExternalScale(1, "kubectl-scale", ManagerKind.PERSON))
BY_PIPELINE = replace(SEEN, external_scale=ExternalScale(1, "argocd-controller", ManagerKind.GITOPS))


def events(seen: Observation, overrides: Overrides | None = None, memory: Memory | None = None) -> list[Event]:
    """The Events of a pass that saw this."""
    pool_spec = spec(objective={"scheduleToStartSeconds": 15})
    remembered = memory or Memory(busy_at=NOW - 3600)
    situation = Situation(pool_spec, seen, remembered, NOW, overrides=overrides or Overrides())
    return list(scaled_by_other(POOL, PassResult.of(situation, deployment(replicas=seen.replicas))))


def test_a_person_reads_what_it_did_how_long_that_stays_and_how_to_keep_it() -> None:
    """The commands can be pasted; programs have the facts."""
    (event,) = events(BY_HAND)
    assert (event.type, event.reason) == (EventType.NORMAL, "ScaledByOther")
    assert event.note.startswith("kubectl-scale scaled 1 → 6. Kept at 6 replicas, set by kubectl-scale at ")
    assert event.facts == {FROM_REPLICAS: "1", TO_REPLICAS: "6", STEP: "ScaledByOther", BY: "kubectl-scale"}
    with_plugin, by_kubectl = (shlex.split(command) for command in re.findall("`([^`]*)`", event.note))
    namespace, name = POOL.key
    assert with_plugin == ["kubectl", "twp", "override", name, "6", "-n", namespace, "--for", "1h", "--reason", "WHY"]
    key, _, text = by_kubectl[-1].partition("=")
    assert Overrides.of({key: text}).fixed == FixedReplicas(6, NOW + KEEP_SECONDS)


def test_the_event_of_a_number_that_is_not_kept_says_so() -> None:
    """And how to keep it all the same."""
    late = replace(BY_HAND, replicas=1, pods=pods(1), task_queues=(queue(statistics(90, age_seconds=99)),))
    late = replace(late, external_scale=ExternalScale(6, "kubectl-scale", ManagerKind.PERSON))
    (event,) = events(late)
    assert "a task of orders/Activity has waited for 99 s" in event.note
    assert "To keep 1: `kubectl twp override" in event.note


def test_a_pipeline_is_named_without_advice_for_a_person() -> None:
    """What to do about it depends on how often it does so: the condition says it."""
    (event,) = events(BY_PIPELINE)
    assert event.note == "argocd-controller scaled 1 → 6."


def test_during_a_pause_and_a_fixed_number_the_event_says_what_counts() -> None:
    """Rather than a grace that there is not."""
    (paused,) = events(BY_HAND, Overrides(pause=Pause(NOW + 60)))
    assert paused.note.startswith("kubectl-scale scaled 1 → 6. Paused until ")
    assert "To keep" not in paused.note
    (fixed,) = events(BY_HAND, Overrides(fixed=FixedReplicas(2, NOW + 60)))
    assert fixed.note.startswith("kubectl-scale scaled 1 → 6. Fixed at 2 replicas until ")


def reversed_by(manager: str) -> Memory:
    """A memory of three changes that were reversed just now."""
    both = ((2, 4, None), (4, 2, manager))
    actions = [ScaleAction(NOW - 30 + i, *each[:2], "", "", each[2]) for i in range(6) for each in (both[i % 2],)]
    return Memory(scale_actions=tuple(actions), busy_at=NOW)


@pytest.mark.parametrize(
    ("seen", "memory"),
    [
        (SEEN, None),
        (replace(BY_PIPELINE, contenders=("HorizontalPodAutoscaler orders also scales it.",)), None),
        (BY_PIPELINE, reversed_by("argocd-controller")),
    ],
    ids=["nothing was scaled", "another scaler", "contention"],
)
def test_no_event_repeats_what_a_condition_says(seen: Observation, memory: Any) -> None:
    """An HPA changes replicas every 15 s."""
    assert events(seen, memory=memory) == []
