"""Completion of commands, options and names of pools, as a shell and as kubectl ask for it."""

from pathlib import Path

import pytest

from controller.cli.completion import main, pool_names
from tests.cli.fake_api_server import FakeApi, pool, pool_path, serving


@pytest.mark.parametrize(
    ("words", "expected"),
    [(["pa"], "pause\n:4\n"), (["pause", "orders", "--fo"], "--for\n:4\n"), (["xyz"], ":4\n")],
)
def test_kubectl_gets_one_answer_a_line_and_its_directive(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str], expected: str
) -> None:
    """`kubectl_complete-twp` is asked with the words after `kubectl twp`."""
    for name in ("_TWP_COMPLETE", "COMP_WORDS", "COMP_CWORD"):
        monkeypatch.setenv(name, "")
    main(words)
    assert capsys.readouterr().out == expected


def test_pools_are_completed_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the namespace of the context."""
    api = FakeApi({pool_path(name): pool(name) for name in ("orders", "others", "mails")})
    with serving(api, tmp_path) as kubeconfig:
        monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
        assert pool_names("o") == ["orders", "others"]


def test_without_a_cluster_nothing_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no error disturbs the line that is typed."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    assert pool_names("") == []
