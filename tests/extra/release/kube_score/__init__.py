"""kube-score, which judges manifests: built once from its pinned Go module."""

from pathlib import Path
from typing import Final

from localcluster.go_build import GoBuild

_MODULE: Final = "github.com/zegl/kube-score"

KUBE_SCORE: Final = GoBuild(
    what="kube-score",
    folder="kube-score",
    module_folder=Path(__file__).resolve().parent,
    main_module=_MODULE,
    packages=(f"{_MODULE}/cmd/kube-score",),
    binaries=("kube-score",),
    disk_bytes=1_000_000_000,  # 0.3 GB of Go's build cache and 0.2 GB of modules were measured
    flags=("-ldflags=-s -w",),
)
