"""What the report of CPU says about tests that cost some."""

import os
import re
import subprocess
import sys
from pathlib import Path

from localcluster.folders import PROJECT_FOLDER

CONFTEST = """
from tests.support.cpu import CpuReport


def pytest_configure(config):
    config.pluginmanager.register(CpuReport())
"""

TESTS = """
import subprocess
import sys

import pytest

BURN = "import time\\nwhile time.process_time() < {}: pass"


@pytest.fixture
def dear():
    import time
    yield
    exec(BURN.format(time.process_time() + 0.2))


@pytest.fixture(scope="session")
def server():
    subprocess.run([sys.executable, "-c", BURN.format(0.4)], check=True)
    yield
    subprocess.run([sys.executable, "-c", BURN.format(0.4)], check=True)


def test_with_a_dear_fixture(dear):
    pass


def test_with_a_dear_process():
    subprocess.run([sys.executable, "-c", BURN.format(0.6)], check=True)


def test_cheap(server):
    pass
"""


def test_fixtures_and_ended_processes_count_in_every_test_process(tmp_path: Path) -> None:
    """The dearest test comes first."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_some.py").write_text(TESTS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "xdist",
        "--numprocesses=1",
        f"--rootdir={tmp_path}",
        str(tmp_path),
    ]
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    result = subprocess.run(command, cwd=PROJECT_FOLDER, env=environment, capture_output=True, text=True, check=True)
    listed = re.findall(r"^ *(\d+\.\d\d) s  test_some\.py::(\w+)$", result.stdout, re.MULTILINE)
    assert [name for _, name in listed] == ["test_with_a_dear_process", "test_with_a_dear_fixture", "test_cheap"]
    process, fixture, cheap = (float(seconds) for seconds, _ in listed)
    assert process >= 0.6
    assert fixture >= 0.2 > cheap
    shared = re.search(r"CPU: \d+ s in tests, (\d+) s in fixtures that they share", result.stdout)
    assert shared is not None
    assert int(shared[1]) >= 1
