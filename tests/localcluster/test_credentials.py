"""Tokens and kubeconfig files."""

import json
from pathlib import Path

from localcluster.credentials import write_kubeconfig, write_signing_key, write_tokens


def test_every_cluster_has_tokens_of_its_own(tmp_path: Path) -> None:
    """A kubeconfig of another cluster opens nothing."""
    first, second = write_tokens(tmp_path / "first"), write_tokens(tmp_path / "second")
    assert len({first.admin, first.kubelet, second.admin, second.kubelet}) == 4
    assert (tmp_path / "first").read_text().splitlines() == [
        f'{first.admin},admin,1,"system:masters"',
        f'{first.kubelet},system:node:local,2,"system:nodes"',
    ]


def test_nobody_else_can_read_what_is_secret(tmp_path: Path) -> None:
    """Others on the machine have the folder for temporary files, too."""
    (tmp_path / "certificate").write_text("PEM")
    write_tokens(tmp_path / "tokens")
    write_signing_key(tmp_path / "key")
    write_kubeconfig(tmp_path / "kubeconfig", "https://127.0.0.1:1", tmp_path / "certificate", "token")
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("tokens", "key", "kubeconfig")} == {0o600}


def test_a_kubeconfig_names_the_namespace(tmp_path: Path) -> None:
    """A ServiceAccount's own is the default."""
    (tmp_path / "certificate").write_text("PEM")
    file = write_kubeconfig(tmp_path / "kubeconfig", "https://127.0.0.1:1", tmp_path / "certificate", "token", "prod")
    assert json.loads(file.read_text())["contexts"][0]["context"]["namespace"] == "prod"


def test_a_kubeconfig_is_never_seen_half_written(tmp_path: Path) -> None:
    """Test processes that share a cluster write it again while operators read it: an open file stays what it was."""
    (tmp_path / "certificate").write_text("PEM")
    file = write_kubeconfig(tmp_path / "kubeconfig", "https://127.0.0.1:1", tmp_path / "certificate", "first")
    with file.open() as opened:
        write_kubeconfig(file, "https://127.0.0.1:1", tmp_path / "certificate", "second")
        assert "first" in opened.read()
    assert "second" in file.read_text()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["certificate", "kubeconfig"]
