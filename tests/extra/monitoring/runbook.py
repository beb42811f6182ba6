"""The pages for people on call: their commands, run as they stand, and their output compared with the page.

A block that begins with `$` is a command, which may go on in the next line after a backslash; the rest is its output.
Numbers, times and the generated parts of names differ from run to run, and are not compared.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Final

from localcluster.cluster import LocalCluster
from localcluster.folders import ENVIRONMENT_BIN_FOLDER, PROJECT_FOLDER
from tests.support.waiting import wait_for

ON_CALL: Final = PROJECT_FOLDER / "docs" / "on-call.md"


def of_alert(alert: str) -> Path:
    """The page of an alert."""
    return PROJECT_FOLDER / "docs" / "runbook" / f"{alert}.md"


WRITE_VARIABLE: Final = "TWP_WRITE_RUNBOOKS"
"""Environment variable: with it the pages get the output instead of being compared with it."""

PATIENCE_SECONDS: Final = 60.0
"""How long the output of a command may take to be that of the page: conditions follow an alert, or lead it."""

_BLOCK: Final = re.compile(
    r"^```console\n\$ (?P<command>(?:.*\\\n)*.*)\n(?P<output>(?:(?!```).*\n)*)```$", re.MULTILINE
)
_GENERATED: Final = re.compile(
    r"(?<=[a-z0-9])-[bcdfghjklmnpqrstvwxz2456789]{6,10}(?:-[bcdfghjklmnpqrstvwxz2456789]{5})?\b"
)
"""What Kubernetes appends to the names of ReplicaSets and pods: it leaves out vowels, so that no words come about."""

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z?")
_NUMBER: Final = re.compile(r"<invalid>|\b\d[\d.]*(?:[smhd]\d*)*(?:[smhd]\b)?")


@dataclass(frozen=True)
class Step:
    """A command of a page with its output."""

    page: Path
    command: str
    output: str
    mitigates: bool
    """Whether it is of the section Mitigation."""


def steps(page: Path) -> list[Step]:
    """The commands of a page, in their order."""
    text = page.read_text(encoding="utf-8")
    mitigation = text.find("## Mitigation") if "## Mitigation" in text else len(text)
    return [
        Step(page, match["command"].replace("\\\n", " "), match["output"], match.start() > mitigation)
        for match in _BLOCK.finditer(text)
    ]


def masked(output: str) -> list[str]:
    """The lines of an output without what differs from run to run."""
    shortened = _NUMBER.sub("N", _TIME.sub("TIME", _GENERATED.sub("-GENERATED", output)))
    without_restarts = shortened.replace("(N ago)", "")
    return [" ".join(line.split()) for line in without_restarts.strip().splitlines()]


def follow(cluster: LocalCluster, step: Step, variables: Mapping[str, str]) -> None:
    """Run a command until it prints what its page says; one of a mitigation is run once.

    Raises:
        AssertionError: It never did, or failed.
    """
    if os.environ.get(WRITE_VARIABLE):
        _write(step, _run(cluster, step.command, variables))
        return

    def prints_what_the_page_says() -> bool:
        printed, expected = masked(_run(cluster, step.command, variables)), masked(step.output)
        assert printed == expected, "\n".join(unified_diff(expected, printed, step.page.name, step.command))
        return True

    if step.mitigates:
        prints_what_the_page_says()
    else:
        wait_for(prints_what_the_page_says, PATIENCE_SECONDS, f"{step.command} of {step.page.name}")


def _run(cluster: LocalCluster, command: str, variables: Mapping[str, str]) -> str:
    path = f"{cluster.binaries}{os.pathsep}{ENVIRONMENT_BIN_FOLDER}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = os.environ | {"PATH": path, "KUBECONFIG": str(cluster.kubeconfig), **variables}
    result = subprocess.run(
        ["/bin/sh", "-euc", command], cwd=PROJECT_FOLDER, env=environment, capture_output=True, text=True, check=False
    )
    return result.stdout + result.stderr


def _write(step: Step, output: str) -> None:
    text = step.page.read_text(encoding="utf-8")
    ended = "".join(f"{line.rstrip()}\n" for line in output.rstrip().splitlines())

    def with_output(match: re.Match[str]) -> str:
        mine = match["command"].replace("\\\n", " ") == step.command
        return f"```console\n$ {match['command']}\n{ended}```" if mine else match[0]

    step.page.write_text(_BLOCK.sub(with_output, text), encoding="utf-8")
