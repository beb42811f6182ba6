"""Who may talk to the API server: bearer tokens, the key that signs those of ServiceAccounts, kubeconfig files."""

import base64
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

NODE_NAME = "local"
"""The cluster has one node; its name is part of the user name that the Node authorizer knows."""

# Order of the group of NIST P-256 (FIPS 186-5): a private key is a number in 1 .. order - 1.
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# RFC 5915: SEQUENCE { version 1, OCTET STRING of 32 bytes, [0] OID prime256v1 }, without the optional public key.
_EC_KEY_HEAD = bytes.fromhex("30310201010420")
_EC_KEY_TAIL = bytes.fromhex("a00a06082a8648ce3d030107")


@dataclass(frozen=True)
class Tokens:
    """Bearer tokens, made anew for every cluster."""

    admin: str
    """Member of `system:masters`: may do everything."""
    kubelet: str
    """The node's own: the Node authorizer lets it see what its pods refer to, and nothing else."""


def write_tokens(file: Path) -> Tokens:
    """Make the tokens and write the API server's `--token-auth-file` (lines of token, user, uid, groups)."""
    tokens = Tokens(admin=secrets.token_urlsafe(24), kubelet=secrets.token_urlsafe(24))
    _write_private(
        file,
        f'{tokens.admin},admin,1,"system:masters"\n{tokens.kubelet},system:node:{NODE_NAME},2,"system:nodes"\n',
    )
    return tokens


def write_signing_key(file: Path) -> None:
    """Make the ECDSA key (P-256, PEM) that signs and checks the tokens of ServiceAccounts."""
    scalar = (secrets.randbelow(_P256_ORDER - 1) + 1).to_bytes(32, "big")
    body = base64.encodebytes(_EC_KEY_HEAD + scalar + _EC_KEY_TAIL).decode()
    _write_private(file, f"-----BEGIN EC PRIVATE KEY-----\n{body}-----END EC PRIVATE KEY-----\n")


def write_kubeconfig(file: Path, server: str, certificate: Path, token: str, namespace: str = "default") -> Path:
    """Write a kubeconfig with one context (JSON, which is YAML too) and return its path.

    Args:
        file: Where to.
        server: URL of the API server.
        certificate: The API server's certificate with its authority (PEM).
        token: Bearer token of the user.
        namespace: The context's default namespace.
    """
    authority = base64.b64encode(certificate.read_bytes()).decode()
    cluster = {"server": server, "certificate-authority-data": authority}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "local", "cluster": cluster}],
        "users": [{"name": "local", "user": {"token": token}}],
        "contexts": [{"name": "local", "context": {"cluster": "local", "user": "local", "namespace": namespace}}],
        "current-context": "local",
    }
    _write_private(file, json.dumps(config, indent=1))
    return file


def _write_private(file: Path, text: str) -> None:
    """Writes a file as a whole: those that read it meanwhile find the one before."""
    new = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    new.touch(mode=0o600)
    new.write_text(text)
    new.rename(file)
