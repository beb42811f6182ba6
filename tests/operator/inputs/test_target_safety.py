"""The grace lint: each problem with its numbers and the lines to add, the worst one first."""

from dataclasses import replace
from typing import Any

import pytest

from controller.api.condition_reasons import TargetSafe
from controller.api.conditions import ConditionReason, ConditionType
from controller.cluster.objects import Container
from controller.operator.inputs.target_safety import target_safe
from controller.operator.passes import ConditionUpdate, Target
from controller.operator.report.conditions import NEEDED
from tests.operator.builders import deployment
from tests.scaling.builders import spec

WORKER = Container("worker", has_readiness_probe=True, requests={"cpu": "100m", "memory": "128Mi"})


def lint(
    container: Container = WORKER, *, grace: int = 30, longest: float | None = None, mean: float | None = None, **d: Any
) -> ConditionUpdate:
    """What is said of a Deployment with that container and grace period, and tasks of that length."""
    seen = deployment(container, termination_grace_period_seconds=grace, **d)
    hint = {} if longest is None else {"taskDurationSeconds": {"max": longest}}
    return target_safe(spec(**hint), Target(seen, container), mean)


@pytest.mark.parametrize(
    ("update", "message"),
    [
        (
            lint(longest=30),
            "A pod that is asked to stop has 30 s to finish: taskDurationSeconds.max is 30 s, which fits.",
        ),
        (
            lint(mean=15),
            "A pod that is asked to stop has 30 s to finish: a task takes 15 s on average, up to 30 s, which fits.",
        ),
        (
            lint(replace(WORKER, pre_stop_seconds=10), longest=20),
            "A pod that is asked to stop has 20 s to finish: taskDurationSeconds.max is 20 s, which fits.",
        ),
        (lint(), "A pod that is asked to stop has 30 s to finish: how long tasks run is not known yet."),
    ],
    ids=["the owner's word", "twice the mean", "beside preStop", "not known"],
)
def test_a_deployment_that_lets_its_workers_finish_is_safe(update: ConditionUpdate, message: str) -> None:
    """The message has the time that a pod has, with what it is needed for."""
    assert update == ConditionUpdate(TargetSafe.TARGET_SAFE, message)


@pytest.mark.parametrize(
    ("update", "reason", "message"),
    [
        (
            lint(longest=60),
            TargetSafe.GRACE_PERIOD_TOO_SHORT,
            (
                "A pod that is asked to stop is killed after 30 s, but taskDurationSeconds.max is 60 s. "
                "In spec.template.spec set terminationGracePeriodSeconds: 75. "
                "Let the worker's graceful shutdown timeout be at least 60 s, too."
            ),
        ),
        (
            lint(mean=20),
            TargetSafe.GRACE_PERIOD_TOO_SHORT,
            (
                "A pod that is asked to stop is killed after 30 s, but a task takes 20 s on average, up to 40 s. "
                "In spec.template.spec set terminationGracePeriodSeconds: 55. "
                "Let the worker's graceful shutdown timeout be at least 40 s, too."
            ),
        ),
        (
            lint(longest=19, mean=30),
            TargetSafe.GRACE_PERIOD_TOO_SHORT,
            (
                "A pod that is asked to stop is killed after 30 s, but a task takes 30 s on average, up to 60 s. "
                "In spec.template.spec set terminationGracePeriodSeconds: 75. "
                "Let the worker's graceful shutdown timeout be at least 60 s, too."
            ),
        ),
        (
            lint(replace(WORKER, pre_stop_seconds=15), longest=20),
            TargetSafe.PRE_STOP_TOO_LONG,
            (
                "preStop takes 15 s of a grace period of 30 s and leaves 15 s, but taskDurationSeconds.max is 20 s. "
                "In spec.template.spec set terminationGracePeriodSeconds: 50. "
                "Let the worker's graceful shutdown timeout be at least 20 s, too."
            ),
        ),
        (
            lint(replace(WORKER, pre_stop_seconds=30)),
            TargetSafe.PRE_STOP_TOO_LONG,
            (
                "preStop takes 30 s of a grace period of 30 s: SIGTERM comes with the kill. "
                "In spec.template.spec set terminationGracePeriodSeconds: 45."
            ),
        ),
        (
            lint(strategy="Recreate"),
            TargetSafe.RECREATE_STRATEGY,
            (
                "A rollout stops all 2 pods at once: no worker takes tasks until the new ones are ready. "
                "In spec set strategy: {type: RollingUpdate}."
            ),
        ),
        (
            lint(replace(WORKER, has_readiness_probe=False)),
            TargetSafe.NO_READINESS_PROBE,
            (
                "Container worker has no readinessProbe, so its pod counts as ready before the worker polls. "
                "Add one that asks the worker, such as readinessProbe: {httpGet: {path: /ready, port: 8080}}."
            ),
        ),
        (
            lint(replace(WORKER, requests={"cpu": "1"})),
            TargetSafe.NO_RESOURCE_REQUESTS,
            (
                "Container worker requests no memory: its node may have no room, and it is evicted first. "
                "Add what it needs, such as resources: {requests: {cpu: 100m, memory: 128Mi}}."
            ),
        ),
    ],
    ids=[
        "a hint longer than the grace period",
        "a mean longer than half of it",
        "a mean that is longer than the hint",
        "preStop",
        "nothing but preStop",
        "Recreate",
        "no readiness probe",
        "no memory requested",
    ],
)
def test_a_problem_is_reported_with_its_numbers_and_the_lines_to_add(
    update: ConditionUpdate, reason: ConditionReason, message: str
) -> None:
    """The condition says how to fix it, without another page."""
    assert update == ConditionUpdate(reason, message)


def test_all_problems_are_reported_and_the_worst_gives_the_reason() -> None:
    """One condition has one reason, and they should be fixed together."""
    update = lint(Container("worker"), longest=60, strategy="Recreate")
    assert update.reason == TargetSafe.GRACE_PERIOD_TOO_SHORT
    parts = ("terminationGracePeriodSeconds: 75", "RollingUpdate", "readinessProbe", "no cpu and no memory")
    assert all(part in update.message for part in parts)


def test_the_lint_is_never_a_refusal_to_work() -> None:
    """`Ready` does not need it."""
    assert ConditionType.TARGET_SAFE not in NEEDED
