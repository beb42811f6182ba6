"""Pools that reach Temporal by a TemporalConnection: with consent, by rotated credentials, and without showing them."""

import base64
import json
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from controller.api.condition_reasons import Connected
from examples.burst.result import BurstPlan
from examples.unified.start import TARGET
from examples.work import Batch
from localcluster.operator_process import OperatorProcess
from tests.support.certificates import Pair, authority_pem, pair
from tests.support.cluster import wait_for
from tests.support.temporal_proxy import Gateway, api_key_gateway, tls_proxy
from tests.system.load import running_burst
from tests.system.operators import operator_of
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import UNIFIED_DEPLOYMENT, UNIFIED_POOL, deployment, pool, unified

AUTHORITY = trustme.CA()
CLIENT = pair(AUTHORITY.issue_cert("operator@example"))
LABEL = {"workerpools.dev/connection": "true"}
WITHIN_ONE_POLL_SECONDS = 5 * 1.1 + 2 + 30
"""The interval with its jitter, the moment for which Secrets are shared, and a busy machine."""
BY_CONNECTION: Object = {"connection": None, "connectionRef": {"name": "cloud"}}


@pytest.fixture
def gateway(place: Place) -> Iterator[Gateway]:
    """Temporal behind mutual TLS and an API key."""
    key = f"key-{secrets.token_hex(16)}"
    certificate = AUTHORITY.issue_cert("localhost")
    with (
        api_key_gateway(place.cluster.temporal_address, key, place.temporal_namespace) as gateway,
        tls_proxy(gateway.address, certificate, AUTHORITY) as address,
    ):
        gateway.address = address
        yield gateway


def secret(name: str, labels: Object | None = None, **data: bytes | str) -> Object:
    """A Secret, labelled unless `labels` says otherwise; `_` in a key stands for `.`."""
    encoded = {
        key.replace("_", "."): base64.b64encode(value.encode() if isinstance(value, str) else value).decode()
        for key, value in data.items()
    }
    metadata = {"name": name, "labels": LABEL if labels is None else labels}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": encoded}


def connection(gateway: Gateway) -> Object:
    """The TemporalConnection `cloud`, with all that it can have."""
    return {
        "apiVersion": "workerpools.dev/v1alpha1",
        "kind": "TemporalConnection",
        "metadata": {"name": "cloud"},
        "spec": {
            "address": gateway.address,
            "tls": {
                "caRef": {"kind": "ConfigMap", "name": "authorities"},
                "clientCertSecretRef": {"name": "client"},
            },
            "apiKeySecretRef": {"name": "cloud", "key": "apikey"},
        },
    }


def credentials(gateway: Gateway, client: Pair = CLIENT) -> list[Object]:
    """What the connection names."""
    authorities = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "authorities"},
        "data": {"ca.crt": authority_pem(AUTHORITY).decode()},
    }
    certificate = secret("client", tls_crt=client.chain, tls_key=client.key)
    return [authorities, certificate, secret("cloud", apikey=gateway.api_key)]


def allow(place: Place) -> None:
    """Let the operator read what connections name, as the owner of a namespace does."""
    account = "--serviceaccount=temporal-worker-pools:temporal-worker-pools"
    place.kubectl("create", "rolebinding", "connections", "--clusterrole=temporal-worker-pools-connections", account)


def connection_warnings(place: Place, name: str) -> list[str]:
    """Reasons of the Warnings about a pool's connection, oldest first."""
    return [reason for reason, _ in place.warnings(name) if reason in set(Connected)]


@pytest.mark.usefixtures("operator")
def test_workers_scale_by_a_connection_with_tls_and_credentials(place: Place, gateway: Gateway) -> None:
    """From zero to replicas and back, read through mutual TLS with an API key."""
    allow(place)
    place.apply(connection(gateway), *credentials(gateway), *unified(place, **BY_CONNECTION))
    with running_burst(place, TARGET, BurstPlan(2, Batch(6, 2.0), timeout_seconds=180)) as burst:
        result = burst.result()
    place.wait_for_zero(UNIFIED_DEPLOYMENT)
    assert (result.completed, result.cut_short) == (2, 0)
    connected = place.conditions(UNIFIED_POOL)["Connected"]
    assert connected["message"] == f"{gateway.address} answers for Temporal namespace {place.temporal_namespace}."
    assert place.conditions(UNIFIED_POOL)["CertificateCurrent"]["reason"] == "CertificateCurrent"


@pytest.mark.usefixtures("operator")
def test_a_connection_needs_the_consent_of_those_who_own_what_it_names(place: Place, gateway: Gateway) -> None:
    """The connection itself, the namespace's consent, the Secret's label: each named, fixed without a restart."""
    place.apply(deployment(), pool(place, **BY_CONNECTION))
    place.wait_for_reason("orders", "Connected", "ConnectionNotFound")
    place.apply(connection(gateway), *credentials(gateway)[:2], secret("cloud", labels={}, apikey=gateway.api_key))
    forbidden = place.wait_for_reason("orders", "Connected", "CredentialsNotReadable")
    place.follow(forbidden["message"])
    unlabelled = place.wait_for_reason("orders", "Connected", "CredentialsNotLabelled")
    assert gateway.seen == []
    place.follow(unlabelled["message"])
    place.wait_for_reason("orders", "Connected", "Connected")
    assert connection_warnings(place, "orders") == [
        "ConnectionNotFound",
        "CredentialsNotReadable",
        "CredentialsNotLabelled",
    ]


