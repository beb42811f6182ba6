"""What the kubelet does to a container: liveness, hooks, back-off, memory, images; on the real control plane."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from localcluster.cluster import LocalCluster
from localcluster.kubelet.images import PULL_SECONDS
from tests.localcluster.test_pods import TIMEOUT_SECONDS, is_ready, log, run, wait_for_event, worker_status
from tests.localcluster.workloads import container, pod, web_container
from tests.support.cluster import apply, get_json, wait_for

DRAINS = "trap 'echo SIGTERM; exit 0' TERM; echo ready; while :; do sleep 0.1; done"
"""A command that says when it gets SIGTERM."""

ONCE_IT_ANSWERS = {"initialDelaySeconds": 10, "timeoutSeconds": 10}
"""Of a liveness probe: on a busy machine the start of a program or an answer may take some seconds."""


def log_file(cluster: LocalCluster, namespace: str, name: str) -> Path:
    """Where a pod's output stays when it is gone."""
    return cluster.logs_folder / "pods" / f"{namespace}_{name}" / "worker.log"


def deleted_after(cluster: LocalCluster, namespace: str, pre_stop: dict[str, Any], grace_seconds: int) -> float:
    """Seconds that the deletion of a pod with a hook takes."""
    worker = container("sh", "-c", DRAINS, lifecycle={"preStop": pre_stop})
    run(cluster, namespace, "hooked", worker, terminationGracePeriodSeconds=grace_seconds)
    wait_for(lambda: "ready" in log(cluster, namespace, "hooked"), TIMEOUT_SECONDS, "the trap to be set")
    started = time.monotonic()
    cluster.kubectl("delete", "pod", "hooked", "-n", namespace, f"--timeout={TIMEOUT_SECONDS}s")
    return time.monotonic() - started


def test_a_container_that_does_not_answer_its_liveness_probe_is_restarted(
    cluster: LocalCluster, kubernetes_namespace: str, tmp_path: Path
) -> None:
    """With SIGTERM first, and the real kubelet's Events."""
    unready = tmp_path / "unready"
    probe = {"httpGet": {"path": "/", "port": "web"}, "periodSeconds": 1, "failureThreshold": 2, **ONCE_IT_ANSWERS}
    env = [{"name": "UNREADY_FILE", "value": str(unready)}]
    run(cluster, kubernetes_namespace, "hangs", web_container(env=env, livenessProbe=probe))
    wait_for(lambda: is_ready(cluster, kubernetes_namespace, "hangs"), TIMEOUT_SECONDS, "the pod to be ready")
    unready.touch()
    restarted = wait_for(
        lambda: (found := worker_status(cluster, kubernetes_namespace, "hangs"))["restartCount"] and found,
        TIMEOUT_SECONDS,
        "the restart",
    )
    unready.unlink()
    assert restarted["lastState"]["terminated"]["exitCode"] == 0
    assert "SIGTERM" in log(cluster, kubernetes_namespace, "hangs")
    for reason, message in (
        ("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 503"),
        ("Killing", "Container worker failed liveness probe, will be restarted"),
    ):
        wait_for_event(cluster, kubernetes_namespace, "hangs", reason, message)
    wait_for(lambda: is_ready(cluster, kubernetes_namespace, "hangs"), TIMEOUT_SECONDS, "the pod to be ready again")


