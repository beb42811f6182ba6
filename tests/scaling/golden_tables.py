"""Golden tables: what is decided in a scenario, poll by poll, in text that is reviewed like code.

`python -m tests.scaling.golden_tables` writes them anew; a change of the policy shows as a change of these files.
"""

import sys
from pathlib import Path
from typing import Final

from typing_extensions import override

from controller.scaling.observation import Unknown
from controller.simulator.policy import PolicyDecision, SimulatedObservation, TemporalWorkerPools
from controller.simulator.pool import pool_spec
from controller.simulator.scenarios import SCENARIOS
from controller.simulator.simulation import simulate

FOLDER: Final = Path(__file__).parent / "golden"
TABLES: Final = {"burst": 160.0, "phantom-at-once": 300.0, "cron": 160.0}
"""Scenarios, and for how many seconds each is shown."""

HEADER: Final = " time  backlog   age  ready starting  used  ->  desired  by"


class _Recorded(TemporalWorkerPools):
    """The policy of this project, which writes down what it read and decided."""

    def __init__(self, scenario: str) -> None:
        super().__init__(pool_spec(SCENARIOS[scenario]), SCENARIOS[scenario].poll_seconds)
        self.lines: list[str] = []
        self._until = TABLES[scenario]

    @override
    def recommend(self, observation: SimulatedObservation, now: float) -> PolicyDecision:
        if now <= self._until:
            self.lines += _line(observation, self._decided(observation, now), now)
        return super().recommend(observation, now)

    def _decided(self, observation: SimulatedObservation, now: float) -> tuple[int, str]:
        decision = self.preview(observation, now)
        step = decision.deciding_step
        return decision.desired_replicas, f"{step.rule}/{step.reason}"


def _line(observation: SimulatedObservation, decided: tuple[int, str], now: float) -> list[str]:
    read = observation.task_queues[0].statistics
    waiting = "      ?     ?" if isinstance(read, Unknown) else f"{read.backlog:8} {read.backlog_age_seconds:5.0f}"
    ready, starting = len(observation.ready_pods), sum(pod.is_new for pod in observation.pods)
    used = sum(report.slots_used for pod in observation.ready_pods for report in pod.slots)
    desired, why = decided
    return [f"{now:5.0f} {waiting}  {ready:5} {starting:8}  {used:4}  ->  {desired:7}  {why}"]


def table(scenario: str) -> str:
    """The golden table of a scenario: one line for each poll."""
    policy = _Recorded(scenario)
    simulate(SCENARIOS[scenario], policy, "ours")
    return "\n".join([f"{scenario}: {SCENARIOS[scenario].summary}", "", HEADER, *policy.lines, ""])


if __name__ == "__main__":
    for name in TABLES:
        (FOLDER / f"{name}.txt").write_text(table(name), encoding="utf-8")
        sys.stdout.write(f"wrote {FOLDER / name}.txt\n")
