"""`twp from-keda` and `twp from-hpa`: a pool that the API server admits, and a line for each field it does not have."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from controller.cli.exit_status import ExitStatus
from controller.cli.main import app
from controller.cli.migrate.keda import Given, from_keda
from controller.cli.migrate.source import Source, from_cluster
from tests.cli.fake_api_server import FakeApi, serving

Object = dict[str, Any]

METADATA: Object = {
    "endpoint": "temporal-frontend.temporal.svc:7233",
    "namespace": "shop",
    "taskQueue": "orders",
    "queueTypes": "activity",
    "targetQueueSize": "4",
}
SCALED_OBJECT: Object = {
    "apiVersion": "keda.sh/v1alpha1",
    "kind": "ScaledObject",
    "metadata": {"name": "orders"},
    "spec": {
        "scaleTargetRef": {"name": "orders-worker"},
        "maxReplicaCount": 20,
        "triggers": [{"type": "temporal", "metadata": METADATA}],
    },
}
AUTHENTICATION: Object = {
    "apiVersion": "keda.sh/v1alpha1",
    "kind": "TriggerAuthentication",
    "metadata": {"name": "temporal"},
    "spec": {"secretTargetRef": [{"parameter": "apiKey", "name": "temporal-key", "key": "api-key"}]},
}
HPA: Object = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "orders"},
    "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders-worker"},
        "minReplicas": 2,
        "maxReplicas": 10,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization"}}}],
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 60, "selectPolicy": "Max", "tolerance": "50m"}},
    },
}
WORK = "--address", "temporal:7233", "--task-queue", "orders/Activity"


def scaled(spec: Object | None = None, trigger: Object | None = None, **metadata: Any) -> Object:
    """The ScaledObject with other fields of its spec, of its trigger, and of the trigger's metadata."""
    changed = copy.deepcopy(SCALED_OBJECT)
    first = changed["spec"]["triggers"][0]
    first |= trigger or {}
    first["metadata"] |= metadata
    changed["spec"] |= spec or {}
    return changed


def with_triggers(*more: Object) -> Object:
    """The ScaledObject with more triggers."""
    return scaled({"triggers": [{"type": "temporal", "metadata": METADATA}, *more]})


def twp(folder: Path, command: str, *objects: Object, more: tuple[str, ...] = ()) -> Result:
    """What a command makes of these objects in a file."""
    file = folder / "objects.yaml"
    file.write_text(yaml.safe_dump_all(objects, sort_keys=False))
    return CliRunner().invoke(app, [command, "-f", str(file), *more])


def pool_of(result: Result) -> Object:
    """The spec of the pool that was printed."""
    (pool,) = (each for each in yaml.safe_load_all(result.stdout) if each["kind"] == "TemporalWorkerPool")
    spec: Object = pool["spec"]
    return spec


def lines(result: Result) -> list[str]:
    """What was said, without file, line and name."""
    return [line.split(": ", 2)[2] for line in result.stderr.splitlines()]


