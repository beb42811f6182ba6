"""Pods as local processes, on the real control plane."""

import re
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from localcluster.cluster import LocalCluster
from tests.localcluster.workloads import container, deployment, pod, web_container
from tests.support.cluster import apply, get_json, pods
from tests.support.waiting import wait_for

TIMEOUT_SECONDS = 90
"""Generous: the machine may be busy."""

STUBBORN = ("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done")


def worker_status(cluster: LocalCluster, namespace: str, name: str) -> dict[str, Any]:
    """The status of the only container of a pod."""
    found: dict[str, Any] = get_json(cluster, namespace, "pod", name)["status"]["containerStatuses"][0]
    return found


def run(cluster: LocalCluster, namespace: str, name: str, worker: dict[str, Any], **spec: Any) -> None:
    """Start a pod and wait until its container runs."""
    apply(cluster, namespace, pod(name, worker, **spec))
    wait_for(lambda: "running" in worker_status(cluster, namespace, name)["state"], TIMEOUT_SECONDS, f"{name} to run")


def log(cluster: LocalCluster, namespace: str, name: str, *options: str) -> str:
    """What a pod has printed."""
    return cluster.kubectl("logs", name, "--namespace", namespace, *options)


def events(cluster: LocalCluster, namespace: str, name: str) -> list[tuple[str, str]]:
    """Reason and message of the pod's Events."""
    found = get_json(cluster, namespace, "events", fieldSelector=f"involvedObject.name={name}")["items"]
    return [(event["reason"], event["message"]) for event in found]


def wait_for_event(cluster: LocalCluster, namespace: str, name: str, reason: str, message: str) -> None:
    """Wait until an Event of the pod is there: the kubelet writes them beside the status, and maybe after it."""
    wait_for(
        lambda: (reason, message) in events(cluster, namespace, name),
        TIMEOUT_SECONDS,
        f"the Event {reason} of {name}: {message}",
    )


