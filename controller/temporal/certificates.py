"""Certificates and keys in PEM form: whether they can be used, and how long they are valid."""

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
    """When a bundle of certificate authorities can be used: while one of them is valid, because a bundle may have the
    old one and the new one at once.

    Raises:
        ValueError: There is no certificate. The text completes a sentence that begins with the object's name.
    """
    bundle = _certificates(pem, "has no PEM certificate")
    return Validity(
        min(certificate.not_valid_before_utc.timestamp() for certificate in bundle),
        max(certificate.not_valid_after_utc.timestamp() for certificate in bundle),
    )


def client_certificate_validity(chain: bytes, private_key: bytes) -> Validity:
    """When a client certificate can be used: while each certificate of its chain is valid.

    Raises:
        ValueError: The chain has no certificate, the key is unreadable, or it is not the key of the first certificate.
            The text completes a sentence that begins with the object's name, and has nothing of the key in it.
    """
    certificates = _certificates(chain, "has no PEM certificate in tls.crt")
    if _public_key(private_key) != certificates[0].public_key().public_bytes(*_PUBLIC):
        raise ValueError("has a tls.key that is not the private key of tls.crt")
    return Validity(
        max(certificate.not_valid_before_utc.timestamp() for certificate in certificates),
        min(certificate.not_valid_after_utc.timestamp() for certificate in certificates),
    )


def _certificates(pem: bytes, problem: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise ValueError(problem) from None


def _public_key(pem: bytes) -> bytes:
    try:
        # The parser's own error is not passed on: it may quote the key.
        return load_pem_private_key(pem, password=None).public_key().public_bytes(*_PUBLIC)
    except (ValueError, TypeError):
        raise ValueError("has no unencrypted PEM private key in tls.key") from None
