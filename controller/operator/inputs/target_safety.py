"""The grace lint: whether the Deployment lets a worker that is asked to stop finish its tasks. It never refuses work.

The first problem gives the reason; the message has them all, each with the lines to add.
"""

from collections.abc import Iterator
from math import ceil
from typing import Final

from controller.api.condition_reasons import TargetSafe
from controller.api.spec import TemporalWorkerPoolSpec
from controller.cluster.objects import Container
from controller.operator.passes import ConditionUpdate, Target
from controller.scaling.scale_down.grace import LongestTask, longest_task
from controller.scaling.text import counted

WIND_UP_SECONDS: Final = 15
"""Added to the longest task in what is proposed: the time to report the last result and to end."""

NEEDED_REQUESTS: Final = ("cpu", "memory")
"""What a container should request, so that the scheduler does not put it where there is no room."""


def target_safe(spec: TemporalWorkerPoolSpec, target: Target, mean_task_seconds: float | None) -> ConditionUpdate:
    """What there is to say about the way the Deployment ends its pods.

    Args:
        spec: The pool.
        target: Its Deployment and container.
        mean_task_seconds: What was learned; `None` where nothing was.
    """
    longest = longest_task(spec, mean_task_seconds)
    problems = [*_grace(target, longest), *_strategy(target), *_readiness(target.container), *_requests(target)]
    if problems:
        return ConditionUpdate(problems[0].reason, " ".join(problem.message for problem in problems))
    seconds = target.seconds_to_finish
    known = f"{longest.evidence}, which fits" if longest else "how long tasks run is not known yet"
    return ConditionUpdate(TargetSafe.TARGET_SAFE, f"A pod that is asked to stop has {seconds:g} s to finish: {known}.")


def _grace(target: Target, longest: LongestTask | None) -> Iterator[ConditionUpdate]:
    """Whether the longest task ends before the kubelet kills; `preStop` is part of the same time."""
    grace, pre_stop = target.deployment.termination_grace_period_seconds, target.container.pre_stop_seconds
    left = target.seconds_to_finish
    if longest is None or longest.fits(left):
        if pre_stop and not left:
            message = f"preStop takes {pre_stop:g} s of a grace period of {grace} s: SIGTERM comes with the kill."
            yield ConditionUpdate(TargetSafe.PRE_STOP_TOO_LONG, f"{message} {_more_grace(pre_stop + WIND_UP_SECONDS)}")
        return
    lines = _more_grace(longest.seconds + pre_stop + WIND_UP_SECONDS)
    lines += f" Let the worker's graceful shutdown timeout be at least {ceil(longest.seconds)} s, too."
    if longest.fits(grace):
        message = f"preStop takes {pre_stop:g} s of a grace period of {grace} s and leaves {left:g} s"
        yield ConditionUpdate(TargetSafe.PRE_STOP_TOO_LONG, f"{message}, but {longest.evidence}. {lines}")
    else:
        message = f"A pod that is asked to stop is killed after {grace} s, but {longest.evidence}. {lines}"
        yield ConditionUpdate(TargetSafe.GRACE_PERIOD_TOO_SHORT, message)


def _more_grace(seconds: float) -> str:
    return f"In spec.template.spec set terminationGracePeriodSeconds: {ceil(seconds)}."


def _strategy(target: Target) -> Iterator[ConditionUpdate]:
    if target.deployment.strategy == "Recreate":
        message = (
            f"A rollout stops all {counted(target.deployment.replicas, 'pod')} at once: no worker takes tasks until "
            "the new ones are ready. In spec set strategy: {type: RollingUpdate}."
        )
        yield ConditionUpdate(TargetSafe.RECREATE_STRATEGY, message)


def _readiness(container: Container) -> Iterator[ConditionUpdate]:
    if not container.has_readiness_probe:
        message = (
            f"Container {container.name} has no readinessProbe, so its pod counts as ready before the worker polls. "
            "Add one that asks the worker, such as readinessProbe: {httpGet: {path: /ready, port: 8080}}."
        )
        yield ConditionUpdate(TargetSafe.NO_READINESS_PROBE, message)


def _requests(target: Target) -> Iterator[ConditionUpdate]:
    missing = [resource for resource in NEEDED_REQUESTS if resource not in target.container.requests]
    if missing:
        message = (
            f"Container {target.container.name} requests no {' and no '.join(missing)}: its node may have no room, and "
            "it is evicted first. Add what it needs, such as resources: {requests: {cpu: 100m, memory: 128Mi}}."
        )
        yield ConditionUpdate(TargetSafe.NO_RESOURCE_REQUESTS, message)