def is_ready(cluster: LocalCluster, namespace: str, name: str) -> bool:
    """Whether the pod's condition `Ready` is true."""
    conditions = get_json(cluster, namespace, "pod", name)["status"]["conditions"]
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def test_a_deployment_gets_ready_with_pods_of_their_own_identity(
    cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """Each pod answers at its own address with its own host name, as kubectl says."""
    apply(cluster, kubernetes_namespace, deployment("web", web_container(), replicas=3))
    cluster.kubectl("rollout", "status", "deployment/web", "-n", kubernetes_namespace, f"--timeout={TIMEOUT_SECONDS}s")
    answers = {}
    for each in pods(cluster, kubernetes_namespace, "app=web"):
        address = each["status"]["podIP"]
        with urllib.request.urlopen(f"http://{address}:8080/", timeout=60) as response:
            answers[address] = response.read().decode()
        assert answers[address] == each["metadata"]["name"]
    assert len(answers) == 3
    table = cluster.kubectl("get", "pods", "-n", kubernetes_namespace, "--no-headers")
    assert len(re.findall(r"^web-\S+ +1/1 +Running +0 ", table, re.MULTILINE)) == 3


def test_a_deployment_scales_down_to_zero(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """Its pods are gone from the API and from this machine."""
    apply(cluster, kubernetes_namespace, deployment("web", web_container(), replicas=2))
    cluster.kubectl("rollout", "status", "deployment/web", "-n", kubernetes_namespace, f"--timeout={TIMEOUT_SECONDS}s")
    address = pods(cluster, kubernetes_namespace)[0]["status"]["podIP"]
    cluster.kubectl("scale", "deployment/web", "--replicas=0", "-n", kubernetes_namespace)
    wait_for(lambda: not pods(cluster, kubernetes_namespace), TIMEOUT_SECONDS, "the pods to go")
    with pytest.raises(OSError, match="Connection refused"):
        urllib.request.urlopen(f"http://{address}:8080/", timeout=60)


def test_a_pod_follows_its_readiness_probe(cluster: LocalCluster, kubernetes_namespace: str, tmp_path: Path) -> None:
    """Down after as many failures as the probe says, and up again; with an Event in the real kubelet's words."""
    unready = tmp_path / "unready"
    worker = web_container(env=[{"name": "UNREADY_FILE", "value": str(unready)}])
    run(cluster, kubernetes_namespace, "web", worker)
    wait_for(lambda: is_ready(cluster, kubernetes_namespace, "web"), TIMEOUT_SECONDS, "the pod to be ready")
    unready.touch()
    wait_for(lambda: not is_ready(cluster, kubernetes_namespace, "web"), TIMEOUT_SECONDS, "the pod to be unready")
    message = "Readiness probe failed: HTTP probe failed with statuscode: 503"
    wait_for_event(cluster, kubernetes_namespace, "web", "Unhealthy", message)
    unready.unlink()
    wait_for(lambda: is_ready(cluster, kubernetes_namespace, "web"), TIMEOUT_SECONDS, "the pod to be ready again")


def test_a_container_gets_sigterm_and_the_time_to_end(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """It may use its grace period, and isn't killed before."""
    command = "trap 'sleep 3; echo drained; exit 0' TERM; echo ready; while :; do sleep 0.1; done"
    run(cluster, kubernetes_namespace, "drains", container("sh", "-c", command), terminationGracePeriodSeconds=60)
    wait_for(lambda: "ready" in log(cluster, kubernetes_namespace, "drains"), TIMEOUT_SECONDS, "the trap to be set")
    log_file = cluster.logs_folder / "pods" / f"{kubernetes_namespace}_drains" / "worker.log"
    cluster.kubectl("delete", "pod", "drains", "-n", kubernetes_namespace, f"--timeout={TIMEOUT_SECONDS}s")
    assert log_file.read_text() == "ready\ndrained\n"
    wait_for_event(cluster, kubernetes_namespace, "drains", "Killing", "Stopping container worker")


def test_a_terminating_pod_is_shown_as_such(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """While its container uses its grace period."""
    run(cluster, kubernetes_namespace, "stubborn", container(*STUBBORN), terminationGracePeriodSeconds=600)
    wait_for(lambda: "ready" in log(cluster, kubernetes_namespace, "stubborn"), TIMEOUT_SECONDS, "the trap to be set")
    cluster.kubectl("delete", "pod", "stubborn", "-n", kubernetes_namespace, "--wait=false")
    row = cluster.kubectl("get", "pod", "stubborn", "-n", kubernetes_namespace, "--no-headers").split()
    assert row[1:3] == ["1/1", "Terminating"]
    # A shorter grace period cuts the first one short.
    cluster.kubectl(
        "delete", "pod", "stubborn", "-n", kubernetes_namespace, "--grace-period=1", f"--timeout={TIMEOUT_SECONDS}s"
    )


def test_a_container_that_ignores_sigterm_is_killed_when_its_grace_period_is_over(
    cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """Not before, and not much later."""
    run(cluster, kubernetes_namespace, "stubborn", container(*STUBBORN), terminationGracePeriodSeconds=4)
    wait_for(lambda: "ready" in log(cluster, kubernetes_namespace, "stubborn"), TIMEOUT_SECONDS, "the trap to be set")
    started = time.monotonic()
    cluster.kubectl("delete", "pod", "stubborn", "-n", kubernetes_namespace, f"--timeout={TIMEOUT_SECONDS}s")
    assert 4 <= time.monotonic() - started < 30


def test_a_pod_deleted_by_force_is_ended_too(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """It is gone from the API at once, its process soon after."""
    run(cluster, kubernetes_namespace, "web", web_container())
    wait_for(lambda: is_ready(cluster, kubernetes_namespace, "web"), TIMEOUT_SECONDS, "the pod to be ready")
    address = get_json(cluster, kubernetes_namespace, "pod", "web")["status"]["podIP"]
    cluster.kubectl("delete", "pod", "web", "-n", kubernetes_namespace, "--grace-period=0", "--force")

    def is_refused() -> bool:
        try:
            urllib.request.urlopen(f"http://{address}:8080/", timeout=60).close()
        except OSError:
            return True
        return False

    wait_for(is_refused, TIMEOUT_SECONDS, "the process to end")


def test_a_crashed_container_is_restarted(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """With its exit code, the count of restarts, and an Event."""
    apply(cluster, kubernetes_namespace, pod("crash", container("sh", "-c", "echo once; exit 3")))
    status = wait_for(
        lambda: (found := worker_status(cluster, kubernetes_namespace, "crash"))["restartCount"] >= 2 and found,
        TIMEOUT_SECONDS,
        "two restarts",
    )
    assert status["lastState"]["terminated"]["exitCode"] == 3
    uid = get_json(cluster, kubernetes_namespace, "pod", "crash")["metadata"]["uid"]
    message = f"Back-off restarting failed container worker in pod crash_{kubernetes_namespace}({uid})"
    wait_for_event(cluster, kubernetes_namespace, "crash", "BackOff", message)
    assert log(cluster, kubernetes_namespace, "crash").count("once") >= 3


@pytest.mark.parametrize(("code", "phase"), [(0, "Succeeded"), (7, "Failed")])
def test_a_pod_that_is_not_restarted_ends_for_good(
    cluster: LocalCluster, kubernetes_namespace: str, code: int, phase: str
) -> None:
    """The exit code decides on the phase."""
    apply(cluster, kubernetes_namespace, pod("job", container("sh", "-c", f"exit {code}"), restartPolicy="Never"))
    wait_for(
        lambda: get_json(cluster, kubernetes_namespace, "pod", "job")["status"]["phase"] == phase,
        TIMEOUT_SECONDS,
        f"the phase {phase}",
    )
    assert worker_status(cluster, kubernetes_namespace, "job")["state"]["terminated"]["exitCode"] == code


def test_a_command_that_is_not_there_is_a_start_error(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """With the message of container runtimes."""
    apply(cluster, kubernetes_namespace, pod("typo", container("no-such-program"), restartPolicy="Never"))
    ended = wait_for(
        lambda: worker_status(cluster, kubernetes_namespace, "typo")["state"].get("terminated"),
        TIMEOUT_SECONDS,
        "the start to fail",
    )
    message = 'exec: "no-such-program": executable file not found in $PATH'
    assert (ended["exitCode"], ended["reason"], ended["message"]) == (128, "StartError", message)
    wait_for_event(cluster, kubernetes_namespace, "typo", "Failed", f"Error: {message}")


def test_a_container_gets_its_environment_and_nothing_of_the_runner(
    cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """Values, fields, ConfigMaps, Secrets, `$(VAR)`; else only where programs, home folder and API server are."""
    apply(
        cluster,
        kubernetes_namespace,
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"slots": "10"}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}, "stringData": {"password": "s3cret"}},
    )
    env = [
        {"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "SLOTS", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "slots"}}},
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "login", "key": "password"}}},
        {"name": "GREETING", "value": "$(NAME) has $(SLOTS)"},
    ]
    command = ("sh", "-c", 'env; echo "argument: $0"; exec sleep 600', "$(GREETING)")
    run(cluster, kubernetes_namespace, "printer", container(*command, env=env))
    printed = wait_for(
        lambda: re.search(r"(?s).*argument: .*\n", log(cluster, kubernetes_namespace, "printer")),
        TIMEOUT_SECONDS,
        "the output",
    ).group()
    assert printed.splitlines()[-1] == "argument: printer has 10"
    variables = dict(line.split("=", 1) for line in printed.splitlines()[:-1])
    assert variables.keys() - {"LANG", "TZ"} == {
        "NAME", "SLOTS", "PASSWORD", "GREETING", "PATH", "HOME", "HOSTNAME", "PWD",
        "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT",
    }  # fmt: skip
    assert (variables["SLOTS"], variables["PASSWORD"], variables["HOSTNAME"]) == ("10", "s3cret", "printer")


def test_a_missing_reference_is_a_config_error_until_it_is_there(
    cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """The container starts by itself once a person has fixed it."""
    env = [{"name": "SLOTS", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "slots"}}}]
    apply(cluster, kubernetes_namespace, pod("waits", container("sleep", "600", env=env)))
    waiting = wait_for(
        lambda: (
            (state := worker_status(cluster, kubernetes_namespace, "waits")["state"].get("waiting"))
            and state["reason"] == "CreateContainerConfigError"
            and state
        ),
        TIMEOUT_SECONDS,
        "the config error",
    )
    assert waiting["message"] == 'configmap "settings" not found'
    wait_for_event(cluster, kubernetes_namespace, "waits", "Failed", 'Error: configmap "settings" not found')
    cluster.kubectl("create", "configmap", "settings", "--from-literal=slots=10", "-n", kubernetes_namespace)
    wait_for(
        lambda: "running" in worker_status(cluster, kubernetes_namespace, "waits")["state"],
        TIMEOUT_SECONDS,
        "the container to run",
    )


def test_what_can_not_be_done_is_a_config_error(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """All of it by name, and the pod can be deleted."""
    mount = {"name": "disk", "mountPath": "/mnt"}
    worker = container("sleep", "600", workingDir="/app", volumeMounts=[mount])
    disk = {"name": "disk", "hostPath": {"path": "/mnt"}}
    apply(cluster, kubernetes_namespace, pod("volumes", worker, volumes=[disk]))
    message = "container worker: workingDir is not supported; volume disk: hostPath is not supported"
    wait_for(
        lambda: (
            worker_status(cluster, kubernetes_namespace, "volumes")["state"]
            == {"waiting": {"reason": "CreateContainerConfigError", "message": message}}
        ),
        TIMEOUT_SECONDS,
        "the config error",
    )
    row = cluster.kubectl("get", "pod", "volumes", "-n", kubernetes_namespace, "--no-headers").split()
    assert row[1:3] == ["0/1", "CreateContainerConfigError"]
    cluster.kubectl("delete", "pod", "volumes", "-n", kubernetes_namespace, f"--timeout={TIMEOUT_SECONDS}s")


def test_kubectl_logs_follows_a_pod_to_its_end(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """What comes later comes, too; afterwards the log is still there."""
    worker = container("sh", "-c", "echo line 1; sleep 2; echo line 2; sleep 1; echo line 3")
    apply(cluster, kubernetes_namespace, pod("talks", worker, restartPolicy="Never"))
    started = {"running", "terminated"}
    wait_for(
        lambda: started & worker_status(cluster, kubernetes_namespace, "talks")["state"].keys(),
        TIMEOUT_SECONDS,
        "talks to start",
    )
    assert log(cluster, kubernetes_namespace, "talks", "--follow") == "line 1\nline 2\nline 3\n"
    assert log(cluster, kubernetes_namespace, "talks") == "line 1\nline 2\nline 3\n"
    assert log(cluster, kubernetes_namespace, "talks", "--tail=1") == "line 3\n"


def test_an_option_of_kubectl_logs_that_is_not_supported_is_refused(
    cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """Rather than answered wrongly."""
    run(cluster, kubernetes_namespace, "talks", container("sleep", "600"), terminationGracePeriodSeconds=1)
    options = ("--namespace", kubernetes_namespace, "--timestamps")
    assert "doesn't support timestamps" in cluster.kubectl("logs", "talks", *options, check=False)


def test_two_containers_of_a_pod_share_its_address_and_end_together(
    cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """Each has its own state and log."""
    sidecar = {**container("sleep", "600"), "name": "sidecar"}
    both = pod("pair", web_container())
    both["spec"]["containers"].append(sidecar)
    both["spec"]["terminationGracePeriodSeconds"] = 2
    apply(cluster, kubernetes_namespace, both)
    wait_for(lambda: is_ready(cluster, kubernetes_namespace, "pair"), TIMEOUT_SECONDS, "both containers to be ready")
    row = cluster.kubectl("get", "pod", "pair", "-n", kubernetes_namespace, "--no-headers").split()
    assert row[1:3] == ["2/2", "Running"]
    cluster.kubectl("delete", "pod", "pair", "-n", kubernetes_namespace, f"--timeout={TIMEOUT_SECONDS}s")


def test_describe_shows_a_pod_as_a_person_knows_it(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """Scheduled, created, started; where it runs and since when."""
    run(cluster, kubernetes_namespace, "web", web_container())
    wait_for(lambda: is_ready(cluster, kubernetes_namespace, "web"), TIMEOUT_SECONDS, "the pod to be ready")
    wait_for_event(cluster, kubernetes_namespace, "web", "Started", "Container started")
    text = cluster.kubectl("describe", "pod", "web", "-n", kubernetes_namespace)
    for line in (
        r"^Node: +local/127\.0\.0\.1$",
        r"^Start Time: +\w",
        r"^Status: +Running$",
        r"^IP: +127\.\d+\.\d+\.\d+$",
        r"^    State: +Running$",
        r"^  Ready +True *$",
        r"Normal +Scheduled .*Successfully assigned",
        r"Normal +Created .*Container created$",
        r"Normal +Started .*Container started$",
    ):
        assert re.search(line, text, re.MULTILINE), f"{line} is not in\n{text}"


def test_the_node_keeps_its_lease(cluster: LocalCluster) -> None:
    """It is how a cluster knows that a node lives."""
    lease = get_json(cluster, "kube-node-lease", "lease", "local")
    assert lease["spec"]["holderIdentity"] == "local"
    before = lease["spec"]["renewTime"]

    def renewed() -> bool:
        now = get_json(cluster, "kube-node-lease", "lease", "local")
        return bool(now["spec"]["renewTime"] > before)

    wait_for(renewed, TIMEOUT_SECONDS, "the Lease to be renewed")
