"""The image of a Dockerfile, built and run on this machine without a container engine.

Each stage is a folder that is the root of its steps. Of the machine it sees /usr and /etc, read-only, and a Python that
stands for the base image, which can't be pulled here; all else is what its own steps made.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dockerfile_parse import DockerfileParser

from localcluster.folders import PROJECT_FOLDER
from localcluster.processes import dying_with_parent

_LINKS: Final = ("bin", "sbin", "lib", "lib64")
"""Into /usr."""
_EMPTY: Final = ("dev", "proc", "tmp", "root", "opt", "var", "usr", "etc")
_PYTHON: Final = "/opt/python"
_PATH: Final = f"{_PYTHON}/bin:/usr/local/bin:/usr/bin:/bin"
_BASE_PYTHON: Final = Path(sys.base_prefix)
_PASSED_ON: Final = ("PIP_", "SSL_", "UV_INDEX", "UV_SYSTEM_CERTS", "HTTP", "http", "NO_PROXY", "no_proxy")
"""Beginnings of variables by which a step reaches the package index, as a builder has them from its caller."""

ACCOUNT_FOLDER: Final = "/var/run/secrets/kubernetes.io/serviceaccount"


@dataclass
class Stage:
    """A stage so far: its files, and what its steps have set."""

    root: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": _PATH, "HOME": "/root"})
    working_folder: str = "/"
    user: str = "0:0"
    entry_point: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)

    def path(self, inner: str) -> Path:
        """Where a file of the stage is on this machine; a relative path is below the working folder."""
        return self.root / str(Path(self.working_folder) / inner).lstrip("/")


class Build:
    """Runs the steps of a Dockerfile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stages: dict[str, Stage] = {}

    def image(self, dockerfile: Path) -> Stage:
        """The last stage, once every step of all has run."""
        with dockerfile.open("rb") as file:
            steps = DockerfileParser(fileobj=file).structure
        stage = Stage(self._folder)
        for step in steps:
            if step["instruction"] == "FROM":
                stage = self._from(step["value"])
            else:
                self._step(stage, step["instruction"], step["value"])
        return stage

    def _from(self, value: str) -> Stage:
        base, _, name = value.partition(" AS ")
        stage = Stage(self._folder / (name or "image"))
        if base in self._stages:
            shutil.copytree(self._stages[base].root, stage.root, symlinks=True)
            stage.environment |= self._stages[base].environment
        else:
            _make_base(stage)
        self._stages[name] = stage
        return stage

    def _step(self, stage: Stage, instruction: str, value: str) -> None:
        match instruction:
            case "RUN":
                run(stage, value)
            case "COPY":
                self._copy(stage, value.split())
            case "ENV":
                for name, _, text in (word.partition("=") for word in shlex.split(value)):
                    stage.environment[name] = text.replace("$PATH", stage.environment["PATH"])
            case "WORKDIR":
                stage.working_folder = value
                stage.path("").mkdir(parents=True, exist_ok=True)
            case "USER":
                stage.user = value
            case "ENTRYPOINT":
                stage.entry_point = json.loads(value)
            case "CMD":
                stage.arguments = json.loads(value)
            case "LABEL" | "COMMENT":
                pass
            case _:
                raise AssertionError(f"this step is not known here: {instruction} {value}")

    def _copy(self, stage: Stage, words: Sequence[str]) -> None:
        *sources, target = [word for word in words if not word.startswith("--")]
        stages = [self._stages[word.removeprefix("--from=")] for word in words if word.startswith("--from=")]
        for source in sources:
            assert stages or is_in_context(source), f"{source} is not in the build context: .dockerignore"
            path = stages[0].path(source) if stages else PROJECT_FOLDER / source
            if path.is_dir():
                ignored = None if stages else shutil.ignore_patterns("__pycache__")
                shutil.copytree(path, stage.path(target), symlinks=True, ignore=ignored, dirs_exist_ok=True)
            else:
                shutil.copy(path, stage.path(target))


def is_in_context(source: str) -> bool:
    """Whether .dockerignore, which leaves out all but some, leaves a file or folder in."""
    lines = (PROJECT_FOLDER / ".dockerignore").read_text(encoding="utf-8").splitlines()
    return "*" in lines and f"!{source.split('/', maxsplit=1)[0]}" in lines


def run(stage: Stage, script: str) -> None:
    """Run a step of the build in its stage, as root."""
    variables = {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}
    command = ["/bin/sh", "-c", f"cd {stage.working_folder} && {script}"]
    inside = [*_enter(stage, ()), *_with_environment(stage.environment | variables), *command]
    ended = subprocess.run(inside, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"RUN {script}\n{ended.stdout}{ended.stderr}"


def container(
    image: Stage, command: Sequence[str], variables: Mapping[str, str], account: Path | None = None
) -> list[str]:
    """The command line that runs a command in an image as its pod does.

    That is as its user, without capabilities, and in a root that can't be written but for an empty /tmp.

    Args:
        image: The last stage.
        command: What runs.
        variables: Beside those of the image.
        account: A folder with what the pod's account has.
    """
    mounts = ["mount -t tmpfs tmpfs $root/tmp", "chmod 1777 $root/tmp"]
    if account:
        image.path(ACCOUNT_FOLDER).mkdir(parents=True, exist_ok=True)
        mounts.append(f"mount --bind {shlex.quote(str(account))} $root{ACCOUNT_FOLDER}")
    user, _, group = image.user.partition(":")
    as_user = [
        "setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs", "--inh-caps=-all",
        "--bounding-set=-all",
    ]  # fmt: skip
    environment = _with_environment({**image.environment, "HOME": "/", **variables})
    return dying_with_parent(
        [*_enter(image, ("mount -o remount,bind,ro $root", *mounts)), *as_user, *environment, *command]
    )


def _with_environment(variables: Mapping[str, str]) -> list[str]:
    return ["/usr/bin/env", "-i", *(f"{name}={value}" for name, value in variables.items())]


def _enter(stage: Stage, mounts: Sequence[str]) -> list[str]:
    """Begins a command line that runs in the root of a stage, in namespaces of its own."""
    script = " && ".join((
        f"root={shlex.quote(str(stage.root))}",
        "mount --bind $root $root",
        *(f"mount --bind {path} $root{path} && mount -o remount,bind,ro $root{path}" for path in _of_the_machine()),
        "mount -t proc proc $root/proc && mount --rbind /dev $root/dev",
        *mounts,
        'exec chroot $root "$@"',
    ))  # fmt: skip
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--", "/bin/sh", "-euc", script, "sh"]


def _of_the_machine() -> list[str]:
    return ["/usr", "/etc", *([] if _BASE_PYTHON.is_relative_to("/usr") else [str(_BASE_PYTHON)])]


def _make_base(stage: Stage) -> None:
    """What stands for the base image: folders, and a Python into which packages may be installed."""
    for name in _EMPTY:
        (stage.root / name).mkdir(parents=True)
    for name in _LINKS:
        (stage.root / name).symlink_to(f"usr/{name}")
    stage.path(str(_BASE_PYTHON)).mkdir(parents=True, exist_ok=True)
    run(stage, f"{_BASE_PYTHON}/bin/python3 -m venv {_PYTHON}")
