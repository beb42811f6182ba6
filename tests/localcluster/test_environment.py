"""A container's environment: expansion and references."""

import base64
from typing import Any

import pytest

from localcluster.kubelet.environment import ConfigError, Known, container_environment, expand
from localcluster.kubelet.node import Capacity
from localcluster.kubelet.pod_spec import parse_containers

KNOWN = Known.of("127.9.0.2", "127.0.0.1", Capacity(cpu="4", memory="8Gi"))


class FakeReader:
    """Stands for the API server: one ConfigMap `settings`, one Secret `login`."""

    async def config_map(self, namespace: str, name: str) -> dict[str, Any] | None:
        """The ConfigMap of the namespace `prod`."""
        return {"data": {"colour": "blue", "size": "9"}} if (namespace, name) == ("prod", "settings") else None

    async def secret(self, namespace: str, name: str) -> dict[str, Any] | None:
        """The Secret of the namespace `prod`."""
        found = (namespace, name) == ("prod", "login")
        return {"data": {"password": base64.b64encode(b"s3cret").decode()}} if found else None


def pod(**container: Any) -> dict[str, Any]:
    """A pod with one container."""
    return {
        "metadata": {"name": "worker-0", "namespace": "prod", "uid": "u-1", "labels": {"app": "orders"}},
        "spec": {"nodeName": "local", "containers": [{"name": "worker", "command": ["true"], **container}]},
    }


async def environment(**container: Any) -> dict[str, str]:
    """What the container of `pod` gets."""
    wanted = pod(**container)
    return await container_environment(parse_containers(wanted)[0], wanted, KNOWN, FakeReader())


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        pytest.param("plain", "plain", id="text without references stays"),
        pytest.param("$(A)-$(B)", "1-2", id="references are replaced"),
        pytest.param("$(MISSING)", "$(MISSING)", id="a reference to nothing stays as it is"),
        pytest.param("$$(A)", "$(A)", id="a doubled dollar escapes"),
        pytest.param("$$$(A)", "$1", id="an escape before a reference"),
        pytest.param("$A ${A} $", "$A ${A} $", id="the shell's own forms are left to the shell"),
        pytest.param("$(A", "$(A", id="an open reference stays"),
        pytest.param("$(LOOP)", "$(A)", id="what was put in isn't expanded again"),
    ],
)
def test_expands_references_as_kubernetes_does(text: str, expanded: str) -> None:
    """Rules of the API reference of `Container.command`."""
    assert expand(text, {"A": "1", "B": "2", "LOOP": "$(A)"}) == expanded


async def test_a_variable_may_use_an_earlier_one_but_not_a_later_one() -> None:
    """The order of the list counts."""
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)$(C)"}, {"name": "C", "value": "3"}]
    assert await environment(env=env) == {"A": "1", "B": "1$(C)", "C": "3"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.name", "worker-0"),
        ("metadata.namespace", "prod"),
        ("metadata.uid", "u-1"),
        ("metadata.labels['app']", "orders"),
        ("metadata.annotations['none']", ""),
        ("spec.nodeName", "local"),
        ("status.podIP", "127.9.0.2"),
        ("status.hostIP", "127.0.0.1"),
        ("status.podIPs", "127.9.0.2"),
    ],
)
async def test_reads_fields_of_the_pod(path: str, value: str) -> None:
    """Every field path that is supported gives its value."""
    assert await environment(env=[{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": path}}}]) == {"A": value}


async def test_reads_config_maps_and_secrets() -> None:
    """A key of each, and everything of each under a prefix; a variable of its own overrides."""
    env = [
        {"name": "COLOUR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "colour"}}},
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "login", "key": "password"}}},
        {"name": "ALL_size", "value": "own"},
    ]
    env_from = [{"prefix": "ALL_", "configMapRef": {"name": "settings"}}, {"secretRef": {"name": "login"}}]
    assert await environment(env=env, envFrom=env_from) == {
        "ALL_colour": "blue",
        "ALL_size": "own",
        "password": "s3cret",
        "COLOUR": "blue",
        "PASSWORD": "s3cret",
    }


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ({"configMapKeyRef": {"name": "none", "key": "k"}}, 'configmap "none" not found'),
        ({"secretKeyRef": {"name": "none", "key": "k"}}, 'secret "none" not found'),
        ({"configMapKeyRef": {"name": "settings", "key": "k"}}, "couldn't find key k in ConfigMap prod/settings"),
        ({"secretKeyRef": {"name": "login", "key": "k"}}, "couldn't find key k in Secret prod/login"),
    ],
)
async def test_says_what_a_reference_does_not_find(reference: dict[str, Any], message: str) -> None:
    """The message is the real kubelet's; an optional reference leaves the variable out instead."""
    with pytest.raises(ConfigError) as raised:
        await environment(env=[{"name": "A", "valueFrom": reference}])
    assert str(raised.value) == message
    optional = {kind: {**value, "optional": True} for kind, value in reference.items()}
    assert await environment(env=[{"name": "A", "valueFrom": optional}]) == {}


async def test_a_missing_source_of_variables_is_an_error_unless_optional() -> None:
    """`envFrom` follows the same rule."""
    with pytest.raises(ConfigError, match='secret "none" not found'):
        await environment(envFrom=[{"secretRef": {"name": "none"}}])
    assert await environment(envFrom=[{"secretRef": {"name": "none", "optional": True}}]) == {}


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ({"resource": "limits.memory"}, "268435456"),
        ({"resource": "limits.memory", "divisor": "1Mi"}, "256"),
        ({"resource": "limits.memory", "divisor": "100Mi"}, "3"),
        ({"resource": "requests.cpu"}, "1"),
        ({"resource": "requests.cpu", "divisor": "1m"}, "250"),
        ({"resource": "requests.memory", "divisor": "0"}, "0"),
        ({"resource": "limits.cpu"}, "4"),
    ],
)
async def test_reads_requests_and_limits(reference: dict[str, Any], value: str) -> None:
    """In whole divisors, rounded up; no limit is what the node has, and no request is 0."""
    resources = {"requests": {"cpu": "250m"}, "limits": {"memory": "256Mi"}}
    env = [{"name": "A", "valueFrom": {"resourceFieldRef": reference}}]
    assert await environment(env=env, resources=resources) == {"A": value}
