"""The oracle: the cost of a plan that knows every task beforehand.

Each second the plan takes the tasks that run, wait and will come, and the fewest pods with which every task can start
by its deadline: for each later moment, the work that is due by then, divided by the time until then. That is
the steepest slope of what is due, so the plan is as even as the deadlines allow. It never has a slot for which there is
no task, and never ends a task.

Pods cost their start-up too: one that is not needed for a while is kept if that is cheaper than starting another one.
Since all is known, pods are requested in time, and no task waits for a start-up.

It is a good plan, not the best one: exact where tasks are alike, and by their mean where they are not. A policy can
cost less only where it lets tasks wait longer than they should, or by luck.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import accumulate, pairwise, zip_longest
from math import ceil

from controller.simulator.scenario import Scenario
from controller.simulator.tasks import Task

STEP_SECONDS = 1.0

HORIZONS_SECONDS = tuple(1.5**n for n in range(15))
"""How far ahead the plan counts work that is due: 1 s to 5 minutes, ever further apart."""


@dataclass(frozen=True, slots=True)
class OraclePlan:
    """A plan and what it achieves."""

    replicas: tuple[int, ...]
    """Pods that are ready in each second, from the start of the scenario."""
    pod_seconds: float
    """What they cost, start-ups included."""
    share_within_objective: float
    """Share of the tasks that start by their deadline."""


def oracle_plan(scenario: Scenario, tasks: Sequence[Task]) -> OraclePlan:
    """Plans a scenario whose tasks, in the order of their arrival, are all known; kinds of tasks share the pods."""
    planners = [
        _Planner(replace(scenario, slots=kind.slots, beside=()), [task for task in tasks if task.kind == number])
        for number, kind in enumerate(scenario.kinds)
    ]
    needed = [max(counts) for counts in zip_longest(*(planner.plan() for planner in planners), fillvalue=0)]
    replicas = keep_where_cheaper(needed, scenario.start_up_seconds)
    starts = sum(max(0, after - before) for before, after in pairwise([0, *replicas]))
    pod_seconds = sum(replicas) * STEP_SECONDS + starts * scenario.start_up_seconds
    in_time = sum(planner.in_time for planner in planners)
    return OraclePlan(tuple(replicas), pod_seconds, in_time / len(tasks) if tasks else 1.0)


def keep_where_cheaper(replicas: list[int], start_up_seconds: float) -> list[int]:
    """Fills the gaps in which keeping a pod costs less than starting another one afterwards."""
    kept = list(replicas)
    for level in range(1, max(replicas, default=0) + 1):
        needed = [step for step, count in enumerate(replicas) if count >= level]
        for last, following in pairwise(needed):
            if (following - last - 1) * STEP_SECONDS < start_up_seconds:
                kept[last + 1 : following] = [max(level, count) for count in kept[last + 1 : following]]
    return kept


class _Planner:
    """Plays the tasks second by second with as few pods as their deadlines allow."""

    def __init__(self, scenario: Scenario, tasks: Sequence[Task]) -> None:
        self.in_time = 0
        self._scenario = scenario
        self._tasks = tasks
        self._arrivals = [task.arrives_at for task in tasks]
        self._mean_seconds = sum(task.service_seconds for task in tasks) / len(tasks) if tasks else 0.0
        self._work = {ahead: self._work_within(ahead) for ahead in HORIZONS_SECONDS}
        self._starts_per_pod = scenario.pollers / scenario.round_trip_seconds if scenario.pollers else float("inf")
        self._started = 0
        self._ends: list[float] = []
        self._next_permit_at = 0.0

    def plan(self) -> list[int]:
        """Pods in each second, until all tasks are done or the scenario ends."""
        replicas: list[int] = []
        now, end = 0.0, self._scenario.end_seconds(self._tasks)
        while now < end and (self._started < len(self._tasks) or self._ends):
            while self._ends and self._ends[0] <= now:
                heappop(self._ends)
            replicas.append(self._pods(now))
            self._play(now, replicas[-1])
            now += STEP_SECONDS
        return replicas

    def _work_within(self, ahead: float) -> Sequence[float]:
        """Running sum of the service times, of which no task can need more than it has time for."""
        seconds = ahead + self._mean_seconds
        return array("d", accumulate((min(task.service_seconds, seconds) for task in self._tasks), initial=0))

    def _pods(self, now: float) -> int:
        """The fewest pods of this second with which all deadlines can still be kept."""
        arrived = bisect_left(self._arrivals, now + STEP_SECONDS)
        waiting = arrived - self._started
        if self._scenario.rate_limit_per_second:
            waiting = min(waiting, ceil(self._scenario.rate_limit_per_second * STEP_SECONDS))
        moments = (*HORIZONS_SECONDS, self._last_deadline_ahead(now, arrived))
        slots = max(self._slots_until(now, ahead) for ahead in moments)
        due_now = (self._due(now + STEP_SECONDS) - self._started) * min(1, self._mean_seconds / STEP_SECONDS)
        running_on = sum(end > now + STEP_SECONDS for end in self._ends)
        slots = min(max(slots, running_on + due_now, len(self._ends)), len(self._ends) + waiting)
        starts = min(max(self._starts_until(now, ahead) for ahead in moments), waiting)
        return max(ceil(slots / self._scenario.slots), ceil(starts / self._starts_per_pod))

    def _last_deadline_ahead(self, now: float, arrived: int) -> float:
        """How many seconds from now the last of the tasks that have arrived has to be started."""
        if arrived == self._started:
            return STEP_SECONDS
        return max(STEP_SECONDS, self._arrivals[arrived - 1] + self._scenario.objective_seconds - now)

    def _due(self, time: float) -> int:
        """How many tasks, of all, have to be started by a time."""
        return max(self._started, bisect_right(self._arrivals, time - self._scenario.objective_seconds))

    def _slots_until(self, now: float, ahead: float) -> float:
        """Slots that it takes from now on to start in time what is due until then; the last ones still run then."""
        seconds = ahead + self._mean_seconds
        running = sum(min(end - now, seconds) for end in self._ends)
        work = self._work.get(ahead) or self._work[max(horizon for horizon in HORIZONS_SECONDS if horizon <= ahead)]
        return (running + work[self._due(now + ahead)] - work[self._started]) / seconds

    def _starts_until(self, now: float, ahead: float) -> float:
        return (self._due(now + ahead) - self._started) / ahead

    def _play(self, now: float, pods: int) -> None:
        """Starts the tasks of this second, first in, first out."""
        end_of_step = now + STEP_SECONDS
        slots, starts_left = pods * self._scenario.slots, pods * self._starts_per_pod * STEP_SECONDS
        while self._started < len(self._tasks) and starts_left >= 1:
            task = self._tasks[self._started]
            start = max(task.arrives_at, now, self._next_permit_at)
            if len(self._ends) >= slots:
                start = max(start, self._ends[0]) if slots else end_of_step
            if start >= end_of_step:
                return
            while self._ends and self._ends[0] <= start:
                heappop(self._ends)
            heappush(self._ends, start + task.service_seconds)
            if self._scenario.rate_limit_per_second:
                self._next_permit_at = start + 1 / self._scenario.rate_limit_per_second
            self.in_time += start - task.arrives_at <= self._scenario.objective_seconds
            self._started += 1
            starts_left -= 1
