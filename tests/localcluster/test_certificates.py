"""What `make` installs on a network whose servers have certificates of a private authority."""

import base64
import hashlib
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
import trustme
from typing_extensions import override

from localcluster.folders import PROJECT_FOLDER

MAKEFILE = """
include Makefile
install:
	@$(UV) pip install -q --no-cache --no-config --target "$(TARGET)" --python "$(PYTHON)" --index-url "$(INDEX)" tiny
"""
CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class _Files(SimpleHTTPRequestHandler):
    @override
    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def wheel() -> bytes:
    """A package with one empty module."""
    metadata = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
    tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {"tiny.py": "", "tiny-1.0.dist-info/METADATA": metadata, "tiny-1.0.dist-info/WHEEL": tags}
    digests = {name: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()) for name, text in files.items()}
    lines = [f"{name},sha256={digests[name].decode().rstrip('=')},{len(text)}" for name, text in files.items()]
    files["tiny-1.0.dist-info/RECORD"] = "\n".join([*lines, "tiny-1.0.dist-info/RECORD,,", ""])
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Of the network, and known to no system."""
    return trustme.CA()


@pytest.fixture(scope="module")
def index(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an index with the package `tiny`."""
    folder = tmp_path_factory.mktemp("index")
    (folder / "simple" / "tiny").mkdir(parents=True)
    (folder / "tiny-1.0-py3-none-any.whl").write_bytes(wheel())
    link = '<!DOCTYPE html><a href="/tiny-1.0-py3-none-any.whl">tiny-1.0-py3-none-any.whl</a>'
    (folder / "simple" / "tiny" / "index.html").write_text(link)
    context = SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with ThreadingHTTPServer(("127.0.0.1", 0), lambda *arguments: _Files(*arguments, directory=str(folder))) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"https://localhost:{server.server_port}/simple"
        server.shutdown()
        thread.join()


def install(index: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Install the package as `make` would, with these variables and no others about certificates."""
    makefile = folder / "install.mk"
    makefile.write_text(MAKEFILE)
    kept = {name: value for name, value in os.environ.items() if name not in CERTIFICATE_VARIABLES}
    places = [f"TARGET={folder / 'target'}", f"INDEX={index}", f"PYTHON={sys.executable}"]
    command = ["make", "--no-print-directory", "-C", str(PROJECT_FOLDER), "-f", str(makefile), "install", *places]
    return subprocess.run(command, env=kept | variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_authority_that_pip_is_given_is_trusted(
    index: str, authority: trustme.CA, tmp_path: Path, variable: str
) -> None:
    """By whichever variable."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    done = install(index, tmp_path, **{variable: str(tmp_path / "authority.pem")})
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "target" / "tiny.py").is_file()


def test_an_unknown_authority_is_not_trusted(index: str, tmp_path: Path) -> None:
    """The server does need it."""
    done = install(index, tmp_path)
    assert done.returncode != 0
    assert "certificate" in done.stderr
