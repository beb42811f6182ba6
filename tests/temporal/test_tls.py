"""TLS, client certificates and API keys on the wire, and the name of each way in which they fail."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import trustme

from controller.api.condition_reasons import Connected
from controller.api.model import TaskType
from controller.temporal.client import UNUSED_SECONDS, ConnectionIdentity, Connections, TlsIdentity
from controller.temporal.errors import TemporalFailure
from controller.temporal.reader import TemporalReader
from localcluster.cluster import LocalCluster
from tests.support.certificates import authority_pem, expired, pair
from tests.support.temporal_proxy import Gateway, api_key_gateway, tls_proxy

QUEUES = [("orders", TaskType.ACTIVITY)]
AUTHORITY = trustme.CA()
STRANGER = trustme.CA()
SERVER = AUTHORITY.issue_cert("localhost")
TRUSTING = TlsIdentity(authorities=authority_pem(AUTHORITY))
API_KEY = "the-key-that-is-right"


async def failure_at(address: str, tls: TlsIdentity | None, api_key: str | None = None) -> TemporalFailure | None:
    """What comes of reading by a new connection."""
    connections = Connections()
    try:
        identity = ConnectionIdentity(address, tls, api_key)
        return (await TemporalReader(connections, time.time).read(identity, "default", QUEUES)).failure
    finally:
        await connections.close()


def with_client(certificate: trustme.LeafCert) -> TlsIdentity:
    """Trust the authority, and show this certificate."""
    shown = pair(certificate)
    return replace(TRUSTING, client_certificate=shown.chain, private_key=shown.key)


@pytest.fixture(scope="module")
def tls_address(cluster: LocalCluster) -> Iterator[str]:
    """A Temporal server that speaks TLS."""
    with tls_proxy(cluster.temporal_address, SERVER) as address:
        yield address


@pytest.fixture(scope="module")
def mutual_address(cluster: LocalCluster) -> Iterator[str]:
    """A Temporal server with TLS that requires a client certificate of the authority."""
    with tls_proxy(cluster.temporal_address, SERVER, AUTHORITY) as address:
        yield address


@pytest.fixture
def gateway(cluster: LocalCluster) -> Iterator[Gateway]:
    """An API-key gateway behind TLS, for the Temporal namespace `default`."""
    with (
        api_key_gateway(cluster.temporal_address, API_KEY, "default") as gateway,
        tls_proxy(gateway.address, SERVER) as address,
    ):
        gateway.address = address
        yield gateway


async def test_a_private_authority_is_trusted(tls_address: str) -> None:
    """TLS with the authority of the connection."""
    assert await failure_at(tls_address, TRUSTING) is None


async def test_a_bundle_may_hold_the_old_authority_and_the_new_one(tls_address: str) -> None:
    """So that an authority can be replaced without a gap."""
    bundle = authority_pem(STRANGER) + authority_pem(AUTHORITY)
    assert await failure_at(tls_address, TlsIdentity(authorities=bundle)) is None


async def test_the_server_name_may_differ_from_the_host(cluster: LocalCluster) -> None:
    """A load balancer's address, and the frontend's certificate."""
    with tls_proxy(cluster.temporal_address, AUTHORITY.issue_cert("frontend.example")) as address:
        assert await failure_at(address, replace(TRUSTING, server_name="frontend.example")) is None


async def test_a_client_certificate_is_shown(mutual_address: str) -> None:
    """Mutual TLS."""
    assert await failure_at(mutual_address, with_client(AUTHORITY.issue_cert("operator@example"))) is None


@pytest.mark.parametrize(
    "tls",
    [TlsIdentity(), TlsIdentity(authorities=authority_pem(STRANGER))],
    ids=["public authorities", "another authority"],
)
async def test_an_authority_that_is_not_trusted_is_named(tls_address: str, tls: TlsIdentity) -> None:
    """With the place to put it."""
    failure = await failure_at(tls_address, tls)
    assert failure is not None
    assert failure.reason is Connected.SERVER_CERTIFICATE_NOT_TRUSTED
    assert failure.message == (
        f"Could not read the statistics of task queue `orders` (Activity) at {tls_address}, Temporal namespace "
        "`default`: the server's certificate is not signed by an authority that the connection trusts (UnknownIssuer); "
        "add the authority's certificate to the object of tls.caRef."
    )


async def test_an_expired_server_certificate_is_named(cluster: LocalCluster) -> None:
    """It is the server's that must be renewed."""
    with tls_proxy(cluster.temporal_address, expired(AUTHORITY, "localhost")) as address:
        failure = await failure_at(address, TRUSTING)
    assert failure is not None
    assert failure.reason is Connected.SERVER_CERTIFICATE_NOT_TRUSTED
    assert "has expired, or is not valid yet; renew the server's certificate." in failure.message


@pytest.mark.parametrize(
    ("host", "server_name", "expected"),
    [
        ("localhost", None, "localhost"),
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", "c.example", "c.example"),
    ],
)
async def test_a_wrong_name_is_named_with_the_right_ones(
    cluster: LocalCluster, host: str, server_name: str | None, expected: str
) -> None:
    """What to write into tls.serverName, whether the address is a name or a number."""
    certificate = AUTHORITY.issue_cert("a.example", "10.0.0.9", "*.b.example")
    with tls_proxy(cluster.temporal_address, certificate) as address:
        tls = replace(TRUSTING, server_name=server_name)
        failure = await failure_at(address.replace("localhost", host), tls)
    assert failure is not None
    assert failure.reason is Connected.SERVER_NAME_MISMATCH
    names = "a.example, 10.0.0.9, *.b.example"
    assert f"the server's certificate is for {names}, not for {expected}; set tls.serverName" in failure.message


