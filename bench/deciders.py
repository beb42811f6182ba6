"""The tables of docs/benchmarks.md and README.md, from the files in bench/results: `python -m bench.deciders`.

`real.json` holds the results of runs of `make bench-real`, `policies.txt` is the last run of `make bench-policies`.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import geometric_mean
from typing import Any, Final, NamedTuple

RESULTS: Final = Path(__file__).parent / "results"
ROOT: Final = Path(__file__).parents[1]
PAGES: Final = ("docs/benchmarks.md", "README.md")

Run = Mapping[str, Any]
"""A run of `make bench-real`: its plan, its result, the machine, and when it ended."""

_PART: Final = re.compile(r"<!-- (?P<name>[a-z-]+) from bench/results -->\n\n(?P<text>.*?)(?=\n\n|\n?\Z)", re.DOTALL)
_CELL: Final = re.compile(r"(?P<cost>[\d.]+)(?P<lost>!?)\s+\(\s*[\d.]+%\s+(?P<cut>[\d.]+)\s+\d+\)")


class Simulated(NamedTuple):
    """A policy in one scenario of the simulator; a mean of the seeds."""

    cost: float
    """Pod-seconds divided by those of the oracle."""
    lost: bool
    """Whether fewer than 95 % of the tasks started within the objective."""
    cut_short: float
    """Tasks that a scale-down ended."""


def rendered(page: str) -> str:
    """A page with its tables as the files in bench/results have them."""
    tables = {"real-runs": real_runs, "in-figures": in_figures}
    return _PART.sub(lambda part: f"<!-- {part['name']} from bench/results -->\n\n{tables[part['name']]()}", page)


def runs() -> list[Run]:
    """Every real run."""
    found: list[Run] = json.loads((RESULTS / "real.json").read_text(encoding="utf-8"))
    return found


def simulated() -> list[dict[str, Simulated]]:
    """Of every scenario of the simulator what each policy came to."""
    lines = (RESULTS / "policies.txt").read_text(encoding="utf-8").splitlines()
    (names,) = (line.split() for line in lines if line.split()[-1:] == ["ours"])
    rows = [cells for line in lines if len(cells := list(_CELL.finditer(line))) == len(names)]
    made = ([Simulated(float(c["cost"]), bool(c["lost"]), float(c["cut"])) for c in cells] for cells in rows)
    return [dict(zip(names, cells, strict=True)) for cells in made]


def real_runs() -> str:
    """A row for each real run: loads in the order of the file, each with all that scaled it."""
    loads = list(dict.fromkeys(run["plan"]["profile"] for run in runs()))
    rows = sorted(runs(), key=lambda run: loads.index(run["plan"]["profile"]))
    head = ("load", "scaled by", "wait p50 s", "p95 s", "within 15 s", "pod-seconds", "best constant", "cut short")
    return _table((*head, "reaction s", "to zero s", "T reported", "CPU", ""), map(_row, rows))


def in_figures() -> str:
    """What a decider compares: the HPA on CPU and KEDA in the simulator, KEDA's algorithm on real parts too."""
    scenarios, compared = simulated(), ("hpa", "keda", "ours")
    fair = [each for each in scenarios if not any(each[name].lost for name in compared)]
    kept = [sum(not each[name].lost for each in scenarios) for name in compared]
    cost = [geometric_mean(each[name].cost for each in fair) for name in compared]
    cut = [sum(each[name].cut_short for each in scenarios) for name in compared]
    return _table(
        ("", "HPA on CPU", "KEDA", "this"),
        [
            (f"objective met, of {len(scenarios)} simulated loads", *map(str, kept)),
            (f"pod-seconds in the {len(fair)} where all three met it, oracle = 1", *(f"{each:.2f}" for each in cost)),
            ("tasks cut short by scale-downs, all loads", *(f"{each:.0f}" for each in cut)),
            ("real run, 400 tasks of 2 s from zero: started within 15 s", "-", *_of("burst", _share)),
            ("real run, 10 tasks/s on and off each minute: started within 15 s", "-", *_of("on-off", _share)),
            (
                "real run, 88 tasks of 60 s: attempts cut short",
                "-",
                *_of("long", lambda r: str(r["result"]["cut_short"])),
            ),
        ],
    )


def _of(load: str, cell: Callable[[Run], str]) -> tuple[str, str]:
    """What the runs of a load came to with KEDA's algorithm, and with the operator on the same machine."""
    found = {
        scaler: [cell(run) for run in runs() if (run["plan"]["profile"], run["plan"]["scaler"]) == (load, scaler)]
        for scaler in ("keda-tuned", "twp")
    }
    return ", ".join(found["keda-tuned"]), ", ".join(found["twp"])


def _share(run: Run) -> str:
    return f"{run['result']['share_within']:.1%}"


def _row(run: Run) -> tuple[str, ...]:
    plan, result, reported = run["plan"], run["result"], run["task_duration_reported"]
    remarks = ["**lost**"] if result["lost"] else []
    remarks += [f"{result['unfinished']} tasks not done"] if result["unfinished"] else []
    return (
        plan["profile"],
        plan["scaler"],
        f"{result['p50']:.1f}",
        f"{result['p95']:.1f}",
        _share(run),
        f"{result['pod_seconds']:,.0f}",
        f"{result['best_constant']['pod_seconds']:,.0f}",
        str(result["cut_short"]),
        "-" if result["reaction"] is None else f"{result['reaction']:.1f}",
        "-" if result["to_zero"] is None else f"{result['to_zero']:.0f}",
        _duration(reported),
        f"{run['machine']['cpu_share']:.0%}",
        ", ".join(remarks),
    )


def _duration(reported: Mapping[str, float] | None) -> str:
    if reported is None:
        return "-"
    known, least = f"{reported['known']:.2f}", f"{reported['least']:.2f}"
    return known if known == least else f"{known} [{least}]"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = tuple(head)
    return "\n".join(f"| {' | '.join(line)} |" for line in (names, ("---",) * len(names), *rows))


def main() -> None:
    """Write the tables of the pages."""
    for name in PAGES:
        path = ROOT / name
        path.write_text(rendered(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