def test_a_scaled_object_becomes_a_pool_that_recommends(tmp_path: Path) -> None:
    """All of its fields are in it, so nothing is said; twp validate has nothing against it."""
    result = twp(tmp_path, "from-keda", SCALED_OBJECT)
    assert (result.exit_code, result.stderr) == (0, "")
    assert yaml.safe_load(result.stdout) == {
        "apiVersion": "workerpools.dev/v1alpha1",
        "kind": "TemporalWorkerPool",
        "metadata": {"name": "orders"},
        "spec": {
            "scaleTargetRef": {"name": "orders-worker"},
            "connection": {"address": "temporal-frontend.temporal.svc:7233"},
            "temporalNamespace": "shop",
            "taskQueues": [{"name": "orders", "tasks": [{"type": "Activity"}]}],
            "minReplicas": 0,
            "maxReplicas": 20,
            "objective": {"backlogPerReplica": 4},
            "mode": "Recommend",
        },
    }
    admitted = CliRunner().invoke(app, ["validate", "-f", "-"], input=result.stdout)
    assert (admitted.exit_code, admitted.stdout) == (0, "")


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        (
            scaled({"maxReplicaCount": None}, targetQueueSize=None),
            {"maxReplicas": 100, "objective": {"backlogPerReplica": 5}},
        ),
        (scaled({"minReplicaCount": 2}), {"minReplicas": 2}),
        (
            scaled({"cooldownPeriod": 60, "pollingInterval": 20}),
            {"scaleToZero": {"idleSeconds": 60}, "pollingIntervalSeconds": 20},
        ),
        (scaled(activationTargetQueueSize="3"), {"objective": {"backlogPerReplica": 4, "activationBacklog": 3}}),
        (
            scaled(
                {
                    "pollingInterval": 10,
                    "fallback": {"failureThreshold": 3, "replicas": 6, "behavior": "currentReplicasIfHigher"},
                }
            ),
            {"fallback": {"afterSeconds": 30, "behavior": "ReplicasIfHigher", "replicas": 6}},
        ),
        (
            scaled(workerDeploymentName="orders", workerDeploymentBuildId="v7"),
            {"workerDeployment": {"name": "orders", "buildId": "v7"}},
        ),
        (
            scaled({"advanced": {"horizontalPodAutoscalerConfig": {"behavior": HPA["spec"]["behavior"]}}}),
            {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 60, "selectPolicy": "Max", "tolerance": 0.05}}},
        ),
        (scaled({"scaleTargetRef": {"name": "w", "envSourceContainerName": "main"}}), {"containerName": "main"}),
        (
            {
                **SCALED_OBJECT,
                "metadata": {"name": "orders", "annotations": {"autoscaling.keda.sh/paused-scale-in": "true"}},
            },
            {"behavior": {"scaleDown": {"selectPolicy": "Disabled"}}},
        ),
    ],
    ids=["defaults", "min", "times", "activation", "fallback", "version", "behavior", "container", "one way"],
)
def test_a_field_with_an_equal_is_carried_over(tmp_path: Path, manifest: Object, expected: Object) -> None:
    """And nothing is said of it."""
    result = twp(tmp_path, "from-keda", manifest)
    assert (result.exit_code, result.stderr) == (0, "")
    spec = pool_of(result)
    assert {name: spec[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (
            scaled({"advanced": {"restoreToOriginalReplicaCount": True}}),
            "spec.advanced.restoreToOriginalReplicaCount: not carried over: deleting",
        ),
        (
            scaled({"advanced": {"scalingModifiers": {"formula": "a+b"}}}),
            "spec.advanced.scalingModifiers: not carried over: of several",
        ),
        (
            scaled({"idleReplicaCount": 0, "minReplicaCount": 3}),
            "spec.idleReplicaCount: minReplicas is 0; not carried over: that at least 3",
        ),
        (scaled({"initialCooldownPeriod": 60}), "spec.initialCooldownPeriod: not carried over: a new pool"),
        (
            scaled({"minReplicaCount": 1, "cooldownPeriod": 60}),
            "spec.cooldownPeriod: not carried over: with minReplicas above 0",
        ),
        (scaled({"pollingInterval": 1}), "spec.pollingInterval: pollingIntervalSeconds is 5"),
        (scaled({"fallback": {"failureThreshold": 3, "replicas": 6}}), "spec.fallback: behavior is ReplicasIfHigher"),
        (
            scaled({"fallback": {"failureThreshold": 3, "replicas": 6, "behavior": "currentReplicas"}}),
            "spec.fallback.replicas: behavior is Hold; not carried over: replicas 6",
        ),
        (scaled({"tomorrow": {"field": 1}}), "spec.tomorrow.field: not carried over: a pool has no such field"),
        (scaled(buildId="1.0"), "spec.triggers[0].metadata.buildId: not carried over: rules of versions"),
        (scaled(selectAllActive="true"), "spec.triggers[0].metadata.selectAllActive: not carried over"),
        (scaled(selectUnversioned="true"), "spec.triggers[0].metadata.selectUnversioned: not carried over"),
        (scaled(minConnectTimeout="5"), "spec.triggers[0].metadata.minConnectTimeout: not carried over"),
        (
            scaled(includeRunningWorkflowCount="true"),
            "includeRunningWorkflowCount: not carried over: replicas never fall",
        ),
        (
            scaled(targetQueueSize="four"),
            "spec.triggers[0].metadata.targetQueueSize: not carried over: 'four' is not a whole number",
        ),
        (scaled(queueTypes="activity,nexus"), "spec.triggers[0].metadata.queueTypes: not carried over: nexus"),
        (
            scaled(queueTypes="activity,query"),
            "spec.triggers[0].metadata.queueTypes: not carried over: no type of tasks is named query",
        ),
        (scaled(queueTypes=None), "spec.triggers[0].metadata: queueTypes is not set: Workflow and Activity are listed"),
        (scaled(trigger={"metricType": "Value"}), "spec.triggers[0].metricType: not carried over"),
        (
            with_triggers({"type": "cpu", "metadata": {"value": "60"}}),
            "spec.triggers[1]: not carried over: a pool scales by task queues, not by cpu",
        ),
        (
            with_triggers({"type": "temporal", "metadata": METADATA | {"namespace": "b"}}),
            "spec.triggers[1]: not carried over: it has another temporal namespace",
        ),
        (
            with_triggers({"type": "temporal", "metadata": METADATA | {"taskQueue": "b", "targetQueueSize": "9"}}),
            (
                "triggers[1].metadata.targetQueueSize: not carried over: a pool has one value for all task queues, "
                "and the lowest is 4"
            ),
        ),
    ],
)
def test_a_field_without_an_equal_is_said_on_a_line_of_its_own(tmp_path: Path, manifest: Object, said: str) -> None:
    """With what a pool does instead; the pool is valid all the same."""
    result = twp(tmp_path, "from-keda", manifest)
    assert result.exit_code == 0
    (line,) = lines(result)
    assert said in line


