"""The image: linted, built by the Dockerfile's own steps, and run as its pod runs it."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from localcluster.cluster import LocalCluster
from localcluster.folders import ENVIRONMENT_BIN_FOLDER, PROJECT_FOLDER
from localcluster.operator_process import ACCOUNT, answer
from localcluster.ports import LOOPBACK, free_ports
from tests.extra.release.image import Build, Stage, container
from tests.release.charts import container as container_of_the_chart
from tests.release.charts import one, rendered
from tests.support.cluster import wait_for

DOCKERFILES: Final = sorted(PROJECT_FOLDER.glob("**/Dockerfile"))
READY_SECONDS: Final = 120.0


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The operator's image."""
    assert os.geteuid() == 0, "a root of one's own and another user need root: run these tests as root"
    return Build(tmp_path_factory.mktemp("image")).image(PROJECT_FOLDER / "Dockerfile")


def said(image: Stage, *command: str) -> str:
    """What a command in the image prints."""
    return subprocess.run(container(image, command, {}), capture_output=True, text=True, check=True).stdout


def test_the_linter_of_dockerfiles_finds_nothing() -> None:
    """In those of the examples, too."""
    command = [str(ENVIRONMENT_BIN_FOLDER / "hadolint"), *map(str, DOCKERFILES)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: str(path.parent.relative_to(PROJECT_FOLDER)))
def test_the_base_is_named_by_digest_and_the_build_is_left_behind(dockerfile: Path) -> None:
    """One line names it; the image begins anew from it, and takes one folder of the stage that built."""
    text = dockerfile.read_text(encoding="utf-8")
    first, *stages = re.findall(r"^FROM (.*)$", text, re.MULTILINE)
    assert re.fullmatch(r"\S+@sha256:[0-9a-f]{64} AS base", first)
    assert stages == ["base AS build", "base"]
    assert len(re.findall(r"^COPY --from=build ", text, re.MULTILINE)) == 1


def test_the_image_runs_as_the_user_of_the_chart_with_its_command(image: Stage) -> None:
    """The pod names both; an image that is run by itself has the same."""
    pod = one(rendered(), "Deployment")["spec"]["template"]["spec"]["securityContext"]
    assert image.user == f"{pod['runAsUser']}:{pod['runAsGroup']}"
    chart = container_of_the_chart(rendered())
    assert image.entry_point == chart["command"]
    assert image.arguments == chart["args"][: len(image.arguments)]


def test_it_has_the_program_and_nothing_of_what_built_it(image: Stage) -> None:
    """No uv, no sources; bytecode is there, since a read-only root can't be given any."""
    project = (PROJECT_FOLDER / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{said(image, "twp", "--version").split()[-1]}"' in project
    assert not (image.path("/build")).exists()
    packages = image.path("/opt/temporal-worker-pools")
    assert list(packages.glob("lib/python*/site-packages/controller/__pycache__/__init__.*.pyc"))
    assert not list(packages.glob("**/pytest"))


def test_its_user_can_write_to_tmp_alone_and_has_no_capability(image: Stage) -> None:
    """As the pod's securityContext asks."""
    script = "id -u; touch /tmp/a && echo tmp; touch /opt/a || echo read-only; grep CapBnd /proc/self/status"
    assert said(image, "sh", "-c", script).split() == ["65532", "tmp", "read-only", "CapBnd:", "0" * 16]


@pytest.fixture
def account(installed: LocalCluster, tmp_path: Path) -> Path:
    """What the pod's volume has: token, certificate authority, namespace."""
    token = installed.kubectl("create", "token", ACCOUNT, "-n", ACCOUNT).strip()
    authority = installed.certificate.read_text()
    for name, text in {"token": token, "ca.crt": authority, "namespace": ACCOUNT}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o644)
    tmp_path.chmod(0o755)
    return tmp_path


@pytest.fixture
def url(image: Stage, account: Path, installed: LocalCluster, kubernetes_namespace: str) -> Iterator[str]:
    """Of the operator that the image runs, by its entry point and command."""
    server = urlsplit(installed.server)
    (port,) = map(str, free_ports(1))
    options = ("--namespace", kubernetes_namespace, "--http-host", LOOPBACK, "--http-port", port)
    variables = {"KUBERNETES_SERVICE_HOST": str(server.hostname), "KUBERNETES_SERVICE_PORT": str(server.port)}
    command = container(image, [*image.entry_point, *image.arguments, *options], variables, account)
    with subprocess.Popen(command, start_new_session=True) as running:
        yield f"http://{LOOPBACK}:{port}"
        # All of them: unshare ignores SIGTERM while its child runs, which lost the bond to it with its change of user.
        os.killpg(running.pid, signal.SIGKILL)


def test_the_operator_of_the_image_is_ready_on_a_real_api_server(url: str) -> None:
    """By its own account alone, in a root that it can't write."""
    wait_for(lambda: answer(f"{url}/readyz"), READY_SECONDS, "the operator of the image to be ready")
