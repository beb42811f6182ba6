"""The last rule: which pods may go when the number is lowered, and how many of them now.

Idle pods go first. Busy ones may be asked to finish only where the longest task fits into their grace period; else, or
with `disruption: IdleOnly`, the number falls only by pods that surely run nothing, and the rest of the way down waits.
Which pods go is up to the ReplicaSet: deletion costs say it, a pass ahead of the change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from controller.api.spec import Disruption
from controller.scaling.decision import Proposal, Situation
from controller.scaling.observation import PodObservation
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.rules.freshness import missing_readings
from controller.scaling.scale_down.deletion_cost import (
    COSTS_SEEN_SECONDS,
    Candidate,
    Outlook,
    bearable_removals,
    changed_costs,
    harmless_changes,
    most_tasks,
    sure_removals,
)
from controller.scaling.scale_down.grace import (
    grace_seconds,
    known_longest_task,
    observe_drains,
    why_cut_short,
    why_idle_only,
)
from controller.scaling.scale_down.idleness import Dispatches, Evidence, Risk, reported_load
from controller.scaling.text import are, brief, counted


@dataclass(frozen=True, slots=True)
class _WayDown:
    """What is known of the pods that may go."""

    candidates: tuple[Candidate, ...]
    """The pods that were not asked to stop."""
    changes: Mapping[str, int]
    """The deletion costs that are to be written, by pod."""
    bearable_tasks: float
    """Tasks that the pods which go may be expected to run together, where they would be cut short."""
    unsettled: bool
    """Whether deletion costs were written so lately that the ReplicaSet may not know them yet."""

    @property
    def idle(self) -> int:
        """How many pods run nothing."""
        return sum(candidate.is_idle for candidate in self.candidates)

    @property
    def lowest(self) -> int:
        """Replicas that remain when all pods that surely run nothing are gone."""
        return self._lowest({}, lambda candidate: candidate.expected_tasks)

    @property
    def lowest_with_changes(self) -> int:
        """The same at the next poll, once the deletion costs of this pass are in place."""
        return self._lowest(self.changes, lambda candidate: candidate.next_expected_tasks)

    @property
    def is_at_risk(self) -> bool:
        """Whether more pods could go by their reports than by what may have been dispatched to them since."""
        return len(self.candidates) - self._sure({}) < self.lowest

    def expected_tasks(self, removed: int) -> float:
        """Tasks that so many pods are expected to run that go now, where they would be cut short."""
        return most_tasks(self._tasks_by_pod(lambda candidate: candidate.expected_tasks), max(0, removed))

    def _lowest(self, deletion_costs: Mapping[str, int], tasks_on: Callable[[Candidate], float]) -> int:
        sure = self._sure(deletion_costs)
        return len(self.candidates) - bearable_removals(
            self._tasks_by_pod(tasks_on), self.bearable_tasks, deletion_costs, at_most=sure
        )

    def _tasks_by_pod(self, tasks_on: Callable[[Candidate], float]) -> list[tuple[PodObservation, float]]:
        return [(candidate.pod, tasks_on(candidate)) for candidate in self.candidates]

    def _sure(self, deletion_costs: Mapping[str, int]) -> int:
        idle = {id(candidate.pod) for candidate in self.candidates if candidate.is_idle}
        pods = [candidate.pod for candidate in self.candidates]
        return sure_removals(pods, lambda pod: id(pod) in idle, deletion_costs)


def disruption(situation: Situation, proposal: Proposal) -> Proposal:
    """Says which pods may go, by deletion costs, and holds the number where busy pods would go that may not."""
    proposal = observe_drains(situation, proposal)
    why = why_idle_only(situation, proposal)
    if _knows_pods(situation):
        return _among_pods(situation, proposal, why)
    if why and not situation.observation.never_reported:
        return _as_reported(situation, proposal, why)
    if proposal.replicas >= situation.observation.replicas:
        return proposal
    return _idle_only(proposal, why) if why else _least_used(situation, proposal)


def _knows_pods(situation: Situation) -> bool:
    """Whether the operator says which pods go; without any reports they go one at a time, whichever they are."""
    strict = situation.spec.disruption == Disruption.IDLE_ONLY
    return situation.observation.can_set_deletion_costs and (strict or not situation.observation.never_reported)


def _among_pods(situation: Situation, proposal: Proposal, why: str | None) -> Proposal:
    heartbeats = situation.memory.heartbeats.observe(situation.observation.pods)
    proposal = replace(proposal, memory=replace(proposal.memory, heartbeats=heartbeats))
    risk = situation.memory.risk.after(Dispatches.of(situation.observation), situation.now)
    surplus = situation.observation.replicas - _recommended(situation, proposal)
    outlook = _outlook(situation, proposal, surplus, risk)
    candidates = outlook.candidates
    current = situation.observation.replicas
    changes: Mapping[str, int] = {}
    if not proposal.suspended and not missing_readings(situation.observation):
        changes = changed_costs(candidates, surplus, lightly_used_too=not why, bearable_tasks=risk.bearable_tasks)
        proposal = replace(proposal, next_poll_seconds=outlook.next_poll_seconds)
    costs_written_at = situation.memory.costs_written_at
    unsettled = costs_written_at is not None and situation.now - costs_written_at < COSTS_SEEN_SECONDS
    way = _WayDown(candidates, changes, risk.bearable_tasks, unsettled)
    if proposal.replicas >= current:
        proposal = _without_waiting(proposal)
    elif why:
        proposal = _lower_idle_only(situation, proposal, way, why)
    else:
        proposal = _lower_gracefully(situation, proposal, way)
    written = changes if proposal.replicas >= current else harmless_changes(changes, candidates)
    risk = risk.add(way.expected_tasks(current - proposal.replicas))
    memory = replace(proposal.memory, costs_written_at=situation.now if written else costs_written_at, risk=risk)
    return replace(proposal, memory=memory, deletion_costs=written)


def _as_reported(situation: Situation, proposal: Proposal, why: str) -> Proposal:
    """The pods that reported the least are removed first, as if deletion costs said so: may all of these go?"""
    pods = tuple(replace(pod, deletion_cost=reported_load(pod)) for pod in situation.observation.pods)
    situation = replace(situation, observation=replace(situation.observation, pods=pods))
    heartbeats = situation.memory.heartbeats.observe(pods)
    risk = situation.memory.risk.after(Dispatches.of(situation.observation), situation.now)
    proposal = replace(proposal, memory=replace(proposal.memory, heartbeats=heartbeats))
    current = situation.observation.replicas
    outlook = _outlook(situation, proposal, current - proposal.replicas, risk)
    way = _WayDown(outlook.candidates, {}, risk.bearable_tasks, unsettled=False)
    proposal = replace(proposal, next_poll_seconds=outlook.next_poll_seconds)
    if proposal.replicas < current:
        proposal = _lower_idle_only(situation, proposal, way, why)
    risk = risk.add(way.expected_tasks(current - proposal.replicas))
    return replace(proposal, memory=replace(proposal.memory, risk=risk))


def _outlook(situation: Situation, proposal: Proposal, surplus: int, risk: Risk) -> Outlook:
    seconds = None if proposal.need is None else proposal.need.service_seconds
    evidence = Evidence.of(situation.observation, proposal.memory.no_dispatch, seconds, situation.now)
    pods = situation.observation.staying_pods
    if why_cut_short(situation, proposal) is None:
        return Outlook.of(pods, evidence)
    return Outlook.at_stake(pods, evidence, proposal.memory.heartbeats, surplus, risk.bearable_tasks)


def _recommended(situation: Situation, proposal: Proposal) -> int:
    """The number that the work needs, before anything keeps replicas for a while: deletion costs are written ahead."""
    return min(proposal.replicas, max(situation.min_replicas, proposal.needed))


def _lower_idle_only(situation: Situation, proposal: Proposal, way: _WayDown, why: str) -> Proposal:
    current = situation.observation.replicas
    if way.unsettled:
        return _await_costs(situation, proposal, current)
    lowest = way.lowest
    if proposal.replicas >= lowest:
        return _idle_only(_without_waiting(proposal), why)
    held = min(current, lowest)
    if way.lowest_with_changes < lowest:
        return _await_costs(situation, proposal, held)
    pods = [candidate.pod for candidate in way.candidates]
    held_at = f"Held at {counted(held, 'replica')} until busy pods finish"
    idle = f"{way.idle} of {counted(len(pods), 'pod')} {'is' if way.idle == 1 else 'are'} idle"
    in_front = next((pod.name for pod in pods if not pod.is_ready and pod.slots), None)
    also = f"; {brief(in_front)}, which may run tasks, is not ready and would be removed first" if in_front else ""
    risk = ", and tasks may have been dispatched to them since their last report" if way.is_at_risk else ""
    message = f"{held_at}: only idle pods are removed ({why}). {idle}{risk}{also}."
    return proposal.step(Rule.DISRUPTION, StepReason.REPLICAS_BUSY, message, held)


def _lower_gracefully(situation: Situation, proposal: Proposal, way: _WayDown) -> Proposal:
    """Busy pods may be asked to finish; deletion costs are waited for once, and not again while they keep changing."""
    waits = bool(way.changes) or way.unsettled
    waited = situation.memory.awaiting_costs_since is not None and not way.unsettled
    lowest = way.lowest
    if proposal.replicas >= lowest or not waits or waited:
        return _least_used(situation, _without_waiting(proposal))
    return _await_costs(situation, proposal, min(situation.observation.replicas, lowest))


def _await_costs(situation: Situation, proposal: Proposal, replicas: int) -> Proposal:
    since = situation.memory.awaiting_costs_since
    memory = replace(proposal.memory, awaiting_costs_since=situation.now if since is None else since)
    message = (
        f"Held at {counted(replicas, 'replica')} until the pod-deletion-cost of the least used pods is in place, so "
        f"that those are removed; {are(proposal.replicas, 'replica')} enough."
    )
    return replace(proposal, memory=memory).step(Rule.DISRUPTION, StepReason.MARKING, message, replicas)


def _without_waiting(proposal: Proposal) -> Proposal:
    return replace(proposal, memory=replace(proposal.memory, awaiting_costs_since=None))


def _idle_only(proposal: Proposal, why: str) -> Proposal:
    return proposal.step(Rule.DISRUPTION, StepReason.IDLE_ONLY, f"Only idle pods are removed: {why}.")


def _least_used(situation: Situation, proposal: Proposal) -> Proposal:
    grace, longest = grace_seconds(situation.observation), known_longest_task(situation, proposal)
    tasks = longest.evidence if longest else "no task is known to take longer"
    message = f"Starting pods are removed first, then the least used: {tasks} (termination grace period {grace:g} s)."
    return proposal.step(Rule.DISRUPTION, StepReason.LEAST_USED, message)
