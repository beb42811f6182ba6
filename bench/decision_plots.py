"""The pictures of docs/decision.md, one for each step of the decision: `python -m bench.decision_plots --help`.

Each is drawn from a run of the simulator or from the very function that the decision calls, so that it cannot show what
the code does not do.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Annotated, Any

import matplotlib as mpl
import typer
from typing_extensions import override

mpl.use("Agg")

from matplotlib import pyplot as plt

from controller.scaling.deadline.arrivals import arrival_rate
from controller.scaling.deadline.backlog import plausible_backlog
from controller.scaling.deadline.load import load
from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.decision import Decision
from controller.scaling.observation import QueueStatistics
from controller.scaling.reasons import Rule
from controller.simulator.baselines import WorkInSystem
from controller.simulator.outcome import Outcome
from controller.simulator.policy import SimulatedObservation, TemporalWorkerPools
from controller.simulator.pool import pool_spec
from controller.simulator.scenario import Scenario
from controller.simulator.scenarios import SCENARIOS
from controller.simulator.simulation import draw_tasks, simulate
from controller.simulator.tasks import Task, lognormal, poisson, served, steps

MINUTE = 60.0


def _burst_and_step(random: Random) -> list[Task]:
    rate = steps((0, 4), (12 * MINUTE, 10))
    arrivals = [*poisson(random, rate, 20 * MINUTE, 10), *[5 * MINUTE] * 500]
    return served(random, sorted(arrivals), lognormal(3, 0.5))


BURST_AND_STEP = Scenario("burst-and-step", "a burst of 500, then a step", _burst_and_step, 10, 30, 20)

PICTURES = Path(__file__).parent.parent / "docs" / "decision"


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll of a run, and what was decided."""

    minutes: float
    observation: SimulatedObservation
    decision: Decision

    @property
    def statistics(self) -> QueueStatistics:
        """What the server reported."""
        statistics = self.observation.task_queues[0].statistics
        if not isinstance(statistics, QueueStatistics):
            raise TypeError("the scenarios of the pictures have no outages")
        return statistics

    @property
    def memory(self) -> QueueMemory:
        """What is remembered of the queue."""
        (memory,) = self.decision.memory.queues.values()
        return memory

    def after(self, rule: Rule) -> int:
        """The replicas after a rule."""
        step = self.decision.step(rule)
        return self.decision.current_replicas if step is None else step.replicas_after


class Recorder(TemporalWorkerPools):
    """The policy of this project, with a record of its decisions."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(pool_spec(scenario), scenario.poll_seconds)
        self.polls: list[Poll] = []

    @override
    def decide(self, observation: SimulatedObservation, now: float) -> Decision:
        decision = super().decide(observation, now)
        self.polls.append(Poll(now / MINUTE, observation, decision))
        return decision


def record(scenario: Scenario) -> tuple[list[Poll], Outcome]:
    """Plays a scenario, and returns every poll and the outcome."""
    recorder = Recorder(scenario)
    outcome = simulate(scenario, recorder, "this pool")
    return recorder.polls, outcome


def plausible(axes: Any) -> None:  # noqa: ANN401 - matplotlib has no types here
    """Step 1: the server's count lags behind while a queue drains, the age of the oldest task does not."""
    polls, outcome = record(SCENARIOS["fan-out"])
    minutes = [poll.minutes for poll in polls]
    axes.plot([s.time / MINUTE for s in outcome.samples], [s.backlog for s in outcome.samples], label="tasks that wait")
    axes.plot(minutes, [poll.statistics.backlog for poll in polls], "o:", label="what the server counts")
    plausible = [plausible_backlog(poll.statistics, 60).tasks for poll in polls]
    axes.plot(minutes, plausible, "kx", label="what is plausible")
    axes.set(xlim=(8.5, 12), ylim=(-20, 640), ylabel="tasks", title="1. Plausible backlog (fan-out)")


def bottleneck(axes: Any) -> None:  # noqa: ANN401 - likewise
    """Step 2: behind a rate limit a backlog stands, and replicas do not help."""
    _, ours = record(SCENARIOS["overload"])
    scenario = SCENARIOS["overload"]
    baseline = simulate(scenario, WorkInSystem(scenario), "work in system")
    for outcome, label in ((baseline, "work in system"), (ours, "this pool")):
        axes.plot([s.time / MINUTE for s in outcome.samples], [s.replicas for s in outcome.samples], label=label)
    busy = [sample.slots_used / scenario.slots for sample in ours.samples]
    axes.plot([s.time / MINUTE for s in ours.samples], busy, color="grey", label="filled by running tasks")
    axes.set(ylabel="replicas", title="2. Bottleneck elsewhere (overload: 15 tasks/s, limit 10)")


