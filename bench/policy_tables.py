"""The tables of `bench.policies`: the cost of each policy that met the objective, and the details
of each scenario.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp, log
from pathlib import Path
from statistics import fmean

from controller.simulator.oracle import OraclePlan
from controller.simulator.outcome import KEPT_SHARE, Outcome
from controller.simulator.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Cell:
    """One policy in one scenario with one seed."""

    scenario: str
    policy: str
    ratio: float
    share_within_objective: float
    reversals: int
    cut_short: int
    waits: tuple[float, float, float]
    """p50, p95 and p99, in seconds."""
    pod_seconds: float
    reaction_seconds: float | None
    to_zero_seconds: float | None
    regrets: int

    @classmethod
    def of(cls, scenario: Scenario, outcome: Outcome, plan: OraclePlan) -> "Cell":
        """What is kept of a run."""
        return cls(
            scenario=outcome.scenario,
            policy=outcome.policy,
            ratio=outcome.pod_seconds / plan.pod_seconds,
            share_within_objective=outcome.share_within_objective,
            reversals=outcome.reversals,
            cut_short=outcome.cut_short,
            waits=(outcome.wait_percentile(0.5), outcome.wait_percentile(0.95), outcome.wait_percentile(0.99)),
            pod_seconds=outcome.pod_seconds,
            reaction_seconds=outcome.reaction_seconds,
            to_zero_seconds=outcome.to_zero_seconds,
            regrets=outcome.regrets(scenario.start_up_seconds),
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """One policy in one scenario, all its seeds."""

    cells: tuple[Cell, ...]

    @property
    def share_within_objective(self) -> float:
        """Mean share of the attempts that started within the objective."""
        return fmean(cell.share_within_objective for cell in self.cells)

    @property
    def is_lost(self) -> bool:
        """Whether the objective was missed: then the cost does not count."""
        return self.share_within_objective < KEPT_SHARE

    @property
    def ratio(self) -> float:
        """Mean cost, divided by the oracle's."""
        return fmean(cell.ratio for cell in self.cells)


Summaries = Mapping[tuple[str, str], Summary]
"""By scenario and policy."""


def table(summaries: Summaries, scenarios: list[str], policies: tuple[str, ...]) -> str:
    """A row for each scenario, a column for each policy."""
    lines = ["pod-seconds divided by the oracle's (share within the objective, tasks cut short, reversals)"]
    lines.append(f"lost: fewer than {KEPT_SHARE:.0%} of the tasks started within the objective; not in the mean")
    lines += ["", f"{'':20}" + "".join(f"{policy:>26}" for policy in policies)]
    lines += [
        f"{scenario:20}" + "".join(_cell(summaries[scenario, policy]) for policy in policies) for scenario in scenarios
    ]
    lines.append(f"{'geometric mean':20}" + "".join(_mean_cost(summaries, scenarios, policy) for policy in policies))
    return "\n".join(lines)


def details(summaries: Summaries, scenarios: list[str], policy: str) -> str:
    """A row for each scenario with what one policy achieved, mean of the seeds."""
    head = f"{policy:24}{'within D':>9}{'':>6}{'p50':>8}{'p95':>8}{'p99':>8}{'pod-s':>9}{'ratio':>7}{'cut':>6}"
    lines = [f"{head}{'react':>7}{'to zero':>9}{'regret':>8}"]
    lines += [_detail(scenario, summaries[scenario, policy]) for scenario in scenarios]
    lines.append(f"{'geometric mean of ratios':24}{_mean_cost(summaries, scenarios, policy):>54}")
    return "\n".join(lines)


def geometric_mean(numbers: Iterable[float]) -> float:
    """The mean for ratios."""
    return exp(fmean(log(number) for number in numbers))


def _mean_cost(summaries: Summaries, scenarios: list[str], policy: str) -> str:
    kept = [summaries[scenario, policy].ratio for scenario in scenarios if not summaries[scenario, policy].is_lost]
    mean = f"{geometric_mean(kept):.2f}" if kept else "-"
    lost = len(scenarios) - len(kept)
    return f"{mean}{f', {lost} lost' if lost else ''}".rjust(26)


def _cell(summary: Summary) -> str:
    ratio = "lost" if summary.is_lost else f"{summary.ratio:.2f}"
    cut_short = fmean(cell.cut_short for cell in summary.cells)
    reversals = fmean(cell.reversals for cell in summary.cells)
    return f"{ratio:>8} {f'({summary.share_within_objective:.1%} {cut_short:4.1f} {reversals:3.0f})':>17}"


def _detail(scenario: str, summary: Summary) -> str:
    cells = summary.cells
    p50, p95, p99 = (fmean(cell.waits[index] for cell in cells) for index in range(3))
    lost = "lost" if summary.is_lost else ""
    return (
        f"{scenario:24}{summary.share_within_objective:9.1%}{lost:>6}{p50:8.1f}{p95:8.1f}{p99:8.1f}"
        f"{fmean(cell.pod_seconds for cell in cells):9.0f}{summary.ratio:7.2f}"
        f"{fmean(cell.cut_short for cell in cells):6.1f}"
        f"{_mean(cell.reaction_seconds for cell in cells):>7}{_mean(cell.to_zero_seconds for cell in cells):>9}"
        f"{fmean(cell.regrets for cell in cells):8.1f}"
    )


def _mean(seconds: Iterable[float | None]) -> str:
    known = [second for second in seconds if second is not None]
    return f"{fmean(known):.1f}" if known else "-"


def draw(path: Path, summaries: Summaries, scenarios: list[str], policies: tuple[str, ...]) -> None:
    """Draws the table: a group of bars for each scenario; `lost` stands for one that missed the objective."""
    import matplotlib as mpl  # noqa: PLC0415 - slow to load, and not needed by the processes that play

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the choice of the backend
    from matplotlib.patches import Patch  # noqa: PLC0415 - likewise

    figure, axes = plt.subplots(figsize=(13, 5), layout="constrained")
    width = 0.8 / len(policies)
    for index, policy in enumerate(policies):
        for place, scenario in enumerate(scenarios):
            summary, x = summaries[scenario, policy], place + (index - (len(policies) - 1) / 2) * width
            if summary.is_lost:
                axes.text(x, 1.03, "lost", color=f"C{index}", rotation=90, size=7, ha="center", va="bottom")
            else:
                axes.bar(x, summary.ratio, width, color=f"C{index}")
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set(yscale="log", ylabel="pod-seconds, divided by the oracle's")
    axes.set_xticks(range(len(scenarios)), scenarios, rotation=40, horizontalalignment="right", rotation_mode="anchor")
    axes.set_title("Cost of scaling policies (lost: fewer than 95 % of the tasks started within the objective)")
    axes.legend(
        handles=[Patch(color=f"C{index}", label=policy) for index, policy in enumerate(policies)], ncols=len(policies)
    )
    axes.margins(x=0.01, y=0.15)
    figure.savefig(path, dpi=120)
