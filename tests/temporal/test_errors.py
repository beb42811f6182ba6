"""The name of each failure; those that a development server can't produce are made from the client's own types."""

import pytest
from temporalio.api.common.v1 import GrpcStatus
from temporalio.service import RPCError, RPCStatusCode

from controller.api.condition_reasons import Connected
from controller.api.text import MAX_BYTES
from controller.temporal.client import ConnectionIdentity, TlsIdentity
from controller.temporal.errors import Attempt, TemporalFailure, classify, server_too_old

PLAIN = ConnectionIdentity("temporal:7233")
ATTEMPT = Attempt(PLAIN, "shop", "read the statistics of task queue `orders` (Activity)")
PREFIX = "Could not read the statistics of task queue `orders` (Activity) at temporal:7233, Temporal namespace `shop`: "
REACH = "; check the address, and that the operator may reach it (Service, NetworkPolicy)."


def answered(status: RPCStatusCode, message: str) -> RPCError:
    """What the client raises for an answer with this status."""
    return RPCError(message, status, GrpcStatus(code=status, message=message).SerializeToString())


def connecting(status: str, message: str) -> RuntimeError:
    """What the client raises when the server's first answer is an error; the text is of temporalio 1.35."""
    status_text = f'Status {{ code: {status}, message: "{message}", metadata: MetadataMap {{ headers: {{}} }} }}'
    return RuntimeError(f"Failed client connect: `get_system_info` call error after connection: {status_text}")


@pytest.mark.parametrize(
    ("error", "reason", "message"),
    [
        pytest.param(
            answered(RPCStatusCode.PERMISSION_DENIED, "Request unauthorized."),
            Connected.PERMISSION_DENIED,
            "PERMISSION_DENIED (Request unauthorized.); give the operator read access to this Temporal namespace.",
            id="permission denied",
        ),
        pytest.param(
            answered(RPCStatusCode.PERMISSION_DENIED, "Deployments are disabled on this namespace."),
            Connected.SERVER_TOO_OLD,
            "Deployments are disabled on this namespace, as on servers before 1.28; upgrade the Temporal server to "
            "1.29 or later, or remove workerDeployment from the pool.",
            id="Worker Deployments switched off",
        ),
        pytest.param(
            connecting("PermissionDenied", 'no \\"such\\" key'),
            Connected.PERMISSION_DENIED,
            'PERMISSION_DENIED (no \\"such\\" key); give the operator read access to this Temporal namespace.',
            id="permission denied while connecting, with quotes in the message",
        ),
        pytest.param(
            connecting("Unauthenticated", "no token"),
            Connected.UNAUTHENTICATED,
            "UNAUTHENTICATED (no token); set apiKeySecretRef in a TemporalConnection, or renew the API key in its "
            "Secret.",
            id="unauthenticated",
        ),
        pytest.param(
            answered(RPCStatusCode.UNIMPLEMENTED, "unknown method"),
            Connected.SERVER_TOO_OLD,
            "UNIMPLEMENTED (unknown method); check that the address is a Temporal frontend of 1.27 or later.",
            id="unknown method",
        ),
        pytest.param(
            answered(RPCStatusCode.UNAVAILABLE, "tcp connect error"),
            Connected.SERVER_UNREACHABLE,
            "UNAVAILABLE (tcp connect error)" + REACH,
            id="unavailable",
        ),
        pytest.param(
            answered(RPCStatusCode.CANCELLED, "Timeout expired"),
            Connected.TIMED_OUT,
            "the server did not answer in time; let the operator reach it (NetworkPolicy, firewall), and check the "
            "server's load.",
            id="the request's time is over",
        ),
        pytest.param(
            answered(RPCStatusCode.NOT_FOUND, "no such shard"),
            Connected.REQUEST_FAILED,
            "NOT_FOUND (no such shard); see the server's log.",
            id="something else than the namespace is not found",
        ),
        pytest.param(
            ValueError("invalid target URL: empty host"),
            Connected.SERVER_UNREACHABLE,
            "the address is not valid (invalid target URL: empty host)" + REACH,
            id="no address",
        ),
        pytest.param(
            RuntimeError("Failed client connect: something new"),
            Connected.SERVER_UNREACHABLE,
            "Failed client connect: something new" + REACH,
            id="a text that is not known",
        ),
    ],
)
def test_a_failure_is_named(error: Exception, reason: Connected, message: str) -> None:
    """Reason and the whole message: what, where, why and the fix."""
    assert classify(error, ATTEMPT) == TemporalFailure(reason, PREFIX + message)


def test_a_message_of_long_names_keeps_its_fix() -> None:
    """At most 1 KB, whatever the names and the server's text are."""
    attempt = Attempt(ConnectionIdentity("a" * 300), "ö" * 1000, f"list the workers of task queue `{'q' * 1000}`")
    message = classify(answered(RPCStatusCode.RESOURCE_EXHAUSTED, "x" * 4000), attempt).message
    assert len(message.encode()) <= MAX_BYTES
    assert message.endswith("(frontend.namespaceRPS), or pollingIntervalSeconds.")


HUNG_UP = connecting("Cancelled", "operation was canceled")
WITH_TLS = ConnectionIdentity("temporal:7233", TlsIdentity())
WITH_CERTIFICATE = ConnectionIdentity("temporal:7233", TlsIdentity(client_certificate=b"-", private_key=b"-"))


@pytest.mark.parametrize(
    ("identity", "reason", "cause"),
    [
        pytest.param(
            PLAIN, Connected.TLS_MISMATCH, "the server closed the connection without an answer", id="plaintext"
        ),
        pytest.param(
            WITH_TLS, Connected.CLIENT_CERTIFICATE_REFUSED, "the server requires a client certificate", id="TLS"
        ),
        pytest.param(
            WITH_CERTIFICATE,
            Connected.CLIENT_CERTIFICATE_REFUSED,
            "the server does not accept the client certificate",
            id="client certificate",
        ),
    ],
)
def test_a_server_that_closes_the_connection_is_named_by_the_protocol(
    identity: ConnectionIdentity, reason: Connected, cause: str
) -> None:
    """Not every server sends a TLS alert: those of gRPC's own library only close the connection."""
    failure = classify(HUNG_UP, Attempt(identity, "shop", "read"))
    assert failure.reason is reason
    assert cause in failure.message


def test_an_answer_without_statistics_is_of_an_old_server() -> None:
    """A server before 1.25 answers, and leaves out what was asked for."""
    message = PREFIX + "the answer has no statistics; upgrade the Temporal server to 1.27 or later."
    assert server_too_old(ATTEMPT, "1.27") == TemporalFailure(Connected.SERVER_TOO_OLD, message)


@pytest.mark.parametrize("status", list(RPCStatusCode))
def test_every_status_has_a_reason(status: RPCStatusCode) -> None:
    """No status code of gRPC is left without a name, in a request or while connecting."""
    name = "".join(word.capitalize() for word in status.name.split("_"))
    for error in (answered(status, "x"), connecting(name, "x")):
        assert classify(error, ATTEMPT).reason is not Connected.CONNECTED