ANYTHING = st.recursive(
    st.integers() | st.booleans() | st.text("abc", min_size=1),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=2)
        | st.dictionaries(st.text("xyz", min_size=1), inner, min_size=1, max_size=2)
    ),
    max_leaves=4,
)


@given(place=st.sampled_from(["spec", "scaleTargetRef", "trigger", "metadata"]), value=ANYTHING)
def test_nothing_is_lost_in_silence(place: str, value: Any) -> None:
    """A field that is unknown here, wherever it is and whatever it holds, is named."""
    manifest = copy.deepcopy(SCALED_OBJECT)
    spec, trigger = manifest["spec"], manifest["spec"]["triggers"][0]
    part = {"spec": spec, "scaleTargetRef": spec["scaleTargetRef"], "trigger": trigger, "metadata": trigger["metadata"]}
    part[place]["newField"] = value
    remarks = from_keda(Given(Source(from_cluster(manifest)), {})).remarks
    assert remarks
    assert all("newField" in remark.field for remark in remarks)


def test_several_triggers_of_one_server_are_one_pool(tmp_path: Path) -> None:
    """A cron trigger is a schedule, as long as each of its times."""
    other = METADATA | {"taskQueue": "invoices", "queueTypes": "workflow"}
    cron = {"timezone": "Europe/Berlin", "start": "0 8 * * 1-5", "end": "0 18 * * 1-5", "desiredReplicas": "5"}
    manifest = with_triggers({"type": "temporal", "metadata": other}, {"type": "cron", "metadata": cron})
    result = twp(tmp_path, "from-keda", manifest)
    assert (result.exit_code, result.stderr) == (0, "")
    spec = pool_of(result)
    assert spec["taskQueues"] == [
        {"name": "orders", "tasks": [{"type": "Activity"}]},
        {"name": "invoices", "tasks": [{"type": "Workflow"}]},
    ]
    assert spec["schedules"] == [
        {"cron": "0 8 * * 1-5", "timeZone": "Europe/Berlin", "durationSeconds": 36_000, "minReplicas": 5}
    ]


@pytest.mark.parametrize("end", ["0 18 * * 1", "no cron"], ids=["other lengths", "unreadable"])
def test_a_cron_trigger_without_one_length_is_said(tmp_path: Path, end: str) -> None:
    """It may be some schedules, or none."""
    cron = {"timezone": "UTC", "start": "0 8 * * 1-5", "end": end, "desiredReplicas": "5"}
    result = twp(tmp_path, "from-keda", with_triggers({"type": "cron", "metadata": cron}))
    assert lines(result) == [
        "spec.triggers[1]: not carried over: a schedule of a pool has a cron and one length; write it by hand"
    ]
    assert "schedules" not in pool_of(result)


def test_an_api_key_becomes_a_connection(tmp_path: Path) -> None:
    """With TLS; the owner of the Secret has to allow its use, and the line has the command."""
    manifest = scaled(trigger={"authenticationRef": {"name": "temporal"}}, tlsServerName="temporal.example")
    result = twp(tmp_path, "from-keda", manifest, AUTHENTICATION)
    connection, _ = yaml.safe_load_all(result.stdout)
    assert pool_of(result)["connectionRef"] == {"name": "temporal"}
    assert connection["spec"] == {
        "address": "temporal-frontend.temporal.svc:7233",
        "tls": {"enabled": True, "serverName": "temporal.example"},
        "apiKeySecretRef": {"name": "temporal-key", "key": "api-key"},
    }
    assert [line.rpartition(": ")[2] for line in result.stderr.splitlines()] == [
        "`kubectl label secret temporal-key workerpools.dev/connection=true`"
    ]


