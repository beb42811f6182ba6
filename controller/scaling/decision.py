"""The decision and its steps: the one object of which conditions, Events, status, logs and metrics are renderings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from controller.api.overrides import NO_OVERRIDES, Overrides
from controller.api.spec import TemporalWorkerPoolSpec
from controller.api.text import cut
from controller.scaling.memory import Memory
from controller.scaling.observation import UNSCHEDULABLE, Blocker, Observation, PodObservation
from controller.scaling.reasons import Rule, StepReason


@dataclass(frozen=True, slots=True)
class Step:
    """What one rule did with the number, why, and with which figures."""

    rule: Rule
    reason: StepReason
    message: str
    """One sentence with the object, the numbers, and what to do where something is to be done."""
    replicas_before: int
    replicas_after: int

    @property
    def changed(self) -> bool:
        """Whether this rule changed the number."""
        return self.replicas_before != self.replicas_after


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What the schedules ask for at one time."""

    min_replicas: int
    """The highest `minReplicas` of the schedules in force; 0 without one."""
    cron: str | None = None
    """The schedule that asks for it."""
    next_change_at: float | None = None
    """When a schedule begins or ends next; `None` without schedules."""
    problems: tuple[str, ...] = ()
    """Schedules that could not be read, and what to do."""


NOTHING_SCHEDULED = Scheduled(0)


@dataclass(frozen=True, slots=True)
class BlockedPod:
    """A pod with what keeps it from becoming ready."""

    pod: PodObservation
    blocker: Blocker

    @property
    def is_unschedulable(self) -> bool:
        """Whether it fits on no node."""
        return self.blocker.reason == UNSCHEDULABLE

    def seconds(self, now: float) -> float:
        """For how long at most it has been so."""
        return now - (self.pod.created_at if self.blocker.since is None else self.blocker.since)


@dataclass(frozen=True, slots=True)
class Capacity:
    """What is known of the pods that take no tasks."""

    provisioning: tuple[BlockedPod, ...] = ()
    """Pods that fit on no node so far, and may still get one from a cluster autoscaler."""
    cannot_start: tuple[BlockedPod, ...] = ()
    """Pods that something keeps from becoming ready."""
    next_ones_too: tuple[BlockedPod, ...] = ()
    """Those of `cannot_start` that say that further replicas could not start either."""
    creation_failure: str | None = None
    """Why the ReplicaSet can't create pods."""
    templates: frozenset[str | None] = frozenset()
    """ReplicaSets whose next pods could not start either, or of which each pod that runs has just crashed."""
    crashed: tuple[PodObservation, ...] = ()
    """Pods that run and take tasks, and crashed again and again until a short while ago."""
    frozen: tuple[PodObservation, ...] = ()
    """Pods that were ready and are no longer, without a cause that Kubernetes knows: they are not on their way."""

    @property
    def stops_growth(self) -> bool:
        """Whether further replicas could not start either."""
        return bool(self.creation_failure or self.next_ones_too)

    @property
    def stops_template(self) -> bool:
        """Whether pods of some template can't start, also where those of an older one still do."""
        return bool(self.creation_failure or self.templates)

    @property
    def is_exhausted(self) -> bool:
        """Whether there is no room for more pods: no node, or no quota."""
        return bool(self.creation_failure) or any(blocked.is_unschedulable for blocked in self.next_ones_too)

    def will_start(self, pod: PodObservation) -> bool:
        """Whether a pod is on its way to take tasks for the first time."""
        return pod.is_new and all(blocked.pod != pod for blocked in self.cannot_start)


NOTHING_BLOCKED = Capacity()


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that a rule may read."""

    spec: TemporalWorkerPoolSpec
    observation: Observation
    memory: Memory
    now: float
    scheduled: Scheduled = NOTHING_SCHEDULED
    capacity: Capacity = NOTHING_BLOCKED
    """Which pods can't start."""
    overrides: Overrides = NO_OVERRIDES
    """Those that are in force."""

    @property
    def min_replicas(self) -> int:
        """`minReplicas`, or that of a schedule in force if it is higher."""
        return min(max(self.spec.min_replicas, self.scheduled.min_replicas), self.spec.max_replicas)


