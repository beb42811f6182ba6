"""What a failure of a Temporal server means, in words for the person who has to mend it."""

import re
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.service import RPCError, RPCStatusCode

from controller.api.condition_reasons import Connected
from controller.temporal.client import ConnectionIdentity


@dataclass(frozen=True, slots=True)
class TemporalFailure:
    """Why Temporal could not be read."""

    reason: Connected
    message: str
    """What happened, where (address, Temporal namespace, task queue), and what to do."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried, and where."""

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
"""What a status code means, and what to do."""

_STATUS_IN_TEXT: Final = re.compile(r'Status \{ code: (?P<code>\w+), message: "(?P<message>(?:[^"\\]|\\.)*)"')
"""How the client library writes a gRPC status into the text of a failed connection."""

_WRONG_NAME: Final = re.compile(r"NotValidForNameContext \{ expected: .*?, presented: \[(?P<names>.*?)\] ")
_PRESENTED: Final = re.compile(r'(?:DnsName|IpAddress)\((?:\\")?([^")\\]+)')
_ALERT: Final = re.compile(r"(?:received fatal alert: |AlertReceived\()(?P<alert>\w+)")
_UNTRUSTED: Final = re.compile(r"InvalidCertificate\((?P<why>\w+)")
"""How rustls, the TLS library below the client, tells that it does not accept the server's certificate, or that the
server has refused by a TLS alert."""

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
"""Alerts of RFC 8446, section 6.2, and HandshakeFailure, with which TLS 1.2 says the same."""

_NOT_TLS: Final = ("InvalidMessage(", "tls handshake eof")
"""What comes of a TLS handshake with a server that speaks plaintext."""

_NO_GRPC: Final = ("h2 protocol error", "mapped from HTTP status code", "invalid content-type")
"""What comes of an answer that is not gRPC."""

_DISABLED: Final = "are disabled on this namespace"
"""What a server with Worker Deployments switched off says of them, as a missing permission. Off is the default before
1.28 (system.enableDeployments, system.enableDeploymentVersions)."""

_ENABLE: Final = "upgrade the Temporal server to 1.29 or later, or remove workerDeployment from the pool"

_TIME_IS_OVER: Final = "Timeout expired"
"""With this message and CANCELLED the client ends a request whose time is over."""

_CUT: Final = frozenset({RPCStatusCode.UNAVAILABLE, RPCStatusCode.CANCELLED, RPCStatusCode.UNKNOWN})
"""What the client makes of a connection that was cut, besides what a server may say itself."""


def is_connection_lost(error: RPCError) -> bool:
    """Whether a request may have failed for want of a connection; a new attempt to connect tells why."""
    return error.status in _CUT and error.message != _TIME_IS_OVER


def classify(error: Exception, attempt: Attempt) -> TemporalFailure:
    """Names a failure of a read.

    Args:
        error: What the client raised: `RPCError` from a request; `RuntimeError`, `ValueError` or `TimeoutError` from
            connecting.
        attempt: What was tried, and where.
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
            return _unreachable(f"this is no address ({error})", attempt)
        case _:
            return _classify_connecting(str(error), attempt)


def server_too_old(attempt: Attempt, first_version: str) -> TemporalFailure:
    """The failure of a server that answers without the statistics that were asked for, which later ones give."""
    remedy = f"upgrade the Temporal server to {first_version} or later"
    return _failure(Connected.SERVER_TOO_OLD, attempt, "the answer has no statistics", remedy)


def budget_spent(error: Exception, reads_per_second: float, attempt: Attempt) -> TemporalFailure:
    """The failure of a read that did not get its turn within the operator's own budget."""
    budget = f"{reads_per_second:g} per second"
    cause = f"the operator's budget of reads for this Temporal namespace is spent, {budget} ({error})"
    remedy = "raise --temporal-reads-per-second of the operator, or pollingIntervalSeconds of the pools"
    return _failure(Connected.THROTTLED, attempt, cause, remedy)


def _classify_connecting(text: str, attempt: Attempt) -> TemporalFailure:
    """Connecting fails with one type and a text: about TLS, a status that the server gave, or the network."""
    if failure := _classify_tls(text, attempt):
        return failure
    if answered := _STATUS_IN_TEXT.search(text):
        return _classify_first_answer(answered["code"], answered["message"], attempt)
    if "dns error" in text:
        remedy = "correct the host; from another namespace it is SERVICE.NAMESPACE.svc"
        return _failure(Connected.NAME_NOT_RESOLVED, attempt, "its name is not resolved", remedy)
    if "ConnectionRefused" in text:
        remedy = "correct the port (a frontend's is 7233), or start the server"
        return _failure(Connected.CONNECTION_REFUSED, attempt, "it refuses the connection", remedy)
    return _unreachable(text, attempt)