def service_time(axes: Any) -> None:  # noqa: ANN401 - likewise
    """Step 3: what is likely, and what it is at most, as bursts teach it."""
    polls, _ = record(SCENARIOS["real-bursts"])
    known = [poll for poll in polls if poll.decision.need]
    seconds = [poll.minutes * MINUTE for poll in known]
    likely = [poll.decision.need.service_seconds for poll in known if poll.decision.need]
    longest = [min(poll.decision.need.longest_seconds, 100) for poll in known if poll.decision.need]
    axes.fill_between(seconds, likely, longest, step="post", alpha=0.3, label="the range")
    axes.step(seconds, likely, "k", where="post", label="what is likely")
    axes.axhline(2, color="tab:green", label="truth")
    axes.set(yscale="log", ylim=(0.5, 100), xlabel="seconds", ylabel="seconds")
    axes.set_title("3. Service time (bursts of 200 tasks of 2 s, the first at 60 s)")


def arrivals(axes: Any) -> None:  # noqa: ANN401 - likewise
    """Step 4: a burst is not a rate, a step is one after a while."""
    polls, _ = record(BURST_AND_STEP)
    minutes = [poll.minutes for poll in polls]
    axes.plot(minutes, [poll.statistics.add_rate_per_second for poll in polls], label="what the server reports")
    rates = [arrival_rate(poll.memory.arrivals, None).value for poll in polls]
    axes.plot(minutes, rates, "k", label="what is planned with")
    axes.set(ylabel="tasks per second", title="4. Arrival rate (a burst of 500, then a step)")


def load_at_ready_time(axes: Any) -> None:  # noqa: ANN401 - likewise
    """Step 5: of short tasks only the arrivals matter, of long ones what is running."""
    seconds = [10 ** (exponent / 20) for exponent in range(-20, 81)]
    for used in (0, 50, 100):
        slots = [load(used, 50 / service, service, 35, saturated=False).value for service in seconds]
        axes.plot(seconds, slots, label=f"{used} slots in use")
    axes.set(xscale="log", xlabel="service time, s", ylabel="slots in use in 35 s")
    axes.set_title("5. Load at ready time (arrivals that fill 50 slots)")


def deadline(axes: Any) -> None:  # noqa: ANN401 - likewise
    """Step 6: starts stay between arrivals and deadlines, closer to the deadlines."""
    scenario = SCENARIOS["fan-out"]
    _, outcome = record(scenario)
    times = [task.arrives_at / MINUTE for task in draw_tasks(scenario, 0)]
    count = range(1, len(times) + 1)
    axes.step(times, count, where="post", label="arrived")
    axes.step([time + scenario.objective_seconds / MINUTE for time in times], count, where="post", label="due")
    minutes = [sample.time / MINUTE for sample in outcome.samples]
    arrived = [bisect_right(times, minute) for minute in minutes]
    started = [all_ - sample.backlog for all_, sample in zip(arrived, outcome.samples, strict=True)]
    axes.plot(minutes, started, "k", label="started")
    axes.set(xlim=(23.5, 32), ylim=(1300, 4800), ylabel="tasks", title="6. Slots by the deadline (fan-out, 60 s)")


def need(axes: Any) -> None:  # noqa: ANN401 - likewise
    """Step 7: the need follows the load."""
    scenario = SCENARIOS["day-curve"]
    polls, outcome = record(scenario)
    busy = [sample.slots_used / scenario.slots for sample in outcome.samples]
    minutes = [sample.time / MINUTE for sample in outcome.samples]
    axes.fill_between(minutes, busy, color="tab:blue", alpha=0.4, label="filled by running tasks")
    needed = [poll.after(Rule.DEMAND) for poll in polls]
    axes.step([poll.minutes for poll in polls], needed, "k", where="post", linewidth=1, label="need")
    axes.set(ylabel="replicas", title="7. Need (day's curve)")


def keep_time(axes: Any) -> None:  # noqa: ANN401 - likewise
    """Step 8: what is not needed any more goes bit by bit, within about a start-up time."""
    polls, _ = record(SCENARIOS["fan-out"])
    minutes = [poll.minutes for poll in polls]
    for rule, style, label in ((Rule.DEMAND, "o:", "need"), (Rule.BOUNDS, "ks-", "replicas")):
        replicas = [poll.after(rule) for poll in polls]
        axes.step(minutes, replicas, style, where="post", markersize=3, label=label)
    axes.set(xlim=(38.5, 43), ylabel="replicas", title="8. Up at once, down by keep time (fan-out)")


STEPS: dict[str, Callable[[Any], None]] = {
    "1-plausible-backlog": plausible,
    "2-bottleneck": bottleneck,
    "3-service-time": service_time,
    "4-arrival-rate": arrivals,
    "5-load": load_at_ready_time,
    "6-backlog-slots": deadline,
    "7-need": need,
    "8-keep-time": keep_time,
}


def main(
    folder: Annotated[Path, typer.Option(help="Where to draw.", file_okay=False)] = PICTURES,
) -> None:
    """Draw the pictures of docs/decision.md.

    Example: python -m bench.decision_plots --folder /tmp/pictures
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in STEPS.items():
        figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
        axes.set_xlabel("minutes")
        draw(axes)
        axes.legend(fontsize=8)
        axes.grid(alpha=0.3)
        figure.savefig(folder / f"{name}.png", dpi=100)
        plt.close(figure)
        typer.echo(f"{folder / name}.png")


if __name__ == "__main__":
    typer.run(main)
