"""`make demo` as newcomers run it: a cluster of its own, and the operator as its charts install it."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from localcluster.folders import PROJECT_FOLDER

SECONDS: Final = 500
"""About 100 s were measured on an idle machine with 2 cores."""


def test_the_demo_installs_the_charts_and_scales_from_zero_and_back(tmp_path: Path) -> None:
    """Exit status 0 says that it went up and back to 0, and that no work was lost."""
    command = [sys.executable, "-m", "localcluster.demo", "--picture", str(tmp_path / "demo.png")]
    ended = subprocess.run(command, cwd=PROJECT_FOLDER, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Installing both charts" in ended.stdout
    assert re.search(r"360 done, \d+ retried, 0 lost", ended.stdout)
