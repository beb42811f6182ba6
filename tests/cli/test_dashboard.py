"""`twp dashboard`, with a kubectl that is none: it prints what kubectl prints, and serves what the operator serves."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TWP = Path(sys.executable).parent / "twp"

FORWARDS = """#!{python}
import http.server, sys
if sys.argv[1] == "get":
    sys.exit(print("{holder}", end=""))
if "{fails}":
    sys.exit("error: {fails}")
class Page(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        self.send_response({status}); self.end_headers()
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Page)
print(f"Forwarding from 127.0.0.1:{{server.server_address[1]}} -> 8081", flush=True)
open("{folder}/arguments", "w").write(" ".join(sys.argv[1:]))
server.serve_forever()
"""


def dashboard(
    folder: Path, *arguments: str, fails: str = "", status: int = 200, holder: str = ""
) -> subprocess.Popen[str]:
    """The command beside such a kubectl."""
    kubectl = folder / "kubectl"
    kubectl.write_text(FORWARDS.format(python=sys.executable, fails=fails, status=status, folder=folder, holder=holder))
    kubectl.chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    pipe = subprocess.PIPE
    # What a shell starts in the background ignores SIGINT, and so would its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen([TWP, "dashboard", *arguments], env=environment, stdout=pipe, stderr=pipe, text=True)


def test_it_forwards_the_port_and_prints_the_address(tmp_path: Path) -> None:
    """Until Ctrl-C, which ends kubectl, too."""
    running = dashboard(tmp_path, "--context", "prod", "--operator-namespace", "ops")
    assert running.stdout
    line = running.stdout.readline()
    assert line.startswith("http://127.0.0.1:")
    assert line.endswith("/ is the operator's page; Ctrl-C ends it.\n")
    running.send_signal(signal.SIGINT)
    assert running.communicate(timeout=60) == ("", "")
    assert (tmp_path / "arguments").read_text() == (
        "port-forward --namespace ops --context=prod deployment/temporal-worker-pools :8081"
    )


@pytest.mark.parametrize(
    ("arguments", "target"), [((), "pod/operator-7f9-x2"), (("--target", "pod/another"), "pod/another")]
)
def test_it_forwards_to_the_replica_that_leads_unless_another_is_named(
    tmp_path: Path, arguments: tuple[str, ...], target: str
) -> None:
    """The Lease names it: the others have no history."""
    running = dashboard(tmp_path, *arguments, holder="operator-7f9-x2_0a1b2c3d")
    assert running.stdout
    running.stdout.readline()
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert (tmp_path / "arguments").read_text() == f"port-forward --namespace temporal-worker-pools {target} :8081"


@pytest.mark.parametrize(
    ("fails", "page", "status", "said"),
    [
        (
            'deployments.apps "temporal-worker-pools" not found'.replace('"', "'"),
            200,
            4,
            "kubectl port-forward ended: ",
        ),
        ("", 404, 1, "the operator serves no page on port 8081"),
    ],
)
def test_what_keeps_the_page_away_is_one_line(tmp_path: Path, fails: str, page: int, status: int, said: str) -> None:
    """With what kubectl said, or how the operator serves it."""
    running = dashboard(tmp_path, fails=fails, status=page)
    _, error = running.communicate(timeout=60)
    assert running.returncode == status, error
    assert error.startswith(f"twp: {said}")
    assert error.count("\n") == 1
