"""What a pod may ask of the process kubelet."""

from typing import Any

import pytest

from localcluster.kubelet.pod_spec import (
    ExecHook,
    Hook,
    HttpGet,
    HttpProbe,
    SleepHook,
    parse_containers,
    unsupported,
)

PROBE = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}


def pod(spec: dict[str, Any] | None = None, container: dict[str, Any] | None = None) -> dict[str, Any]:
    """A pod that can be run, with changes."""
    worker = {"name": "worker", "command": ["python"], **(container or {})}
    return {"metadata": {}, "spec": {"containers": [worker], **(spec or {})}}


@pytest.mark.parametrize(
    ("spec", "container", "reason"),
    [
        ({"initContainers": [{"name": "first"}]}, {}, "spec: initContainers is not supported"),
        ({"hostNetwork": True}, {}, "spec: hostNetwork is not supported"),
        (
            {},
            {"lifecycle": {"postStart": {"tcpSocket": {"port": 1}}}},
            "container worker: postStart: tcpSocket is not supported",
        ),
        (
            {},
            {"lifecycle": {"preStop": {"tcpSocket": {"port": 1}}}},
            "container worker: preStop: tcpSocket is not supported",
        ),
        (
            {},
            {"lifecycle": {"preStop": {"httpGet": {"port": "web"}}}},
            "container worker: preStop: the container has no port named web",
        ),
        ({}, {"startupProbe": {"exec": {}}}, "container worker: startupProbe: only httpGet is supported"),
        ({}, {"workingDir": "/app"}, "container worker: workingDir is not supported"),
        ({}, {"livenessProbe": {"exec": {}}}, "container worker: livenessProbe: only httpGet is supported"),
        (
            {},
            {"readinessProbe": {"tcpSocket": {"port": 1}}},
            "container worker: readinessProbe: only httpGet is supported",
        ),
        (
            {},
            {"readinessProbe": {"httpGet": {"port": 1, "scheme": "HTTPS"}}},
            "container worker: readinessProbe: only the scheme HTTP is supported",
        ),
        (
            {},
            {"readinessProbe": {"httpGet": {"port": "web"}}},
            "container worker: readinessProbe: the container has no port named web",
        ),
        (
            {},
            {"env": [{"name": "KEY", "valueFrom": {"fileKeyRef": {"key": "a"}}}]},
            "container worker: env KEY: valueFrom: fileKeyRef is not supported",
        ),
        (
            {},
            {"env": [{"name": "START", "valueFrom": {"fieldRef": {"fieldPath": "status.startTime"}}}]},
            "container worker: env START: fieldPath status.startTime is not supported",
        ),
        (
            {},
            {"command": []},
            "container worker: command is needed, because images are not pulled here and have no entry point",
        ),
    ],
)
def test_refuses_by_name_what_it_can_not_do(spec: dict[str, Any], container: dict[str, Any], reason: str) -> None:
    """Nothing that a pod asks for is ignored in silence."""
    assert unsupported(pod(spec, container)) == [reason]


def test_an_annotation_that_is_no_time_is_refused() -> None:
    """Rather than a pull that takes none."""
    broken = {**pod(), "metadata": {"annotations": {"localcluster.workerpools.dev/pull-seconds": "4s"}}}
    reason = "annotation localcluster.workerpools.dev/pull-seconds: '4s' is not a number of seconds"
    assert unsupported(broken) == [reason]


def test_names_everything_that_is_in_the_way_at_once() -> None:
    """A person fixes a manifest once, not field by field."""
    reasons = unsupported(pod({"hostNetwork": True}, {"workingDir": "/app", "command": []}))
    assert len(reasons) == 3


def test_accepts_what_a_worker_deployment_has() -> None:
    """Fields that others act on, that make no difference here, and empty ones are no reason to refuse."""
    spec = {
        "serviceAccountName": "worker",
        "securityContext": {"runAsNonRoot": True},
        "terminationGracePeriodSeconds": 60,
        "topologySpreadConstraints": [{"maxSkew": 1}],
        "volumes": [],
        "hostNetwork": False,
    }
    container = {
        "image": "example/worker:1",
        "imagePullPolicy": "Never",
        "resources": {"requests": {"cpu": "100m"}},
        "securityContext": {"readOnlyRootFilesystem": True},
        "ports": [{"name": "health", "containerPort": 8080}],
        "readinessProbe": {"httpGet": {"port": "health", "path": "/ready"}},
        "livenessProbe": {"httpGet": {"port": "health", "path": "/health"}},
    }
    assert unsupported(pod(spec, container)) == []


def test_reads_a_probe_whose_port_has_a_name() -> None:
    """The name stands for the number of the container's port."""
    get = {"port": "health", "path": "/ready", "httpHeaders": [{"name": "X-Probe", "value": "1"}]}
    container = {
        "ports": [{"name": "health", "containerPort": 8080}],
        "readinessProbe": {"httpGet": get, "initialDelaySeconds": 5, **PROBE},
    }
    assert parse_containers(pod(container=container))[0].readiness_probe == HttpProbe(
        get=HttpGet(path="/ready", port=8080, host=None, headers={"X-Probe": "1"}),
        initial_delay_seconds=5,
        period_seconds=10,
        timeout_seconds=1,
        success_threshold=1,
        failure_threshold=3,
    )


def test_arguments_follow_the_command() -> None:
    """Together they are the command line."""
    assert parse_containers(pod(container={"args": ["-m", "worker"]}))[0].command == ("python", "-m", "worker")


@pytest.mark.parametrize(
    ("hook", "expected"),
    [
        ({"exec": {"command": ["sh", "-c", "drain"]}}, ExecHook(("sh", "-c", "drain"))),
        ({"sleep": {"seconds": 5}}, SleepHook(5.0)),
        ({"httpGet": {"port": 8080, "path": "/drain"}}, HttpGet("/drain", 8080, None, {})),
    ],
)
def test_reads_what_happens_after_the_start_and_before_sigterm(hook: dict[str, Any], expected: Hook) -> None:
    """One of the three kinds."""
    (parsed,) = parse_containers(pod(container={"lifecycle": {"postStart": hook, "preStop": hook}}))
    assert (parsed.post_start, parsed.pre_stop) == (expected, expected)


@pytest.mark.parametrize(("resources", "expected"), [({}, None), ({"limits": {"memory": "256Mi"}}, 268_435_456)])
def test_reads_the_limit_of_memory(resources: dict[str, Any], expected: int | None) -> None:
    """A quantity, in bytes."""
    assert parse_containers(pod(container={"resources": resources}))[0].memory_limit_bytes == expected