@pytest.mark.usefixtures("operator")
def test_rotated_credentials_are_used_within_one_poll_and_disturb_no_other_pool(place: Place, gateway: Gateway) -> None:
    """Another API key and another certificate, which is soon to expire; a pool in plaintext notices nothing."""
    allow(place)
    place.apply(connection(gateway), *credentials(gateway), deployment("plain"), deployment("orders"))
    place.apply(pool(place, "plain"), pool(place, "orders", **BY_CONNECTION))
    place.wait_for_reason("orders", "Connected", "Connected")
    place.wait_for_reason("plain", "Connected", "Connected")
    ends = (datetime.now(UTC) + timedelta(days=10)).replace(tzinfo=None)
    following = pair(AUTHORITY.issue_cert("operator@example", not_after=ends))
    old_key, gateway.api_key = gateway.api_key, f"key-{secrets.token_hex(16)}"
    place.apply(*credentials(gateway, following))
    rotated_at, seen = time.monotonic(), len(gateway.seen)
    expiring = place.wait_for_reason("orders", "CertificateCurrent", "CertificateExpiring")
    took_seconds = time.monotonic() - rotated_at
    assert took_seconds < WITHIN_ONE_POLL_SECONDS
    assert f"The client certificate of Secret {place.namespace}/client expires at" in expiring["message"]
    assert {headers["authorization"] for headers in gateway.seen[seen:]} <= {
        f"Bearer {key}" for key in (old_key, gateway.api_key)
    }
    place.wait_for_reason("orders", "Connected", "Connected")
    assert gateway.seen[-1]["authorization"] == f"Bearer {gateway.api_key}"
    assert connection_warnings(place, "plain") == []
    wait_for(
        lambda: "CertificateExpiring" in [reason for reason, _ in place.warnings("orders")],
        PATIENCE_SECONDS,
        "the Warning of the certificate",
    )


@pytest.mark.usefixtures("operator")
def test_credentials_that_were_wrong_for_long_are_used_within_one_poll_once_fixed(
    place: Place, gateway: Gateway
) -> None:
    """The back-off after failures ends with the polling interval: six of them would mean a minute otherwise."""
    allow(place)
    place.apply(connection(gateway), *credentials(gateway)[:2], secret("cloud", apikey="of last year"))
    place.apply(deployment(), pool(place, **BY_CONNECTION))
    place.wait_for_reason("orders", "Connected", "Unauthenticated")
    wait_for(lambda: len(gateway.seen) >= 6, PATIENCE_SECONDS, "6 refused attempts")
    place.apply(secret("cloud", apikey=gateway.api_key))
    mended_at = time.monotonic()
    place.wait_for_reason("orders", "Connected", "Connected")
    assert time.monotonic() - mended_at < WITHIN_ONE_POLL_SECONDS


def test_secrets_appear_nowhere(place: Place, gateway: Gateway) -> None:
    """Not in the log (at debug level), status, Events or metrics, whatever is wrong with them."""
    allow(place)
    wrong, unusable = f"key-{secrets.token_hex(16)}", f"key-{secrets.token_hex(16)}\nsecond line"
    other = pair(AUTHORITY.issue_cert("other@example"))
    with operator_of(place) as operator:
        place.apply(deployment(), connection(gateway), *credentials(gateway), pool(place, **BY_CONNECTION))
        place.wait_for_reason("orders", "Connected", "Connected")
        for data, reason in (
            (secret("cloud", apikey=wrong), "Unauthenticated"),
            (secret("cloud", apikey=unusable), "CredentialsInvalid"),
        ):
            place.apply(data)
            place.wait_for_reason("orders", "Connected", reason)
        place.apply(secret("cloud", apikey=gateway.api_key), secret("client", tls_crt=CLIENT.chain, tls_key=other.key))
        place.wait_for_reason("orders", "Connected", "CredentialsInvalid")
        shown = everything_shown(place, operator)
    keys = [gateway.api_key, wrong, unusable.partition("\n")[0]]
    lines = [line for key in (CLIENT.key, other.key) for line in key.decode().splitlines() if len(line) > 20]
    for text in (*keys, *lines):
        for form in (text, base64.b64encode(text.encode()).decode().rstrip("=")[:-2]):
            assert [where for where, content in shown.items() if form in content] == []
    assert all(place.namespace in content for where, content in shown.items() if where != "probes")


def everything_shown(place: Place, operator: OperatorProcess) -> dict[str, str]:
    """All that the operator says to anybody."""
    events = place.kubectl("get", "events", "-o", "json")
    return {
        "log": operator.child.log_file.read_text(),
        "metrics": operator.get("/metrics") or "",
        "probes": f"{operator.get('/healthz')} {operator.get('/readyz')}",
        "status": json.dumps(place.status("orders")),
        "description": place.kubectl("describe", "twp", "orders"),
        "events": events,
        "Deployment": place.kubectl("get", "deployment", "orders", "-o", "json"),
    }