async def test_a_missing_client_certificate_is_named(mutual_address: str) -> None:
    """The server requires one."""
    failure = await failure_at(mutual_address, TRUSTING)
    assert failure is not None
    assert failure.reason is Connected.CLIENT_CERTIFICATE_REFUSED
    assert "the server requires a client certificate (" in failure.message


@pytest.mark.parametrize(
    "certificate",
    [STRANGER.issue_cert("operator@example"), expired(AUTHORITY, "operator@example")],
    ids=["another authority", "expired"],
)
async def test_a_client_certificate_that_is_refused_is_named(
    mutual_address: str, certificate: trustme.LeafCert
) -> None:
    """The server doesn't accept it."""
    failure = await failure_at(mutual_address, with_client(certificate))
    assert failure is not None
    assert failure.reason is Connected.CLIENT_CERTIFICATE_REFUSED
    assert "the server does not accept the client certificate (" in failure.message


async def test_plaintext_to_a_server_with_tls_is_named(tls_address: str) -> None:
    """The connection lacks tls."""
    failure = await failure_at(tls_address, None)
    assert failure is not None
    assert failure.reason is Connected.TLS_MISMATCH
    assert "use a TemporalConnection with tls.enabled" in failure.message


async def test_tls_to_a_plaintext_server_is_named(cluster: LocalCluster) -> None:
    """The connection has tls too much."""
    failure = await failure_at(cluster.temporal_address, TRUSTING)
    assert failure is not None
    assert failure.reason is Connected.TLS_MISMATCH
    assert "the server does not use TLS; remove tls" in failure.message


async def test_each_read_brings_the_api_key_and_the_temporal_namespace(gateway: Gateway) -> None:
    """Proxies and Temporal Cloud route by the header."""
    assert await failure_at(gateway.address, TRUSTING, API_KEY) is None
    reads = [headers for headers in gateway.seen if not headers[":path"].endswith("/GetSystemInfo")]
    assert {headers["authorization"] for headers in gateway.seen} == {f"Bearer {API_KEY}"}
    assert {headers["temporal-namespace"] for headers in reads} == {"default"}


@pytest.mark.parametrize("api_key", [None, "the-key-that-is-wrong"], ids=["no key", "a wrong key"])
async def test_an_api_key_that_is_refused_is_named_and_not_shown(gateway: Gateway, api_key: str | None) -> None:
    """Unauthenticated."""
    failure = await failure_at(gateway.address, TRUSTING, api_key)
    assert failure is not None
    assert failure.reason is Connected.UNAUTHENTICATED
    assert "UNAUTHENTICATED (invalid API key); set apiKeySecretRef" in failure.message
    assert "the-key" not in failure.message


async def test_a_temporal_namespace_that_is_not_the_keys_is_named(gateway: Gateway) -> None:
    """Permission denied, by the Temporal namespace in the header."""
    gateway.temporal_namespaces = frozenset({"another"})
    failure = await failure_at(gateway.address, TRUSTING, API_KEY)
    assert failure is not None
    assert failure.reason is Connected.PERMISSION_DENIED
    assert "give the operator read access to this Temporal namespace" in failure.message


async def test_a_lost_connection_is_named_by_its_cause(cluster: LocalCluster, connections: Connections) -> None:
    """The server comes back with a certificate of another authority; then with the right one."""

    async def failure() -> Connected | None:
        reading = await TemporalReader(connections, time.time).read(identity, "default", QUEUES)
        return reading.failure.reason if reading.failure else None

    with tls_proxy(cluster.temporal_address, SERVER) as address:
        identity = ConnectionIdentity(address, TRUSTING)
        assert await failure() is None
    port = int(address.rpartition(":")[2])
    assert await failure() is Connected.CONNECTION_REFUSED
    with tls_proxy(cluster.temporal_address, STRANGER.issue_cert("localhost"), port=port):
        assert await failure() is Connected.SERVER_CERTIFICATE_NOT_TRUSTED
    with tls_proxy(cluster.temporal_address, SERVER, port=port):
        assert await failure() is None


async def test_other_credentials_are_another_client_and_affect_no_other(
    gateway: Gateway, connections: Connections
) -> None:
    """A rotated key: the old client goes on for whoever uses it."""
    before = ConnectionIdentity(gateway.address, TRUSTING, API_KEY)
    after = replace(before, api_key="the-key-that-follows")
    old = await connections.client(before)
    gateway.api_key = "the-key-that-follows"
    new = await connections.client(after)
    assert new is not old
    assert await connections.client(before) is old
    assert await new.service_client.check_health()


async def test_an_unused_client_is_dropped(gateway: Gateway, connections: Connections) -> None:
    """Rotation leaves clients behind: they must not pile up. One that is in use stays."""
    before = ConnectionIdentity(gateway.address, TRUSTING, API_KEY)
    after = ConnectionIdentity(gateway.address, replace(TRUSTING, server_name="localhost"), API_KEY)
    await connections.client(before)
    in_use = await connections.client(after)
    connections._clients[before].used_at -= UNUSED_SECONDS
    connections._clients[after].used_at -= UNUSED_SECONDS - 60
    assert await connections.client(after) is in_use
    assert list(connections._clients) == [after]


def test_credentials_are_not_in_the_repr_of_an_identity() -> None:
    """Whatever logs an identity logs no secret."""
    shown = pair(AUTHORITY.issue_cert("operator@example"))
    tls = TlsIdentity("frontend.example", authority_pem(AUTHORITY), shown.chain, shown.key)
    text = repr(ConnectionIdentity("temporal:7233", tls, API_KEY))
    assert text == ("ConnectionIdentity(address='temporal:7233', tls=TlsIdentity(server_name='frontend.example'))")
