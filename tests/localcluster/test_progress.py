"""How far a build is."""

from pathlib import Path

import pytest

from localcluster import progress
from localcluster.processes import start_child
from localcluster.progress import CompileProgress, duration, follow


@pytest.mark.parametrize(("seconds", "said"), [(0, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (221, "3 min 41 s")])
def test_says_durations_as_a_person_does(seconds: float, said: str) -> None:
    """Minutes and seconds."""
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "0 of 1,200 packages compiled"),
        (["p/7", "# p/7", "warning: of no importance", "p/9", "p/7"], "2 of 1,200 packages compiled"),
        ([f"p/{number}" for number in range(1200)], "all 1,200 packages compiled, linking"),
    ],
)
def test_packages_count_and_other_lines_do_not(lines: list[str], said: str) -> None:
    """Whatever the pace of the machine is."""
    assert CompileProgress(f"p/{number}" for number in range(1200)).of(lines) == said


def test_a_child_is_followed_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a line now and then about what it has printed."""
    monkeypatch.setattr(progress, "REPORT_SECONDS", 0.05)
    script = 'for step in a b; do echo "$step"; until [ -e "$0/said $step" ]; do sleep 0.05; done; done; exit 3'
    child = start_child("build", ["sh", "-c", script, str(tmp_path)], tmp_path)
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line.split(" (", maxsplit=1)[0].strip())
        (tmp_path / f"said {said[-1]}").touch()

    assert follow(child, lambda lines: lines[-1] if lines else "nothing", say) == 3
    assert [step for step in ("a", "b") if step in said] == ["a", "b"]