def test_a_client_certificate_with_other_keys_says_what_the_secret_must_have(tmp_path: Path) -> None:
    """And what has no place in a connection."""
    parameters = [
        {"parameter": "cert", "name": "mtls", "key": "client.pem"},
        {"parameter": "key", "name": "mtls", "key": "client.key"},
        {"parameter": "keyPassword", "name": "mtls", "key": "password"},
    ]
    authority = [{"parameter": "ca", "name": "temporal-ca", "key": "ca.pem"}]
    spec = {"secretTargetRef": parameters, "configMapTargetRef": authority, "hashiCorpVault": {"address": "v"}}
    manifest = scaled(trigger={"authenticationRef": {"name": "temporal"}}, unsafeSsl="true")
    result = twp(tmp_path, "from-keda", manifest, AUTHENTICATION | {"spec": spec})
    connection, _ = yaml.safe_load_all(result.stdout)
    assert connection["spec"]["tls"] == {
        "enabled": True,
        "clientCertSecretRef": {"name": "mtls"},
        "caRef": {"kind": "ConfigMap", "name": "temporal-ca", "key": "ca.pem"},
    }
    said = "\n".join(lines(result))
    for phrase in (
        "make a Secret mtls with the keys tls.crt (now mtls/client.pem) and tls.key (now mtls/client.key)",
        "keyPassword; the key of a client certificate must not be encrypted",
        "spec.hashiCorpVault: not carried over: a TemporalConnection reads Secrets",
        "spec.triggers[0].metadata.unsafeSsl: not carried over: the server's certificate is always checked",
    ):
        assert phrase in said
    assert len(said.splitlines()) == 5


def test_an_authentication_that_is_not_there_is_said(tmp_path: Path) -> None:
    """A connection with TLS and without credentials is admitted, and no more."""
    result = twp(tmp_path, "from-keda", scaled(trigger={"authenticationRef": {"name": "temporal"}}))
    assert result.exit_code == 0
    assert "TriggerAuthentication/temporal is not there; give it with -f" in result.stderr


def test_a_parameter_from_the_environment_is_that_of_the_deployment(tmp_path: Path) -> None:
    """Without the Deployment the pool is not valid, and both are said."""
    manifest = scaled(endpoint=None, endpointFromEnv="TEMPORAL_ADDRESS")
    container = {"name": "worker", "env": [{"name": "TEMPORAL_ADDRESS", "value": "temporal.example:7233"}]}
    pods = {"spec": {"containers": [container, {"name": "proxy"}]}}
    deployment = {"kind": "Deployment", "metadata": {"name": "orders-worker"}, "spec": {"template": pods}}
    result = twp(tmp_path, "from-keda", manifest, deployment)
    assert pool_of(result)["connection"] == {"address": "temporal.example:7233"}
    assert lines(result) == [
        "spec.scaleTargetRef: set spec.containerName of the pool: the pods have the containers worker, proxy"
    ]
    result = twp(tmp_path, "from-keda", manifest)
    assert result.exit_code == ExitStatus.NO
    assert "the value of TEMPORAL_ADDRESS is not known; give the Deployment with -f" in result.stderr
    assert "TemporalWorkerPool/orders: spec.connection.address: " in result.stderr


