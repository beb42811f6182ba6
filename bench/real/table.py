"""The table of all runs of a batch."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from bench.real.result import Result
from bench.real.run import Played

Cell = Callable[[Result], float | None]
"""One number of a run."""

COLUMNS: tuple[tuple[str, Cell, str], ...] = (
    ("wait p50 s", lambda r: r.p50, ".1f"),
    ("p95 s", lambda r: r.p95, ".1f"),
    ("p99 s", lambda r: r.p99, ".1f"),
    ("within D", lambda r: r.share_within, ".1%"),
    ("pod-seconds", lambda r: r.pod_seconds, ",.0f"),
    ("best constant", lambda r: r.best_constant.pod_seconds, ",.0f"),
    ("lower bound", lambda r: r.lower_bound, ",.0f"),
    ("cut short", lambda r: r.cut_short, ".3g"),
    ("reaction s", lambda r: r.reaction, ".1f"),
    ("to zero s", lambda r: r.to_zero, ".0f"),
    ("reversals", lambda r: r.reversals, ".3g"),
)


def table(played: Iterable[Played]) -> str:
    """One Markdown line for each load, scaler and condition: means of its runs, and their range where they differ.

    `lost` marks a line of which fewer than 95 % of the tasks started within the objective: its cost does not count.
    """
    groups: dict[tuple[str, ...], list[Played]] = defaultdict(list)
    for each in played:
        plan = each.plan
        conditions = (f"{plan.objective_seconds}", f"{plan.heartbeat_seconds}", f"{plan.start_seconds:g}")
        groups[plan.profile.name, plan.scaler, *conditions].append(each)
    names = (
        "load",
        "scaled by",
        "D s",
        "heartbeats s",
        "start s",
        "runs",
        *(name for name, _, _ in COLUMNS),
        "T reported",
        "",
    )
    lines = [_line(names), _line(["---"] * len(names))]
    lines += [_row(key, group) for key, group in groups.items()]
    return "\n".join(lines) + "\n"


def _row(key: Sequence[str], group: Sequence[Played]) -> str:
    results = [each.result for each in group]
    cells = [_cell([value(result) for result in results], form) for _, value, form in COLUMNS]
    remarks = [*(["lost"] if any(result.lost for result in results) else []), *_remarks(group)]
    return _line([*key, str(len(group)), *cells, _reported(group), ", ".join(remarks)])


def _reported(group: Sequence[Played]) -> str:
    known, least = (_cell([getattr(each.reported, name, None) for each in group], ".2f") for name in ("known", "least"))
    return known if known == least else f"{known} [{least}]"


def _remarks(group: Sequence[Played]) -> Iterable[str]:
    if unfinished := sum(each.result.unfinished for each in group):
        yield f"{unfinished} tasks not done"
    if disturbed := sum(each.machine.disturbed for each in group):
        yield f"{disturbed} disturbed"


def _cell(values: Sequence[float | None], form: str) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    mean = f"{sum(known) / len(known):{form}}"
    low, high = f"{min(known):{form}}", f"{max(known):{form}}"
    return mean if low == high else f"{mean} ({low} to {high})"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
