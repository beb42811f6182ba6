"""Why Temporal could not be read: the condition reason of a failure, its cause, and how to fix it."""

import re
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.service import RPCError, RPCStatusCode

from controller.api.condition_reasons import Connected
from controller.api.text import cut, listed
from controller.temporal.client import ConnectionIdentity

_PART_BYTES: Final = 270
"""UTF-8 bytes of each part of a message, so that 1 KB has room for the fix at its end."""


@dataclass(frozen=True, slots=True)
class TemporalFailure:
    """Why Temporal could not be read."""

    reason: Connected
    message: str
    """What failed, where (task queue, address, Temporal namespace), why, and how to fix it; at most 1 KB."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A read, and where it was tried."""

    identity: ConnectionIdentity
    temporal_namespace: str
    what: str
    """Completes "could not", for example "read the backlog of `orders` (Activity)"."""


_BY_STATUS: Final = {
    RPCStatusCode.UNAUTHENTICATED: (
        Connected.UNAUTHENTICATED,
        "set apiKeySecretRef in a TemporalConnection, or renew the API key in its Secret",
    ),
    RPCStatusCode.PERMISSION_DENIED: (
        Connected.PERMISSION_DENIED,
        "give the operator read access to this Temporal namespace",
    ),
    RPCStatusCode.RESOURCE_EXHAUSTED: (
        Connected.THROTTLED,
        "raise the server's limit for this Temporal namespace (frontend.namespaceRPS), or pollingIntervalSeconds",
    ),
    RPCStatusCode.UNIMPLEMENTED: (
        Connected.SERVER_TOO_OLD,
        "check that the address is a Temporal frontend of 1.27 or later",
    ),
    RPCStatusCode.INVALID_ARGUMENT: (
        Connected.REQUEST_FAILED,
        "check temporalNamespace and the names of the task queues",
    ),
}
"""Condition reason and fix by status code."""

_STATUS_IN_TEXT: Final = re.compile(r'Status \{ code: (?P<code>\w+), message: "(?P<message>(?:[^"\\]|\\.)*)"')
"""How the client library writes a gRPC status into the text of a failed connection."""

_WRONG_NAME: Final = re.compile(r"NotValidForNameContext \{ expected: .*?, presented: \[(?P<names>.*?)\] ")
_PRESENTED: Final = re.compile(r'(?:DnsName|IpAddress)\((?:\\")?([^")\\]+)')
_ALERT: Final = re.compile(r"(?:received fatal alert: |AlertReceived\()(?P<alert>\w+)")
_UNTRUSTED: Final = re.compile(r"InvalidCertificate\((?P<why>\w+)")
"""How rustls, the TLS library of the client, writes that it does not accept the server's certificate, or that the
server ended the handshake with a TLS alert."""

_ALERTS_ABOUT_CLIENT_CERTIFICATE: Final = frozenset(
    {
        "AccessDenied",
        "BadCertificate",
        "CertificateExpired",
        "CertificateRequired",
        "CertificateRevoked",
        "CertificateUnknown",
        "DecryptError",
        "HandshakeFailure",
        "NoCertificate",
        "UnknownCA",
        "UnsupportedCertificate",
    }
)
"""Alerts of RFC 8446, section 6.2, and HandshakeFailure, which TLS 1.2 sends instead."""

_NOT_TLS: Final = ("InvalidMessage(", "tls handshake eof")
"""Errors of a TLS handshake with a plaintext server."""

_NO_GRPC: Final = ("h2 protocol error", "mapped from HTTP status code", "invalid content-type")
"""Errors of an answer that is not gRPC."""

_DISABLED: Final = "are disabled on this namespace"
"""How a server answers, with PERMISSION_DENIED, while Worker Deployments are switched off. Off is the default before
1.28 (system.enableDeployments, system.enableDeploymentVersions)."""

_ENABLE: Final = "upgrade the Temporal server to 1.29 or later, or remove workerDeployment from the pool"

_DEADLINE_EXCEEDED: Final = "Timeout expired"
"""With this message and CANCELLED the client ends a request after its deadline."""

_CONNECTION_LOST: Final = frozenset({RPCStatusCode.UNAVAILABLE, RPCStatusCode.CANCELLED, RPCStatusCode.UNKNOWN})
"""Status codes of the client for a lost connection; a server may send them, too."""


