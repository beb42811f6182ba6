"""Properties of converted objects."""

from dataclasses import replace
from typing import Any

import pytest

from controller.cluster.convert import to_deployment
from controller.cluster.objects import LabelSelector, Requirement
from tests.cluster import manifests

LABELS = {"app": "worker", "tier": "a"}

DEPLOYMENT = replace(
    to_deployment(
        manifests.deployment()
        | {"metadata": {"namespace": "prod", "name": "worker", "uid": "u", "resourceVersion": "1"}}
    ),
    generation=4,
    template_generation=4,
    observed_generation=4,
    replicas=3,
    total_replicas=3,
    updated_replicas=3,
)
"""At rest, with three replicas."""


@pytest.mark.parametrize(
    ("requirement", "matches"),
    [
        pytest.param(Requirement("tier", "In", ("a", "b")), True, id="in"),
        pytest.param(Requirement("tier", "In", ("b",)), False, id="not in"),
        pytest.param(Requirement("zone", "In", ("a",)), False, id="a label that is not there is in no set"),
        pytest.param(Requirement("tier", "NotIn", ("a",)), False, id="excluded"),
        pytest.param(Requirement("zone", "NotIn", ("a",)), True, id="a label that is not there is not excluded"),
        pytest.param(Requirement("tier", "Exists"), True, id="exists"),
        pytest.param(Requirement("zone", "Exists"), False, id="does not exist, but should"),
        pytest.param(Requirement("tier", "DoesNotExist"), False, id="exists, but should not"),
        pytest.param(Requirement("zone", "DoesNotExist"), True, id="does not exist"),
    ],
)
def test_an_expression_matches_as_in_kubernetes(requirement: Requirement, *, matches: bool) -> None:
    """The four operators, with a label that is there and one that is not."""
    assert requirement.matches(LABELS) is matches
    assert LabelSelector((("app", "worker"),), (requirement,)).matches(LABELS) is matches


def test_every_label_must_match() -> None:
    """One that differs or lacks is enough to leave a pod out."""
    assert LabelSelector((("app", "worker"), ("tier", "a"))).matches(LABELS)
    assert not LabelSelector((("app", "worker"), ("tier", "b"))).matches(LABELS)
    assert not LabelSelector((("zone", "x"),)).matches(LABELS)


@pytest.mark.parametrize(
    ("change", "rolling_out"),
    [
        pytest.param({}, False, id="at rest"),
        pytest.param({"updated_replicas": 2}, True, id="a pod of an older template is left"),
        pytest.param({"template_generation": 5}, True, id="a template that was not observed yet"),
        pytest.param({"generation": 5}, False, id="another change that was not observed yet"),
        pytest.param({"replicas": 6, "ready_replicas": 1}, False, id="only growing"),
    ],
)
def test_a_rollout_is_recognized(change: dict[str, Any], *, rolling_out: bool) -> None:
    """New pods of the same template are no rollout."""
    assert replace(DEPLOYMENT, **change).rolling_out is rolling_out


@pytest.mark.parametrize(
    ("change", "since"),
    [
        pytest.param({"generation": 7, "replicas": 6}, 4, id="the same template"),
        pytest.param({"generation": 7, "template": 1}, 7, id="another template"),
        pytest.param({"generation": 7, "revision": "3"}, 7, id="the same after another one that was not seen"),
        pytest.param({"generation": 1, "uid": "later"}, 1, id="a later Deployment of the name"),
    ],
)
def test_the_generation_of_a_template_is_kept_until_it_changes(change: dict[str, Any], since: int) -> None:
    """Without an earlier state it is the present one."""
    now = replace(DEPLOYMENT, **change, template_generation=change["generation"])
    assert now.after(None) is now
    assert now.after(DEPLOYMENT).template_generation == since


def test_the_container_needs_no_name_where_there_is_one() -> None:
    """With several, it does."""
    (worker,) = DEPLOYMENT.containers
    two = replace(DEPLOYMENT, containers=(worker, replace(worker, name="sidecar")))
    assert DEPLOYMENT.container(None) is worker
    assert two.container(None) is None
    assert two.container("worker") is worker
    assert two.container("other") is None
