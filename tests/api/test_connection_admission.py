"""What the real API server admits and refuses of a TemporalConnection, and with which message."""

import json
from functools import partial
from typing import Any

import pytest

from controller.api.crd import connection_crd
from localcluster.cluster import LocalCluster
from tests.api.admission import Admission
from tests.api.admission_cases import ADDRESS, OBJECT_NAME, Bound, Rule, enumeration, max_length, required
from tests.api.pools import ABSENT, FULL_CONNECTION, SMALLEST_CONNECTION, changed, changed_at, connection
from tests.api.schema_walk import limits, nodes
from tests.support.waiting import wait_for

SPEC = connection_crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]

BOUNDS = [
    required("address", "temporal:7233"),
    max_length("address", 300, ":7233"),
    max_length("tls.serverName", 253),
    required("tls.caRef.kind", "Secret"),
    enumeration("tls.caRef.kind", "Secret", "ConfigMap"),
    required("tls.caRef.name", "authorities"),
    max_length("tls.caRef.name", 253),
    max_length("tls.caRef.key", 253),
    required("tls.clientCertSecretRef.name", "client"),
    max_length("tls.clientCertSecretRef.name", 253),
    required("apiKeySecretRef.name", "cloud"),
    max_length("apiKeySecretRef.name", 253),
    required("apiKeySecretRef.key", "api-key"),
    max_length("apiKeySecretRef.key", 253),
]


def at(path: str, *values: Any) -> list[dict[str, Any]]:
    """The full spec with each of the values at a path."""
    return [changed_at(FULL_CONNECTION, path, value) for value in values]


def name_rule(path: str, kind: str) -> Rule:
    """The rule for the name of an object."""
    message = f"name must be the name of a {kind}: {OBJECT_NAME}"
    return Rule(path, at(path, "a", "a.b-1"), at(path, "", "A", "a_b", "-a"), f"spec.{path}", message)


def key_rule(path: str) -> Rule:
    """The rule for a key of an object's data."""
    message = "key must be a key of the object's data: letters, digits, '-', '_' and '.'"
    return Rule(path, at(path, "k", "API_KEY.1"), at(path, "", "a b", "a/b"), f"spec.{path}", message)


RULES = [
    Rule(
        "host and port",
        at("address", "shop.a1b2c.tmprl.cloud:7233", "[::1]:7233"),
        at("address", "https://shop.tmprl.cloud", "shop.tmprl.cloud"),
        "spec.address",
        ADDRESS,
    ),
    Rule(
        "a server's name",
        at("tls.serverName", "a", "frontend.temporal.svc"),
        at("tls.serverName", "", "*.temporal.svc", "a:7233"),
        "spec.tls.serverName",
        "serverName must be a host name as the server's certificate has it, without port: letters, digits, '-' and '.'",
    ),
    name_rule("tls.caRef.name", "Secret or ConfigMap"),
    key_rule("tls.caRef.key"),
    name_rule("tls.clientCertSecretRef.name", "Secret"),
    name_rule("apiKeySecretRef.name", "Secret"),
    key_rule("apiKeySecretRef.key"),
    Rule(
        "TLS for what TLS needs",
        [changed(SMALLEST_CONNECTION, tls=tls) for tls in ({}, {"enabled": False}, {"serverName": "a"})],
        [
            changed(SMALLEST_CONNECTION, tls={"enabled": False, field: FULL_CONNECTION["tls"][field]})
            for field in ("serverName", "caRef", "clientCertSecretRef")
        ],
        "spec.tls.enabled",
        "serverName, caRef and clientCertSecretRef work only with TLS: set enabled to true or remove them",
    ),
    Rule(
        "no API key in plaintext",
        at("tls", {}, {"enabled": True}),
        at("tls", ABSENT, {"enabled": False}),
        "spec.apiKeySecretRef",
        "apiKeySecretRef needs TLS, since an API key must not travel in plaintext: set tls.enabled to true",
    ),
]


def test_every_limit_of_the_schema_is_tried() -> None:
    """A limit that is not tried may not work, or may have an incomprehensible message."""
    assert {(bound.path, bound.keyword) for bound in BOUNDS} == set(limits(SPEC))


def test_every_rule_is_tried() -> None:
    """The messages in the table are those of the CRD, one row a rule."""
    rules = [rule for _, node in nodes(SPEC, "spec") for rule in node.get("x-kubernetes-validations", [])]
    assert sorted(rule.message for rule in RULES) == sorted(rule["message"] for rule in rules)


@pytest.mark.parametrize("spec", [SMALLEST_CONNECTION, FULL_CONNECTION], ids=["smallest", "full"])
def test_a_right_spec_is_admitted(admission: Admission, spec: dict[str, Any]) -> None:
    """Neither the least nor the most that can be written is refused."""
    assert admission.refusals(connection(spec)) == []


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: f"{bound.path} {bound.keyword}")
def test_a_limit_admits_the_last_right_value_and_refuses_the_next(admission: Admission, bound: Bound) -> None:
    """The refusal names the field, the value and the limit."""
    assert admission.refusals(connection(changed_at(FULL_CONNECTION, bound.path, bound.admitted))) == []
    assert bound.refusal in admission.refusals(connection(changed_at(FULL_CONNECTION, bound.path, bound.refused)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_admits_what_keeps_it_and_refuses_what_breaks_it(admission: Admission, rule: Rule) -> None:
    """No stricter than it says; the refusal points at the field and says how to fix it, and nothing else."""
    assert [admission.refusals(connection(spec)) for spec in rule.admitted] == [[]] * len(rule.admitted)
    for spec in rule.refused:
        (refusal,) = admission.refusals(connection(spec))
        assert refusal.startswith(f"{rule.field}: Invalid value: ")
        assert refusal.endswith(rule.message)


def test_the_api_server_fills_in_the_documented_defaults(served: LocalCluster, kubernetes_namespace: str) -> None:
    """TLS is on where tls is set, and authorities are found as cert-manager writes them."""
    spec = changed(SMALLEST_CONNECTION, tls={"caRef": {"kind": "Secret", "name": "authorities"}})
    served.kubectl("apply", "-n", kubernetes_namespace, "-f", "-", input=json.dumps(connection(spec)))
    stored = json.loads(served.kubectl("get", "twc", "cloud", "-n", kubernetes_namespace, "-o", "json"))
    authorities = {"kind": "Secret", "name": "authorities", "key": "ca.crt"}
    assert stored["spec"]["tls"] == {"enabled": True, "caRef": authorities}


def test_get_shows_the_connection_in_one_line(served: LocalCluster, kubernetes_namespace: str) -> None:
    """Where, and whether it is encrypted."""
    served.kubectl("apply", "-n", kubernetes_namespace, "-f", "-", input=json.dumps(connection(FULL_CONNECTION)))
    header, row = served.kubectl("get", "twc", "-n", kubernetes_namespace).splitlines()
    assert header.split() == ["NAME", "ADDRESS", "TLS", "AGE"]
    assert row.split()[:3] == ["cloud", "temporal.example:7233", "true"]


@pytest.mark.parametrize("path", ["spec", "spec.tls", "spec.tls.caRef", "spec.tls.clientCertSecretRef"])
def test_explain_is_the_manual(served: LocalCluster, path: str) -> None:
    """`kubectl explain` shows every field with its description."""
    explain = partial(served.kubectl, "explain", f"twc.{path}")
    manual = " ".join(wait_for(explain, 60, f"an explanation of {path}").split())
    for name, field in dict(nodes(SPEC, "spec"))[path]["properties"].items():
        assert f" {name} <" in manual
        assert field["description"] in manual