def is_connection_lost(error: RPCError) -> bool:
    """Whether a request may have failed because the connection was lost; connecting anew shows why."""
    return error.status in _CONNECTION_LOST and error.message != _DEADLINE_EXCEEDED


def classify(error: Exception, attempt: Attempt) -> TemporalFailure:
    """Finds the condition reason, the cause and the fix of a failed read.

    Args:
        error: What the client raised: `RPCError` from a request; `RuntimeError`, `ValueError` or `TimeoutError` from
            connecting.
        attempt: The read, and where it was tried.
    """
    match error:
        case RPCError() if is_about_namespace(error):
            remedy = "correct temporalNamespace, or register it: `temporal operator namespace create -n NAME`"
            cause = "the server has no such Temporal namespace"
            return _failure(Connected.TEMPORAL_NAMESPACE_NOT_FOUND, attempt, cause, remedy)
        case RPCError():
            return _classify_status(error.status, error.message, attempt)
        case TimeoutError():
            return _timed_out(attempt)
        case ValueError():
            return _unreachable(f"the address is not valid ({error})", attempt)
        case _:
            return _classify_connecting(str(error), attempt)


def server_too_old(attempt: Attempt, first_version: str) -> TemporalFailure:
    """The failure of a server whose answer has no statistics, which later versions have."""
    remedy = f"upgrade the Temporal server to {first_version} or later"
    return _failure(Connected.SERVER_TOO_OLD, attempt, "the answer has no statistics", remedy)


def budget_spent(error: Exception, reads_per_second: float, attempt: Attempt) -> TemporalFailure:
    """The failure of a read for which the operator's own budget had no room."""
    cause = (
        f"the operator's budget for this Temporal namespace, {reads_per_second:g} reads per second, is spent ({error})"
    )
    remedy = "raise --temporal-reads-per-second of the operator, or pollingIntervalSeconds of the pools"
    return _failure(Connected.THROTTLED, attempt, cause, remedy)


def _classify_connecting(text: str, attempt: Attempt) -> TemporalFailure:
    """Connecting fails with one exception type and a text: about TLS, a gRPC status, or the network."""
    if failure := _classify_tls(text, attempt):
        return failure
    if answered := _STATUS_IN_TEXT.search(text):
        return _classify_first_answer(answered["code"], answered["message"], attempt)
    if "dns error" in text:
        remedy = "correct the host; a Service of another namespace is SERVICE.NAMESPACE.svc"
        return _failure(Connected.NAME_NOT_RESOLVED, attempt, "DNS does not resolve the name", remedy)
    if "ConnectionRefused" in text:
        remedy = "correct the port (of a frontend: 7233), or start the server"
        return _failure(Connected.CONNECTION_REFUSED, attempt, "the connection was refused", remedy)
    return _unreachable(text, attempt)


def _classify_tls(text: str, attempt: Attempt) -> TemporalFailure | None:
    """The failure of a TLS handshake; `None` if it was something else."""
    if wrong := _WRONG_NAME.search(text):
        return _name_mismatch(_PRESENTED.findall(wrong["names"]), attempt)
    if untrusted := _UNTRUSTED.search(text):
        return _not_trusted(untrusted["why"], attempt)
    if any(sign in text for sign in _NOT_TLS):
        return _failure(
            Connected.TLS_MISMATCH, attempt, "the server does not use TLS", "remove tls, or correct the address"
        )
    alert = _ALERT.search(text)
    if alert and alert["alert"] in _ALERTS_ABOUT_CLIENT_CERTIFICATE:
        return _client_certificate_refused(f"TLS alert {alert['alert']}", attempt)
    return (
        _unreachable(f"the server ended the TLS handshake with the alert {alert['alert']}", attempt) if alert else None
    )


def _name_mismatch(presented: list[str], attempt: Attempt) -> TemporalFailure:
    """The server's certificate has only other names than the expected one."""
    host = attempt.identity.address.rpartition(":")[0]
    expected = (attempt.identity.tls and attempt.identity.tls.server_name) or host
    cause = f"the server's certificate is for {listed(presented) or 'no host'}, not for {expected}"
    return _failure(Connected.SERVER_NAME_MISMATCH, attempt, cause, "set tls.serverName to a name of the certificate")


