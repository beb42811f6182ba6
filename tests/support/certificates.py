"""Certificates that tests make, real ones: authorities, servers, clients."""

from dataclasses import dataclass
from datetime import datetime

import trustme


@dataclass(frozen=True)
class Pair:
    """A certificate with its key, as a Secret of type kubernetes.io/tls has them."""

    chain: bytes
    key: bytes


def authority_pem(authority: trustme.CA) -> bytes:
    """The certificate of an authority."""
    return bytes(authority.cert_pem.bytes())


def pair(certificate: trustme.LeafCert) -> Pair:
    """A certificate as PEM."""
    chain = b"".join(part.bytes() for part in certificate.cert_chain_pems)
    return Pair(chain, bytes(certificate.private_key_pem.bytes()))


def expired(authority: trustme.CA, name: str) -> trustme.LeafCert:
    """A certificate whose time is over."""
    return authority.issue_cert(name, not_before=datetime(2020, 1, 1), not_after=datetime(2021, 1, 1))  # noqa: DTZ001 - UTC