def test_a_hook_runs_in_the_container_before_sigterm(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """It sees the container's own process 1, and its output goes where the container's goes if it says so."""
    script = "sleep 1; echo hook of $(hostname) >> /proc/1/fd/1"
    deleted_after(cluster, kubernetes_namespace, {"exec": {"command": ["sh", "-c", script]}}, 60)
    assert log_file(cluster, kubernetes_namespace, "hooked").read_text() == "ready\nhook of hooked\nSIGTERM\n"


def test_a_pause_is_part_of_the_grace_period(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """SIGTERM comes after it."""
    assert 3 <= deleted_after(cluster, kubernetes_namespace, {"sleep": {"seconds": 3}}, 60) < 30
    assert log_file(cluster, kubernetes_namespace, "hooked").read_text() == "ready\nSIGTERM\n"


def test_a_hook_that_takes_all_of_the_grace_period_is_cut_short(
    cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """The container still gets SIGTERM and two seconds."""
    hook = {"exec": {"command": ["sleep", "600"]}}
    assert 2 <= deleted_after(cluster, kubernetes_namespace, hook, 2) < 30
    assert log_file(cluster, kubernetes_namespace, "hooked").read_text() == "ready\nSIGTERM\n"


@pytest.mark.parametrize("hook", [{"exec": {"command": ["false"]}}, {"httpGet": {"port": 9, "path": "/"}}])
def test_a_hook_that_fails_is_told_and_keeps_nothing_up(
    cluster: LocalCluster, kubernetes_namespace: str, hook: dict[str, Any]
) -> None:
    """A command that fails, a request without an answer."""
    assert deleted_after(cluster, kubernetes_namespace, hook, 60) < 30
    wait_for_event(cluster, kubernetes_namespace, "hooked", "FailedPreStopHook", "PreStopHook failed")


def test_a_container_that_crashes_again_waits_longer_each_time(
    cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """The first restart comes at once, the next one after 2 s in tests, then 4 s; a short one may go unseen."""
    apply(cluster, kubernetes_namespace, pod("crash", container("sh", "-c", "exit 3")))

    def back_off(restarts: int) -> bool:
        status = worker_status(cluster, kubernetes_namespace, "crash")
        waiting = status["state"].get("waiting", {})
        assert waiting["reason"] == "CrashLoopBackOff"
        assert waiting["message"].startswith(f"back-off {2 ** status['restartCount']}s restarting")
        return bool(status["restartCount"] >= restarts)

    wait_for(lambda: back_off(1), TIMEOUT_SECONDS, "a pause")
    wait_for(lambda: back_off(2), TIMEOUT_SECONDS, "a longer pause")


def test_a_container_that_exceeds_its_memory_limit_is_killed(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """OOMKilled with exit code 137, whichever of its processes it is."""
    eats = (
        "import subprocess, sys; code = 'import time; b = bytearray(80_000_000); time.sleep(600)'; "
        "subprocess.run([sys.executable, '-c', code])"
    )
    worker = container("python", "-c", eats, resources={"limits": {"memory": "64Mi"}})
    apply(cluster, kubernetes_namespace, pod("eats", worker, restartPolicy="Never"))
    ended = wait_for(
        lambda: worker_status(cluster, kubernetes_namespace, "eats")["state"].get("terminated"),
        TIMEOUT_SECONDS,
        "the container to be killed",
    )
    assert (ended["reason"], ended["exitCode"]) == ("OOMKilled", 137)


def test_an_image_of_a_registry_that_can_not_exist_is_not_pulled(
    cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """First the error, then the back-off, with the runtime's words; the pod can be deleted."""
    apply(cluster, kubernetes_namespace, pod("no-image", container("true") | {"image": "registry.invalid/worker:7"}))

    def back_off() -> str | None:
        waiting: dict[str, str] = worker_status(cluster, kubernetes_namespace, "no-image")["state"]["waiting"]
        return waiting["message"] if waiting["reason"] == "ImagePullBackOff" else None

    message = wait_for(back_off, TIMEOUT_SECONDS, "the back-off")
    assert message.startswith('Back-off pulling image "registry.invalid/worker:7": ErrImagePull: failed to pull')
    for reason, text in (("Pulling", 'Pulling image "registry.invalid/worker:7"'), ("Failed", "Error: ErrImagePull")):
        wait_for_event(cluster, kubernetes_namespace, "no-image", reason, text)
    row = cluster.kubectl("get", "pod", "no-image", "-n", kubernetes_namespace, "--no-headers").split()
    assert row[1:3] in (["0/1", "ImagePullBackOff"], ["0/1", "ErrImagePull"])
    cluster.kubectl("delete", "pod", "no-image", "-n", kubernetes_namespace, f"--timeout={TIMEOUT_SECONDS}s")


def test_a_pull_takes_as_long_as_the_pod_says(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """The container starts after it, and the status says so until then."""
    slow = pod("slow", container("sleep", "600"))
    slow["metadata"]["annotations"] = {PULL_SECONDS: "3"}
    apply(cluster, kubernetes_namespace, slow)
    running = wait_for(
        lambda: worker_status(cluster, kubernetes_namespace, "slow")["state"].get("running"),
        TIMEOUT_SECONDS,
        "the container to run",
    )
    bound = get_json(cluster, kubernetes_namespace, "pod", "slow")["status"]["startTime"]
    assert (datetime.fromisoformat(running["startedAt"]) - datetime.fromisoformat(bound)).total_seconds() >= 3


def test_a_hook_after_the_start_is_awaited_and_one_that_fails_restarts_the_container(
    cluster: LocalCluster, kubernetes_namespace: str, tmp_path: Path
) -> None:
    """The container is not ready before its end; a failure is an Event in the real kubelet's words."""
    go_on = tmp_path / "go-on"
    waits = {"postStart": {"exec": {"command": ["sh", "-c", f"while ! test -e {go_on}; do sleep 0.1; done"]}}}
    run(cluster, kubernetes_namespace, "waits", container("sleep", "600", lifecycle=waits))
    fails = {"postStart": {"exec": {"command": ["false"]}}}
    run(cluster, kubernetes_namespace, "fails", container("sleep", "600", lifecycle=fails))
    wait_for_event(cluster, kubernetes_namespace, "fails", "FailedPostStartHook", "PostStartHook failed")
    wait_for(
        lambda: worker_status(cluster, kubernetes_namespace, "fails")["restartCount"], TIMEOUT_SECONDS, "the restart"
    )
    assert not is_ready(cluster, kubernetes_namespace, "waits")
    go_on.touch()
    wait_for(lambda: is_ready(cluster, kubernetes_namespace, "waits"), TIMEOUT_SECONDS, "the pod to be ready")
