"""The control plane's binaries: named by the user, found in the cache, or built once from their pinned Go modules.

The servers are one program under four names: they share most of their packages, which then are linked once. kubectl is
a program of its own, which starts faster without the servers' packages.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

from localcluster.go_build import GoBuild
from localcluster.processes import require_linux

MODULE_FOLDER = Path(__file__).resolve().parent / "controlplane"
"""The Go module that pins the versions, with the program that is all servers."""

NAMED_FOLDER_VARIABLE = "TWP_CONTROL_PLANE_BIN"
"""Environment variable: a folder with all the binaries, used as it is."""

SERVERS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
BINARIES = (*SERVERS, "kubectl")
"""What the folder of a control plane holds."""

_KUBERNETES = "k8s.io/kubernetes"
_SERVERS_FILE = "controlplane"
"""What Go calls the program of the module's own folder."""


def control_plane_binaries(say: Callable[[str], None] = print) -> Path:
    """The folder that holds every program of `BINARIES`; builds them if need be.

    Args:
        say: Called with each line about what is done and what is left.

    Raises:
        LocalClusterError: Not on Linux, a program is missing in the folder that the user named, or the build failed.
    """
    require_linux()
    if named := os.environ.get(NAMED_FOLDER_VARIABLE):
        return CONTROL_PLANE.checked(Path(named), f"unset {NAMED_FOLDER_VARIABLE} to have them built")
    return CONTROL_PLANE.find(say)


def _version_flags() -> str:
    # Without the version the server calls itself v0.0.0-master+$Format:%H$, which clients fail to parse.
    match = re.search(rf"^\s+{_KUBERNETES} (v(\d+)\.(\d+)\.\S+)", (MODULE_FOLDER / "go.mod").read_text(), re.MULTILINE)
    version, major, minor = match.groups() if match else ("", "", "")
    values = {"gitVersion": version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    return " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in values.items())


CONTROL_PLANE = GoBuild(
    what="the control plane",
    folder="control-plane",
    module_folder=MODULE_FOLDER,
    main_module=_KUBERNETES,
    packages=(".", "k8s.io/kubernetes/cmd/kubectl"),
    binaries=BINARIES,
    disk_bytes=7_000_000_000,  # 5.2 GB of Go caches and 0.4 GB of binaries were measured
    flags=(f"-ldflags=-s -w {_version_flags()}",),
    links=dict.fromkeys(SERVERS, _SERVERS_FILE),
)
