"""The first steps of docs/install.md: every command as it stands, in a shell of a newcomer who has Helm."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from localcluster.__main__ import ENVIRONMENT_FILE
from localcluster.folders import PROJECT_FOLDER
from tests.support.waiting import wait_for

SECTION: Final = "## On this machine, in five minutes"
MINUTES_SECONDS: Final = 300.0
START_SECONDS: Final = 200.0
"""How long the cluster may take on a busy machine; 15 s were measured on an idle one."""


def blocks() -> list[str]:
    """The blocks of commands of the section."""
    page = (PROJECT_FOLDER / "docs" / "install.md").read_text(encoding="utf-8")
    section = page.partition(SECTION)[2].partition("\n## ")[0]
    return re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


@pytest.fixture
def cluster_shell(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The first block runs, as it does in the first shell; and the environment of the second one, which has `helm`."""
    helm = tmp_path / "bin" / "helm"
    helm.parent.mkdir()
    helm.write_text(
        f'#!/bin/sh\nexec env PYTHONPATH={PROJECT_FOLDER} {sys.executable} -m tests.extra.release.helm "$@"\n'
    )
    helm.chmod(0o755)
    (command,) = blocks()[0].splitlines()
    ENVIRONMENT_FILE.unlink(missing_ok=True)
    log = (tmp_path / "cluster.log").open("w")
    # What a shell starts in the background ignores SIGINT, and so would its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    running = subprocess.Popen(
        ["sh", "-c", f"exec {command}"], cwd=PROJECT_FOLDER, stdout=log, stderr=log, start_new_session=True
    )
    try:
        wait_for(
            ENVIRONMENT_FILE.exists, START_SECONDS, f"{command}, which says:\n{(tmp_path / 'cluster.log').read_text()}"
        )
        yield os.environ | {"PATH": f"{helm.parent}{os.pathsep}{os.environ['PATH']}"}
    finally:
        os.killpg(running.pid, signal.SIGINT)
        running.wait(START_SECONDS)
        log.close()


def test_two_replicas_scale_a_real_deployment_by_the_docs_alone(cluster_shell: dict[str, str]) -> None:
    """In less than five minutes from the first of these commands on, if the machine does nothing else."""
    started = time.monotonic()
    result = subprocess.run(
        ["sh", "-euc", blocks()[1]], cwd=PROJECT_FOLDER, env=cluster_shell, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "20 of 20 workflows" in result.stdout, result.stdout
    assert time.monotonic() - started < MINUTES_SECONDS
    deployment = read(cluster_shell, "deployment/temporal-worker-pools", "temporal-worker-pools")
    assert deployment["status"]["readyReplicas"] == 2
    actions = read(cluster_shell, "twp/data-processing", "default")["status"]["scaleActions"]
    assert max(action["to"] for action in actions) > 1, actions


def read(environment: dict[str, str], name: str, namespace: str) -> dict[str, Any]:
    """An object, by the kubectl of the shell."""
    command = f". out/cluster.env; kubectl get {name} -n {namespace} -o json"
    result = subprocess.run(
        ["sh", "-euc", command], cwd=PROJECT_FOLDER, env=environment, capture_output=True, check=True
    )
    found: dict[str, Any] = json.loads(result.stdout)
    return found