@pytest.mark.parametrize(
    ("command", "objects", "more", "error"),
    [
        ("from-keda", (HPA,), (), "the files have 0 objects of kind ScaledObject"),
        ("from-keda", (SCALED_OBJECT, SCALED_OBJECT), (), "the files have 2 objects of kind ScaledObject"),
        ("from-keda", (scaled({"triggers": []}),), (), "ScaledObject/orders has no trigger of type temporal"),
        (
            "from-keda",
            (scaled({"scaleTargetRef": {"kind": "StatefulSet", "name": "x"}}),),
            (),
            "a pool scales a Deployment",
        ),
        ("from-keda", (SCALED_OBJECT,), ("orders",), "one of the two"),
        (
            "from-hpa",
            (
                HPA
                | {
                    "metadata": {
                        "name": "keda-hpa-orders",
                        "ownerReferences": [{"kind": "ScaledObject", "name": "orders"}],
                    }
                },
            ),
            WORK,
            "`twp from-keda orders`",
        ),
    ],
)
def test_what_can_not_be_converted_is_one_line(
    tmp_path: Path, command: str, objects: tuple[Object, ...], more: tuple[str, ...], error: str
) -> None:
    """With what to do, and nothing on standard output."""
    result = twp(tmp_path, command, *objects, more=more)
    assert (result.exit_code, result.stdout) == (ExitStatus.USAGE, "")
    assert error in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_horizontal_pod_autoscaler_becomes_a_pool_with_its_bounds_and_behavior(tmp_path: Path) -> None:
    """What the workers poll comes from options; its metrics are said."""
    more = (*WORK, "--task-queue", "invoices", "--schedule-to-start", "30", "--temporal-namespace", "shop")
    result = twp(tmp_path, "from-hpa", HPA, more=more)
    assert result.exit_code == 0
    assert pool_of(result) == {
        "scaleTargetRef": {"name": "orders-worker"},
        "connection": {"address": "temporal:7233"},
        "temporalNamespace": "shop",
        "taskQueues": [
            {"name": "orders", "tasks": [{"type": "Activity"}]},
            {"name": "invoices", "tasks": [{"type": "Workflow"}, {"type": "Activity"}]},
        ],
        "minReplicas": 2,
        "maxReplicas": 10,
        "objective": {"scheduleToStartSeconds": 30},
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 60, "selectPolicy": "Max", "tolerance": 0.05}},
        "mode": "Recommend",
    }
    assert lines(result) == ["spec.metrics[0]: not carried over: a pool scales by task queues, not by this metric"]


def test_the_first_version_of_the_api_is_read_too(tmp_path: Path) -> None:
    """It has a share of the CPU, and behavior in an annotation that nothing reads."""
    spec = {"scaleTargetRef": HPA["spec"]["scaleTargetRef"], "maxReplicas": 4, "targetCPUUtilizationPercentage": 70}
    metadata = {"name": "orders", "annotations": {"autoscaling.alpha.kubernetes.io/behavior": "{}", "team": "shop"}}
    first = HPA | {"apiVersion": "autoscaling/v1", "spec": spec, "metadata": metadata}
    result = twp(tmp_path, "from-hpa", first, more=WORK)
    assert (pool_of(result)["minReplicas"], pool_of(result)["maxReplicas"]) == (1, 4)
    assert [line.partition(": ")[0] for line in lines(result)] == [
        "metadata.annotations.autoscaling.alpha.kubernetes.io/behavior",
        "spec.targetCPUUtilizationPercentage",
    ]


def test_objects_of_the_cluster_are_read_with_what_they_name(tmp_path: Path) -> None:
    """The ScaledObject, its authentication and its Deployment; what may not be read is said, and the rest is used."""
    manifest = scaled(trigger={"authenticationRef": {"name": "temporal"}})
    keda, apps = "/apis/keda.sh/v1alpha1/namespaces/prod", "/apis/apps/v1/namespaces/prod"
    objects = {
        f"{keda}/scaledobjects/orders": manifest,
        f"{keda}/triggerauthentications/temporal": AUTHENTICATION,
        f"{apps}/deployments/orders-worker": {"metadata": {"name": "orders-worker"}},
    }
    with serving(FakeApi(objects, forbidden=("deployments/orders-worker",)), tmp_path) as kubeconfig:
        result = CliRunner().invoke(app, ["from-keda", "orders", "--kubeconfig", str(kubeconfig)])
    assert result.exit_code == 0
    assert pool_of(result)["connectionRef"] == {"name": "temporal"}
    assert result.stderr.splitlines()[0] == "twp: orders-worker: not allowed to get deployments in namespace prod."


def test_a_cluster_without_keda_says_so(tmp_path: Path) -> None:
    """And not that the CRDs of pools are missing."""
    with serving(FakeApi({}, refuses_all=404), tmp_path) as kubeconfig:
        result = CliRunner().invoke(app, ["from-keda", "orders", "--kubeconfig", str(kubeconfig)])
    assert result.exit_code == ExitStatus.NOT_FOUND
    assert result.stderr == (
        "twp: the cluster has no scaledobjects of keda.sh/v1alpha1; give the manifests as files with -f.\n"
    )
