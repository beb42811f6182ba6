"""Temporary folders that go away."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from localcluster.throwaway import throwaway_folder
from tests.support.process_tree import killed_at_the_end

USER = """
import time
from localcluster.throwaway import throwaway_folder
with throwaway_folder() as folder:
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that only this test uses."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_a_folder_goes_away_at_the_end(temporary: Path) -> None:
    """With what is in it."""
    with throwaway_folder() as folder:
        (folder / "file").touch()
        assert folder.parent == temporary
    assert not folder.exists()


def test_the_folder_of_a_killed_run_goes_away_with_the_next_one() -> None:
    """That of a run that goes on stays."""
    command = [sys.executable, "-c", USER]
    with killed_at_the_end(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as other:
        assert other.stdout is not None
        folder = Path(other.stdout.readline().strip())
        with throwaway_folder():
            assert folder.is_dir()
    assert folder.is_dir()
    with throwaway_folder():
        assert not folder.exists()
