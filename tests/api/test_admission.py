"""What the real API server admits and refuses, and with which message."""

import json
from typing import Any

import pytest

from controller.api.crd import worker_pool_crd
from localcluster.cluster import LocalCluster
from tests.api.admission import Admission
from tests.api.admission_cases import BOUNDS, RULES, Bound, Rule
from tests.api.pools import FULL, SMALLEST, changed, changed_at, pool
from tests.api.schema_walk import limits, nodes

SPEC = worker_pool_crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]


def test_every_limit_of_the_schema_is_tried() -> None:
    """A limit that is not tried may not work, or may have an incomprehensible message."""
    assert {(bound.path, bound.keyword) for bound in BOUNDS} == set(limits(SPEC))


def test_every_rule_is_tried() -> None:
    """The messages in the table are those of the CRD, one row a rule."""
    rules = [rule for _, node in nodes(SPEC, "spec") for rule in node.get("x-kubernetes-validations", [])]
    assert sorted(rule.message for rule in RULES) == sorted(rule["message"] for rule in rules)


@pytest.mark.parametrize("spec", [SMALLEST, FULL], ids=["smallest", "full"])
def test_a_right_spec_is_admitted(admission: Admission, spec: dict[str, Any]) -> None:
    """Neither the least nor the most that can be written is refused."""
    assert admission.refusals(pool(spec)) == []


def test_what_a_helm_chart_renders_as_null_is_admitted(admission: Admission) -> None:
    """Empty values of a chart; the API server stores them as absent."""
    nulls = dict.fromkeys(("behavior", "inFlight", "disruption", "schedules", "scaleToZero"))
    with_null = changed_at(SMALLEST | nulls, "taskQueues[].tasks[].tuning", None)
    assert admission.refusals(pool(with_null)) == []


def test_other_kinds_of_targets_are_refused_by_the_kind_that_is_supported(admission: Admission) -> None:
    """Such as a Rollout of Argo or a StatefulSet."""
    rollout = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "worker"}
    assert {
        'spec.scaleTargetRef.apiVersion: Unsupported value: "argoproj.io/v1alpha1": supported values: "apps/v1"',
        'spec.scaleTargetRef.kind: Unsupported value: "Rollout": supported values: "Deployment"',
    } <= set(admission.refusals(pool(changed(SMALLEST, scaleTargetRef=rollout))))


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: f"{bound.path} {bound.keyword}")
def test_a_limit_admits_the_last_right_value_and_refuses_the_next(admission: Admission, bound: Bound) -> None:
    """The refusal names the field, the value and the limit."""
    assert admission.refusals(pool(changed_at(bound.base, bound.path, bound.admitted))) == []
    assert bound.refusal in admission.refusals(pool(changed_at(bound.base, bound.path, bound.refused)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_admits_what_keeps_it(admission: Admission, rule: Rule) -> None:
    """A rule is no stricter than it says."""
    assert [admission.refusals(pool(spec)) for spec in rule.admitted] == [[]] * len(rule.admitted)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_refuses_what_breaks_it(admission: Admission, rule: Rule) -> None:
    """The refusal points at the field and says how to fix it, and nothing else."""
    for spec in rule.refused:
        (refusal,) = admission.refusals(pool(spec))
        assert refusal.startswith(f"{rule.field}: Invalid value: ")
        assert refusal.endswith(rule.message)


@pytest.mark.parametrize("field", ["minReplicas", "maxReplicas"])
def test_a_number_of_replicas_fits_the_scale_of_a_deployment(admission: Admission, field: str) -> None:
    """A Deployment's replicas are an int32."""
    assert any("int32" in line for line in admission.refusals(pool(changed(SMALLEST, **{field: 2**31}))))


def test_several_faults_are_answered_at_once(admission: Admission) -> None:
    """A pool with several faults needs no more than one round of fixes."""
    wrong = changed(SMALLEST, minReplicas=6, connection={"address": "temporal"}, scaleToZero={"idleSeconds": -1})
    fields = {line.partition(":")[0] for line in admission.refusals(pool(wrong))}
    assert fields == {"spec.minReplicas", "spec.connection.address", "spec.scaleToZero", "spec.scaleToZero.idleSeconds"}


def test_an_unknown_field_is_refused_by_name(served: LocalCluster) -> None:
    """A misspelt field is not silently ignored."""
    answer = served.kubectl(
        "create", "--dry-run=server", "-f", "-", input=json.dumps(pool(changed(SMALLEST, replicas=3))), check=False
    )
    assert answer.startswith("Error from server (BadRequest)")
    assert 'unknown field "spec.replicas"' in answer
