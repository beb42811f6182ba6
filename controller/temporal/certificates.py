"""Certificates and keys as PEM: whether they are what they should be, and how long they are valid."""

from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

_PUBLIC: Final = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True, slots=True)
class Validity:
    """When certificates can be used, in seconds since the Unix epoch."""

    not_before: float
    not_after: float


def authorities_validity(pem: bytes) -> Validity:
    """When a bundle of certificate authorities can be used: while one of them is valid, because a bundle may hold the
    old one and the new one at once.

    Raises:
        ValueError: It holds no certificate; the text completes a sentence about what holds it.
    """
    bundle = _certificates(pem, "has no certificate in PEM form there")
    return Validity(
        min(certificate.not_valid_before_utc.timestamp() for certificate in bundle),
        max(certificate.not_valid_after_utc.timestamp() for certificate in bundle),
    )


def client_certificate_validity(chain: bytes, private_key: bytes) -> Validity:
    """When a client certificate can be used: while each certificate of its chain is valid.

    Raises:
        ValueError: The chain holds no certificate, the key is none, or it is not that of the first certificate; the
            text completes a sentence about what holds them, and has nothing of the key in it.
    """
    certificates = _certificates(chain, "has no certificate in PEM form in tls.crt")
    if _public_key(private_key) != certificates[0].public_key().public_bytes(*_PUBLIC):
        raise ValueError("has a tls.key that does not belong to tls.crt")
    return Validity(
        max(certificate.not_valid_before_utc.timestamp() for certificate in certificates),
        min(certificate.not_valid_after_utc.timestamp() for certificate in certificates),
    )


def _certificates(pem: bytes, complaint: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise ValueError(complaint) from None


def _public_key(pem: bytes) -> bytes:
    try:
        # What went wrong is not passed on: a parser's words may quote what it read.
        return load_pem_private_key(pem, password=None).public_key().public_bytes(*_PUBLIC)
    except (ValueError, TypeError):
        raise ValueError("has no unencrypted private key in PEM form in tls.key") from None
