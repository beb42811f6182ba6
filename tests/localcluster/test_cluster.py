"""The cluster as a whole: accounts, namespaces, quotas, and what it leaves behind."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from localcluster.cluster import KubectlError, LocalCluster
from localcluster.errors import LocalClusterError
from localcluster.folders import PROJECT_FOLDER
from localcluster.running import running_cluster
from localcluster.throwaway import PREFIX
from tests.localcluster.workloads import container, deployment, pod
from tests.support.cluster import apply, get_json, pods
from tests.support.process_tree import descendants, killed_at_the_end, still_running
from tests.support.waiting import wait_for

TIMEOUT_SECONDS = 90


def kubectl_as(kubeconfig: Path, cluster: LocalCluster, *arguments: str) -> str:
    """Run kubectl with another kubeconfig; its later options win."""
    return cluster.kubectl(*arguments, "--kubeconfig", str(kubeconfig), check=False)


def test_a_service_account_may_do_what_its_role_says_and_nothing_more(
    cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """RBAC is the real one, and the token is that of the account."""
    cluster.kubectl("create", "serviceaccount", "reader", "-n", kubernetes_namespace)
    cluster.kubectl("create", "role", "reader", "--verb=list", "--resource=pods", "-n", kubernetes_namespace)
    account = f"--serviceaccount={kubernetes_namespace}:reader"
    cluster.kubectl("create", "rolebinding", "reader", "--role=reader", account, "-n", kubernetes_namespace)
    kubeconfig = cluster.kubeconfig_for_service_account(kubernetes_namespace, "reader")
    assert kubectl_as(kubeconfig, cluster, "get", "pods", "-o", "name") == ""
    refused = kubectl_as(kubeconfig, cluster, "get", "secrets")
    who = f'User "system:serviceaccount:{kubernetes_namespace}:reader" cannot list resource "secrets"'
    assert who in refused


def test_the_kubelet_may_not_read_secrets_that_no_pod_of_its_refers_to(
    cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """The Node authorizer is on, as in a real cluster."""
    cluster.kubectl("create", "secret", "generic", "other", "--from-literal=k=v", "-n", kubernetes_namespace)
    kubeconfig = cluster.folder / "kubelet.kubeconfig"
    refused = kubectl_as(kubeconfig, cluster, "get", "secret", "other", "-n", kubernetes_namespace)
    assert "no relationship found between node 'local' and this object" in refused


async def test_temporal_ends_the_polls_of_a_worker_that_stops(cluster: LocalCluster) -> None:
    """So that no task is handed to a worker that has broken off its polls."""
    client = await Client.connect(cluster.temporal_address)
    described = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
    assert described.namespace_info.capabilities.worker_poll_complete_on_shutdown


def test_a_failed_kubectl_is_an_error_with_the_command_and_its_reason(cluster: LocalCluster) -> None:
    """Unless the caller wants to see it."""
    with pytest.raises(KubectlError, match=r"^`kubectl get pod none` failed: .*pods \"none\" not found"):
        cluster.kubectl("get", "pod", "none")
    assert 'pods "none" not found' in cluster.kubectl("get", "pod", "none", check=False)


async def test_a_temporal_namespace_can_be_used_at_once(cluster: LocalCluster, temporal_namespace: str) -> None:
    """By every part of the server."""
    client = await Client.connect(cluster.temporal_address, namespace=temporal_namespace)
    assert (await client.count_workflows()).count == 0


def test_a_temporal_namespace_that_exists_is_refused(cluster: LocalCluster, temporal_namespace: str) -> None:
    """With what Temporal says."""
    with pytest.raises(
        LocalClusterError, match=f"Temporal refused the namespace {temporal_namespace}: .*already exists"
    ):
        cluster.create_temporal_namespace(temporal_namespace)


def test_a_quota_is_enforced(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """The controller that fills in its status runs."""
    cluster.kubectl("create", "quota", "few", "--hard=pods=1", "-n", kubernetes_namespace)
    wait_for(
        lambda: get_json(cluster, kubernetes_namespace, "quota", "few")["status"].get("hard"),
        TIMEOUT_SECONDS,
        "the quota's status",
    )
    apply(cluster, kubernetes_namespace, deployment("two", container("sleep", "600"), replicas=2))
    wait_for(
        lambda: "exceeded quota: few" in cluster.kubectl("get", "events", "-n", kubernetes_namespace),
        TIMEOUT_SECONDS,
        "the second pod to be refused",
    )
    assert len(pods(cluster, kubernetes_namespace)) == 1


def test_a_pod_that_does_not_fit_stays_pending(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """The scheduler is the real one and believes what the node says it has."""
    worker = container("sleep", "600", resources={"requests": {"cpu": "1000"}})
    apply(cluster, kubernetes_namespace, pod("huge", worker))
    wait_for(
        lambda: "1 Insufficient cpu" in cluster.kubectl("get", "events", "-n", kubernetes_namespace),
        TIMEOUT_SECONDS,
        "the scheduler's word",
    )
    assert get_json(cluster, kubernetes_namespace, "pod", "huge")["status"]["phase"] == "Pending"


def test_what_explains_a_failure_is_collected(cluster: LocalCluster, kubernetes_namespace: str, tmp_path: Path) -> None:
    """Logs of programs and pods, Events, objects; no Secrets."""
    cluster.kubectl(
        "create", "secret", "generic", "login", "--from-literal=password=s3cret", "-n", kubernetes_namespace
    )
    apply(cluster, kubernetes_namespace, pod("talks", container("sh", "-c", "echo hello; exec sleep 600")))
    pod_log = f"pods/{kubernetes_namespace}_talks/worker.log"
    wait_for(lambda: "hello" in (cluster.logs_folder / pod_log).read_text(), TIMEOUT_SECONDS, "the pod's log")
    cluster.collect(tmp_path / "failure")
    assert (tmp_path / "failure" / "logs" / pod_log).read_text() == "hello\n"
    assert (tmp_path / "failure" / "logs" / "kube-apiserver.log").stat().st_size > 0
    assert "talks" in (tmp_path / "failure" / "pods.txt").read_text()
    assert "Successfully assigned" in (tmp_path / "failure" / "events.txt").read_text()
    objects = (tmp_path / "failure" / "objects.yaml").read_text()
    assert "name: talks" in objects
    assert "s3cret" not in objects
    assert "password" not in objects


@pytest.fixture
def own_cluster(cluster: LocalCluster, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], LocalCluster]]:
    """A second cluster as `python -m localcluster up` runs it, and a handle whose kubectl reaches it."""
    command = [sys.executable, "-m", "localcluster", "up", "--no-ui", "--pods", "7"]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    # What a shell starts in the background ignores SIGINT, and so would its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    started = subprocess.Popen(
        command, cwd=PROJECT_FOLDER, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    with killed_at_the_end(started) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Running"):
                break
        kubeconfig = next((line for line in lines if line.startswith("export KUBECONFIG=")), None)
        assert kubeconfig, "".join(lines)
        path = Path(kubeconfig.removeprefix("export KUBECONFIG=").strip())
        yield process, replace(cluster, folder=tmp_path, kubeconfig=path)


FAMILY = ("sh", "-c", "setsid sleep 600 & exec sleep 600")
"""A pod whose command leaves a process behind in a session of its own."""


def running_family(process: subprocess.Popen[str], other: LocalCluster) -> dict[int, str]:
    """Start a pod, and return every process below the runner."""
    apply(other, "default", pod("family", container(*FAMILY)))

    def complete() -> dict[int, str]:
        family = descendants(process.pid)
        sleeps = [command for command in still_running(family).values() if command.startswith("sleep 600")]
        return family if len(sleeps) == 2 else {}

    return wait_for(complete, TIMEOUT_SECONDS, "the pod's two processes")


def test_nothing_is_left_after_kill_9_of_the_runner(own_cluster: tuple[subprocess.Popen[str], LocalCluster]) -> None:
    """Servers, kubelet, pods, and what pods left behind in sessions of their own."""
    process, other = own_cluster
    family = running_family(process, other)
    names = " ".join(still_running(family).values())
    for program in (
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "temporal",
        "localcluster.kubelet",
    ):
        assert program in names
    process.kill()
    process.wait()
    wait_for(lambda: not still_running(family), TIMEOUT_SECONDS, f"all to end: {still_running(family)}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_after_the_runner_was_told_to_end(
    own_cluster: tuple[subprocess.Popen[str], LocalCluster], tmp_path: Path, number: signal.Signals
) -> None:
    """Neither processes nor its folder; the exit status says the signal."""
    process, other = own_cluster
    family = running_family(process, other)
    assert get_json(other, "default", "node", "local")["status"]["capacity"]["pods"] == "7"
    process.send_signal(number)
    assert process.wait(TIMEOUT_SECONDS) == 128 + number
    wait_for(lambda: not still_running(family), TIMEOUT_SECONDS, f"all to end: {still_running(family)}")
    assert not list(tmp_path.glob(f"{PREFIX}*"))


def test_a_program_that_ends_takes_the_runner_down_with_a_word(
    own_cluster: tuple[subprocess.Popen[str], LocalCluster],
) -> None:
    """It says which, and exits with status 1."""
    process, _ = own_cluster
    scheduler = next(
        pid for pid, command in still_running(descendants(process.pid)).items() if "kube-scheduler" in command
    )
    os.kill(scheduler, signal.SIGKILL)
    assert process.stdout is not None
    said = process.stdout.read()
    assert "error: kube-scheduler ended with status -9" in said
    assert process.wait(TIMEOUT_SECONDS) == 1


def test_the_command_line_explains_itself() -> None:
    """Each command has its help with an example."""
    for command in ([], ["prepare"], ["up"]):
        run = [sys.executable, "-m", "localcluster", *command, "--help"]
        result = subprocess.run(run, cwd=PROJECT_FOLDER, capture_output=True, text=True, check=True)
        assert "Usage: " in result.stdout
        if command:
            assert f"Example: python -m localcluster {command[0]}" in " ".join(result.stdout.split())


@pytest.mark.usefixtures("cluster")
async def test_a_cluster_is_refused_outside_of_the_main_thread() -> None:
    """Its processes would end with the thread."""

    def enter() -> None:
        with running_cluster(say=lambda _line: None):
            pass

    with pytest.raises(LocalClusterError, match="must be started from the main thread"):
        await asyncio.to_thread(enter)
