"""The page about overrides: what a reader copies is read as it says, and its numbers are those of the code."""

import re
import shlex
from typing import Final

import pytest
import typer

from controller.api.overrides import FixedReplicas, LeastReplicas, Overrides, Pause
from controller.cli.main import app
from controller.operator.report.override_warnings import LATE_AGAIN_SECONDS, LONG_SECONDS
from controller.scaling.by_hand import OFTEN
from controller.scaling.field_manager import SCALE, ManagerKind, kind_of
from controller.scaling.rules.contention import CONTENTION_REVERSALS, HAND_WEIGHT
from controller.scaling.rules.grace import GRACE_SECONDS
from localcluster.folders import PROJECT_FOLDER

PAGE: Final = (PROJECT_FOLDER / "docs" / "overrides.md").read_text(encoding="utf-8")
NOON_2030: Final = 1_893_499_200.0
SET: Final = re.compile("^kubectl annotate --overwrite twp orders (?P<annotation>.+)$", re.MULTILINE)


def test_the_annotations_of_the_page_are_read_as_it_says() -> None:
    """Each of them, in its order."""
    words = [shlex.split(match["annotation"]) for match in SET.finditer(PAGE)]
    read = [Overrides.of(dict([word.split("=", 1)])) for (word,) in words]
    assert [overrides.each for overrides in read] == [
        (Pause(NOON_2030),),
        (Pause(NOON_2030, "migration", "jo"),),
        (FixedReplicas(8, NOON_2030, "backfill", "jo"),),
        (LeastReplicas(2, NOON_2030, "demo", "jo"),),
    ]


@pytest.mark.parametrize("command", re.findall("`(kubectl twp [^`]+)`", PAGE))
def test_the_commands_of_the_page_are_those_of_the_plugin(command: str) -> None:
    """With their options."""
    _, _, name, *arguments = shlex.split(command)
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert commands[name].make_context(name, arguments)


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    """How long grace lasts, how often a person may reverse, and how often a warning comes again."""
    assert (GRACE_SECONDS, LATE_AGAIN_SECONDS, LONG_SECONDS) == (300, 3600, 86_400)
    assert (CONTENTION_REVERSALS, CONTENTION_REVERSALS / HAND_WEIGHT, OFTEN) == (3, 6, 3)
    for phrase in ("**5 minutes**", "Three reversals", "six within 5 minutes", "From the third time", "each hour"):
        assert phrase in PAGE


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Mozilla", ManagerKind.PERSON),
        ("k9s", ManagerKind.PERSON),
        ("kubectl-edit", ManagerKind.PERSON),
        ("argocd-controller", ManagerKind.GITOPS),
        ("flux", ManagerKind.GITOPS),
        ("helm", ManagerKind.GITOPS),
        ("Terraform", ManagerKind.GITOPS),
        ("kube-controller-manager", ManagerKind.AUTOSCALER),
    ],
)
def test_what_the_page_calls_a_person_is_one(name: str, kind: ManagerKind) -> None:
    """And what it calls a manifest or a controller."""
    assert kind_of(name) is kind
    assert kind_of("any-client", SCALE) is ManagerKind.PERSON