def _not_trusted(why: str, attempt: Attempt) -> TemporalFailure:
    """The server's certificate was not accepted; `why` is the error of rustls."""
    if why.startswith(("Expired", "NotValidYet")):
        cause, remedy = "the server's certificate has expired, or is not valid yet", "renew the server's certificate"
    else:
        cause = f"the server's certificate is not signed by an authority that the connection trusts ({why})"
        remedy = "add the authority's certificate to the object of tls.caRef"
    return _failure(Connected.SERVER_CERTIFICATE_NOT_TRUSTED, attempt, cause, remedy)


def _client_certificate_refused(sign: str, attempt: Attempt) -> TemporalFailure:
    tls = attempt.identity.tls
    if tls is None or tls.client_certificate is None:
        cause, remedy = (
            "the server requires a client certificate",
            "set tls.clientCertSecretRef in the TemporalConnection",
        )
    else:
        cause = "the server does not accept the client certificate"
        remedy = "renew it in the Secret of tls.clientCertSecretRef, signed by an authority that the server trusts"
    return _failure(Connected.CLIENT_CERTIFICATE_REFUSED, attempt, f"{cause} ({sign})", remedy)


def _classify_first_answer(code: str, message: str, attempt: Attempt) -> TemporalFailure:
    """The first answer on a new connection was an error, or the connection was closed."""
    if any(sign in message for sign in _NO_GRPC):
        return _unreachable(f"the address is not a Temporal frontend, or requires TLS ({message})", attempt)
    named = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", code).upper()
    status = RPCStatusCode.__members__.get(named, RPCStatusCode.UNKNOWN)
    if status not in {RPCStatusCode.CANCELLED, RPCStatusCode.UNKNOWN}:
        return _classify_status(status, message, attempt)
    # The connection was closed. With TLS 1.3 a server refuses the client's certificate after the handshake, and not all
    # send an alert: gRPC's own servers only close the connection.
    if attempt.identity.tls:
        return _client_certificate_refused("connection closed right after the TLS handshake", attempt)
    remedy = "if the server requires TLS, use a TemporalConnection with tls.enabled, otherwise check the address"
    return _failure(Connected.TLS_MISMATCH, attempt, "the server closed the connection without an answer", remedy)


def _classify_status(status: RPCStatusCode, message: str, attempt: Attempt) -> TemporalFailure:
    cause = f"{status.name} ({message})"
    if status is RPCStatusCode.DEADLINE_EXCEEDED or message == _DEADLINE_EXCEEDED:
        return _timed_out(attempt)
    if status in {RPCStatusCode.UNAVAILABLE, RPCStatusCode.CANCELLED}:
        return _unreachable(cause, attempt)
    if status is RPCStatusCode.PERMISSION_DENIED and _DISABLED in message:
        return _failure(Connected.SERVER_TOO_OLD, attempt, f"{message.rstrip('.')}, as on servers before 1.28", _ENABLE)
    reason, remedy = _BY_STATUS.get(status, (Connected.REQUEST_FAILED, "see the server's log"))
    return _failure(reason, attempt, cause, remedy)


def is_about_namespace(error: RPCError) -> bool:
    """Whether the server answers that it has no such Temporal namespace."""
    try:
        details = error.grpc_status.details
    except DecodeError:  # a proxy's own answer
        return False
    return any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in details)


def _timed_out(attempt: Attempt) -> TemporalFailure:
    remedy = "let the operator reach it (NetworkPolicy, firewall), and check the server's load"
    return _failure(Connected.TIMED_OUT, attempt, "the server did not answer in time", remedy)


def _unreachable(cause: str, attempt: Attempt) -> TemporalFailure:
    remedy = "check the address, and that the operator may reach it (Service, NetworkPolicy)"
    return _failure(Connected.SERVER_UNREACHABLE, attempt, cause, remedy)


def _failure(reason: Connected, attempt: Attempt, cause: str, remedy: str) -> TemporalFailure:
    where = f"{attempt.identity.address}, Temporal namespace `{attempt.temporal_namespace}`"
    what, where, cause = cut(attempt.what, _PART_BYTES), cut(where, _PART_BYTES), cut(cause, _PART_BYTES)
    return TemporalFailure(reason, f"Could not {what} at {where}: {cause}; {remedy}.")