def _classify_tls(text: str, attempt: Attempt) -> TemporalFailure | None:
    """The failure of a TLS handshake; `None` if it was something else."""
    if wrong := _WRONG_NAME.search(text):
        return _name_mismatch(_PRESENTED.findall(wrong["names"]), attempt)
    if untrusted := _UNTRUSTED.search(text):
        return _not_trusted(untrusted["why"], attempt)
    if any(sign in text for sign in _NOT_TLS):
        return _failure(Connected.TLS_MISMATCH, attempt, "it does not speak TLS", "remove tls, or correct the address")
    alert = _ALERT.search(text)
    if alert and alert["alert"] in _ALERTS_ABOUT_CLIENT_CERTIFICATE:
        return _client_certificate_refused(f"TLS alert {alert['alert']}", attempt)
    return _unreachable(f"it ended the TLS handshake with the alert {alert['alert']}", attempt) if alert else None


def _name_mismatch(presented: list[str], attempt: Attempt) -> TemporalFailure:
    """The server's certificate has these names, and not the one that was looked for."""
    host = attempt.identity.address.rpartition(":")[0]
    wanted = (attempt.identity.tls and attempt.identity.tls.server_name) or host
    cause = f"its certificate is for {', '.join(presented) or 'no host'}, not for {wanted}"
    return _failure(Connected.SERVER_NAME_MISMATCH, attempt, cause, "set tls.serverName to a name of the certificate")


def _not_trusted(why: str, attempt: Attempt) -> TemporalFailure:
    """The server's certificate was not accepted; `why` is the word of rustls."""
    if why.startswith(("Expired", "NotValidYet")):
        cause, remedy = "its certificate has expired, or is not valid yet", "renew the server's certificate"
    else:
        cause = f"its certificate does not come from an authority that the connection trusts ({why})"
        remedy = "put the authority's certificate where tls.caRef points"
    return _failure(Connected.SERVER_CERTIFICATE_NOT_TRUSTED, attempt, cause, remedy)


def _client_certificate_refused(sign: str, attempt: Attempt) -> TemporalFailure:
    tls = attempt.identity.tls
    if tls is None or tls.client_certificate is None:
        cause, remedy = "it wants a client certificate", "set tls.clientCertSecretRef in the TemporalConnection"
    else:
        cause = "it does not accept the client certificate"
        remedy = "renew it in the Secret of tls.clientCertSecretRef, from an authority that the server trusts"
    return _failure(Connected.CLIENT_CERTIFICATE_REFUSED, attempt, f"{cause} ({sign})", remedy)


def _classify_first_answer(code: str, message: str, attempt: Attempt) -> TemporalFailure:
    """The first answer after the connection was made was an error, or none came."""
    if any(sign in message for sign in _NO_GRPC):
        return _unreachable(f"what answers there is no Temporal frontend, or wants TLS ({message})", attempt)
    named = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", code).upper()
    status = RPCStatusCode.__members__.get(named, RPCStatusCode.UNKNOWN)
    if status not in {RPCStatusCode.CANCELLED, RPCStatusCode.UNKNOWN}:
        return _classify_status(status, message, attempt)
    # The connection was cut. With TLS 1.3 a server that does not like the client's certificate says so after the
    # handshake, and not all of them say it: gRPC's own servers only hang up.
    if attempt.identity.tls:
        return _client_certificate_refused("it closed the connection right after the TLS handshake", attempt)
    remedy = "if it expects TLS, use a TemporalConnection with tls.enabled, otherwise check the address"
    return _failure(Connected.TLS_MISMATCH, attempt, "it closed the connection without an answer", remedy)


def _classify_status(status: RPCStatusCode, message: str, attempt: Attempt) -> TemporalFailure:
    cause = f"{status.name} ({message})"
    if status is RPCStatusCode.DEADLINE_EXCEEDED or message == _TIME_IS_OVER:
        return _timed_out(attempt)
    if status in {RPCStatusCode.UNAVAILABLE, RPCStatusCode.CANCELLED}:
        return _unreachable(cause, attempt)
    if status is RPCStatusCode.PERMISSION_DENIED and _DISABLED in message:
        return _failure(Connected.SERVER_TOO_OLD, attempt, f"{message.rstrip('.')}, as on servers before 1.28", _ENABLE)
    reason, remedy = _BY_STATUS.get(status, (Connected.REQUEST_FAILED, "see the server's log for what it did not like"))
    return _failure(reason, attempt, cause, remedy)


def is_about_namespace(error: RPCError) -> bool:
    """Whether the server says that it has no such Temporal namespace."""
    try:
        details = error.grpc_status.details
    except DecodeError:  # a proxy's own answer
        return False
    return any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in details)


def _timed_out(attempt: Attempt) -> TemporalFailure:
    remedy = "let the operator reach it (NetworkPolicy, firewall), and look at the server's load"
    return _failure(Connected.TIMED_OUT, attempt, "it did not answer in time", remedy)


def _unreachable(cause: str, attempt: Attempt) -> TemporalFailure:
    remedy = "check the address, and that the operator may reach it (Service, NetworkPolicy)"
    return _failure(Connected.SERVER_UNREACHABLE, attempt, cause, remedy)


def _failure(reason: Connected, attempt: Attempt, cause: str, remedy: str) -> TemporalFailure:
    where = f"{attempt.identity.address}, Temporal namespace `{attempt.temporal_namespace}`"
    return TemporalFailure(reason, f"Could not {attempt.what} at {where}: {cause}; {remedy}.")
