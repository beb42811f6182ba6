"""What a failure of a Temporal server means, in words for the person who has to mend it."""

import re
from dataclasses import dataclass
from typing import Final

from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.service import RPCError, RPCStatusCode

from controller.api.conditions import Reason


@dataclass(frozen=True, slots=True)
class TemporalFailure:
    """Why Temporal could not be read."""

    reason: Reason
    """The reason of the condition `Connected`."""
    message: str
    """What happened, where (address, Temporal namespace, task queue), and what to do."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried, and where."""

    address: str
    temporal_namespace: str
    what: str
    """Completes "could not", for example "read the backlog of `orders` (Activity)"."""


_BY_STATUS: Final = {
    RPCStatusCode.UNAUTHENTICATED: (
        Reason.UNAUTHENTICATED,
        "the server wants to know who asks, and connection has no credentials that it accepts",
    ),
    RPCStatusCode.PERMISSION_DENIED: (
        Reason.PERMISSION_DENIED,
        "give the operator read access to this Temporal namespace",
    ),
    RPCStatusCode.RESOURCE_EXHAUSTED: (
        Reason.THROTTLED,
        "raise the server's limit for this Temporal namespace (frontend.namespaceRPS), or pollingIntervalSeconds",
    ),
    RPCStatusCode.UNIMPLEMENTED: (
        Reason.SERVER_TOO_OLD,
        "check that connection.address is a Temporal frontend of 1.29 or later",
    ),
    RPCStatusCode.INVALID_ARGUMENT: (
        Reason.REQUEST_FAILED,
        "check temporalNamespace and the names of the task queues",
    ),
}
"""What a status code means, and what to do."""

_STATUS_IN_TEXT: Final = re.compile(r'Status \{ code: (?P<code>\w+), message: "(?P<message>(?:[^"\\]|\\.)*)"')
"""How the client library writes a gRPC status into the text of a failed connection."""

_UNREACHABLE: Final = frozenset({RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED})
"""No answer came. The client gives CANCELLED when a request's time is over."""


def classify(error: Exception, attempt: Attempt) -> TemporalFailure:
    """Names a failure of a read.

    Args:
        error: What the client raised: `RPCError` from a request; `RuntimeError`, `ValueError` or `TimeoutError` from
            connecting.
        attempt: What was tried, and where.
    """
    match error:
        case RPCError() if _lacks_namespace(error):
            remedy = "correct temporalNamespace, or register it: `temporal operator namespace create -n NAME`"
            cause = "the server has no such Temporal namespace"
            return _failure(Reason.TEMPORAL_NAMESPACE_NOT_FOUND, attempt, cause, remedy)
        case RPCError():
            return _classify_status(error.status, error.message, attempt)
        case TimeoutError():
            return _unreachable("it did not answer in time", attempt)
        case ValueError():
            return _unreachable(f"this is no address ({error})", attempt)
        case _:
            return _classify_connecting(str(error), attempt)


def server_too_old(attempt: Attempt) -> TemporalFailure:
    """The failure of a server that answers without the statistics that were asked for."""
    return _failure(
        Reason.SERVER_TOO_OLD, attempt, "the answer has no statistics", "upgrade the Temporal server to 1.29 or later"
    )


def _classify_connecting(text: str, attempt: Attempt) -> TemporalFailure:
    """Connecting fails with one type and a text; an answer that was no welcome has its status inside."""
    if answered := _STATUS_IN_TEXT.search(text):
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", answered["code"]).upper()
        if name in {"CANCELLED", "INTERNAL", "UNKNOWN"}:  # what the client makes of an answer that is not gRPC
            return _unreachable(f"what answers there is no Temporal frontend ({answered['message']})", attempt)
        return _classify_status(RPCStatusCode[name], answered["message"], attempt)
    if "dns error" in text:
        return _unreachable("its name is not resolved", attempt)
    if "ConnectionRefused" in text:
        return _unreachable("it refuses the connection", attempt)
    return _unreachable(text, attempt)


def _classify_status(status: RPCStatusCode, message: str, attempt: Attempt) -> TemporalFailure:
    cause = f"{status.name} ({message})"
    if status in _UNREACHABLE:
        return _unreachable(cause, attempt)
    reason, remedy = _BY_STATUS.get(status, (Reason.REQUEST_FAILED, "see the server's log for what it did not like"))
    return _failure(reason, attempt, cause, remedy)


def _lacks_namespace(error: RPCError) -> bool:
    details = error.grpc_status.details
    return any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in details)


def _unreachable(cause: str, attempt: Attempt) -> TemporalFailure:
    remedy = "check connection.address, and that the operator may reach it (Service, NetworkPolicy)"
    return _failure(Reason.SERVER_UNREACHABLE, attempt, cause, remedy)


def _failure(reason: Reason, attempt: Attempt, cause: str, remedy: str) -> TemporalFailure:
    where = f"{attempt.address}, Temporal namespace `{attempt.temporal_namespace}`"
    return TemporalFailure(reason, f"Could not {attempt.what} at {where}: {cause}; {remedy}.")