@dataclass(frozen=True, slots=True)
class Need:
    """What the deadline policy found beside the number; the rules that lower it ask for this."""

    steady_replicas: int
    """What the load alone needs, without the backlog."""
    stands: bool
    """Whether a backlog stands that replicas would help against."""
    start_up_seconds: float
    """What a start costs, L."""
    service_seconds: float
    """How long a task of the slowest kind is likely to run, T."""
    longest_seconds: float
    """The upper end of what is known of that; very long while nothing is."""
    idle_poll_seconds: float
    """How often the objective needs a poll while nothing is to be done."""
    assumed: bool
    """Whether the service time of the deciding queue is more an assumption than a measurement."""
    starts_are_late: bool = False
    """Whether replicas that are requested when tasks arrive are ready too late for them: D < h."""
    unmeasured: bool = False
    """Whether tasks of some kind wait or run, and too few have ended to say how long they take."""
    rate_limited: bool = False
    """Whether a rate limit holds tasks of some kind back."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The number on its way through the rules, with the steps so far and what is to be remembered."""

    replicas: int
    memory: Memory
    steps: tuple[Step, ...] = ()
    need: Need | None = None
    """Once a task queue was read."""
    needed: int = 0
    """What the work asks for, before anything keeps replicas for a while."""
    suspended: str | None = None
    """Why nothing of the Deployment and its pods may be changed now, in words; `None`: it may."""
    slots: Mapping[str, int] = field(default_factory=dict)
    """See `Decision.slots`."""
    restarts: bool = False
    """See `Decision.restarts`."""
    deletion_costs: Mapping[str, int] = field(default_factory=dict)
    next_poll_seconds: float | None = None
    """When the next poll is of most use for lowering the number; `None`: at any time."""
    kept_until: float | None = None
    """See `Decision.kept_until`."""

    def step(self, rule: Rule, reason: StepReason, message: str, replicas: int | None = None) -> Self:
        """The proposal after a rule has spoken; without `replicas` the number stays as it is."""
        after = self.replicas if replicas is None else replicas
        step = Step(rule, reason, cut(message), self.replicas, after)
        return replace(self, replicas=after, steps=(*self.steps, step))


@dataclass(frozen=True, slots=True)
class Decision:
    """How many replicas, and the whole why."""

    current_replicas: int
    desired_replicas: int
    steps: tuple[Step, ...]
    memory: Memory
    """What the next pass should remember; the caller adds a scale action once it was carried out."""
    deletion_costs: Mapping[str, int] = field(default_factory=dict)
    """By pod, the deletion costs that are to be written, before the replicas are changed."""
    need: Need | None = None
    """What the deadline policy found, whatever the objective; `None` when nothing could be read."""
    needed: int | None = None
    """What the work asks for, before anything limits it or keeps replicas; `None` when nothing could be read."""
    kept_until: float | None = None
    """When the grace of what a person set is over, in seconds since the Unix epoch; `None`: there is none."""
    scheduled: Scheduled = NOTHING_SCHEDULED
    """What the schedules ask for, and when that changes next."""
    capacity: Capacity = NOTHING_BLOCKED
    """Which pods can't start."""
    suspended: str | None = None
    """Why nothing of the Deployment and its pods may be changed now, in words; `None`: it may."""
    slots: Mapping[str, int] = field(default_factory=dict)
    """What each slot variable that the operator is to own should be, by its name; written in a free moment."""
    restarts: bool = False
    """Whether that pays off although running pods are restarted."""
    next_poll_seconds: float | None = None
    """Seconds after which the next poll may change the decision; `None`: the polling interval is soon enough."""

    @property
    def scales(self) -> bool:
        """Whether the Deployment has to be changed."""
        return self.desired_replicas != self.current_replicas

    def step(self, rule: Rule) -> Step | None:
        """What a rule said, or `None` if it was not asked."""
        return next((step for step in self.steps if step.rule == rule), None)

    @property
    def deciding_step(self) -> Step:
        """The rule that had the last word: the last one that changed the number, else the one that named or held it.

        On the way to 0 it is the rule that found the pool idle: without it there would be no such change.
        """
        gate = self.step(Rule.ZERO_GATE)
        if gate and self.scales and self.desired_replicas == gate.replicas_after == 0:
            return gate
        changes = [step for step in self.steps if step.changed]
        if changes:
            return changes[-1]
        return self.step(Rule.DEMAND) or self.step(Rule.FRESHNESS) or self.steps[-1]

    @property
    def explanation(self) -> str:
        """Why this number, what decided first: an override, a person or another scaler, the way from or to 0, the
        rule that had the last word, and then what the work asks for.
        """
        gate = self.step(Rule.ZERO_GATE) if self.scales else None
        demand = self.step(Rule.DEMAND)
        first = [self.step(rule) for rule in (Rule.CONTENTION, Rule.PAUSE, Rule.OVERRIDE, Rule.GRACE)]
        last = [self.deciding_step, demand]
        if demand and not demand.replicas_after and self.desired_replicas <= self.current_replicas:
            last = [] if gate and not gate.replicas_after else [demand, self.deciding_step]  # it is short, and decided
        said = dict.fromkeys(step.message for step in (*first, gate, *last) if step)
        return cut(" ".join(said))
