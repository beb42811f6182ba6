"""`twp validate` refuses what the real API server refuses, word for word, and admits what it admits."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.cli.admission.objects import refusals
from localcluster.admin_api import RefusedError
from localcluster.cluster import LocalCluster
from tests.api import test_connection_admission as connections
from tests.api.admission import Admission
from tests.api.admission_cases import BOUNDS, RULES
from tests.api.pools import FULL, FULL_CONNECTION, SMALLEST, changed, changed_at, connection, pool

ODD_VALUES = [None, True, -1, 0, 2**31, 2**70, 5.5, -0.5, "", "x", [], [None], ["a"], {}, {"name": "x"}, "é" * 1001]
"""What people, templates and programs put where it does not belong."""


def odd(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The manifest with each odd value in each place of its spec, in turn: every place gets some of them."""
    made: list[dict[str, Any]] = []
    for number, place in enumerate(places(manifest["spec"])):
        for value in (ODD_VALUES[number % len(ODD_VALUES)], ODD_VALUES[(number * 7 + 3) % len(ODD_VALUES)]):
            made.append(copy.deepcopy(manifest))
            node = made[-1]["spec"]
            for step in place[:-1]:
                node = node[step]
            node[place[-1]] = value
    return made


def places(node: Any) -> list[tuple[Any, ...]]:
    """Every place in a value."""
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [(key, *rest) for key, item in below for rest in ((), *places(item))]


def said_by(admission: Admission, manifest: dict[str, Any]) -> list[str]:
    """What the API server has against an object; what it can't decode it says in one line."""
    try:
        return sorted(admission.refusals(manifest))
    except RefusedError as error:
        return sorted(error.answer.split("strict decoding error: ")[1].split('","reason"')[0].split(", "))


def said_offline(manifest: dict[str, Any]) -> list[str]:
    """The same without it."""
    faults = refusals(manifest)
    if any("strict decoding error" in fault.text for fault in faults):
        return sorted(fault.text.removeprefix("strict decoding error: ").replace('"', '\\"') for fault in faults)
    return sorted(map(str, faults))


CASES = {
    "limits of a pool": [pool(changed_at(b.base, b.path, v)) for b in BOUNDS for v in (b.admitted, b.refused)],
    "rules of a pool": [pool(spec) for rule in RULES for spec in (*rule.admitted, *rule.refused)],
    "limits of a connection": [
        connection(changed_at(FULL_CONNECTION, bound.path, value))
        for bound in connections.BOUNDS
        for value in (bound.admitted, bound.refused)
    ],
    "rules of a connection": [
        connection(spec) for rule in connections.RULES for spec in (*rule.admitted, *rule.refused)
    ],
    "odd values in a pool": odd(pool(FULL)),
    "odd values in a connection": odd(connection(FULL_CONNECTION)),
    "unknown fields": [
        pool(changed(SMALLEST, replicas=3, taskQueues=[{"name": "a", "tasks": [{"type": "Activity", "slot": 5}]}])),
        pool(SMALLEST) | {"spce": {}},
        pool(SMALLEST) | {"metadata": {"name": "a", "label": {}}},
        pool(SMALLEST) | {"status": {"reason": "x"}},
    ],
    "whole objects": [
        pool(SMALLEST) | {"spec": None},
        pool(SMALLEST) | {"spec": []},
        pool({}),
        pool(SMALLEST, name="Orders_1"),
        pool(SMALLEST) | {"metadata": {}},
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_the_same_is_refused_in_the_same_words(admission: Admission, name: str) -> None:
    """Field, value, limit and advice of every fault, and no fault more or less."""
    said = [(said_by(admission, manifest), said_offline(manifest)) for manifest in CASES[name]]
    assert [offline for _, offline in said] == [real for real, _ in said]


def test_the_examples_are_admitted_by_both(served: LocalCluster) -> None:
    """What the documentation tells people to apply."""
    files = sorted(Path("examples").rglob("*.yaml"))
    ours = [m for file in files for m in yaml.safe_load_all(file.read_text()) if "workerpools.dev/" in m["apiVersion"]]
    assert ours
    assert [refusals(manifest) for manifest in ours] == [[]] * len(ours)
    assert [Admission(served).refusals(manifest) for manifest in ours] == [[]] * len(ours)
