"""Certificates of connections that expire, have expired, or are not trusted, on a real TLS server."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

import trustme

from tests.extra.incidents.incident import Act, Incident, Symptoms
from tests.support.certificates import Pair, authority_pem, expired, pair
from tests.support.temporal_proxy import tls_proxy
from tests.system.place import Object, Place
from tests.system.workloads import deployment, pool

CONNECTED: Final = "Connected", "Connected", ""

CONSENT: Final = "connections"
"""RoleBinding by which the owner of a namespace lets the operator read what connections name."""


@contextmanager
def certificates(place: Place) -> Iterator[list[Incident]]:
    """The incidents, while their TLS servers run."""
    authority, stranger = trustme.CA(), trustme.CA()
    valid, old = authority.issue_cert("localhost"), expired(authority, "localhost")
    with (
        tls_proxy(place.temporal_address, valid) as plain,
        tls_proxy(place.temporal_address, valid, authority) as mutual,
        tls_proxy(place.temporal_address, old) as outdated,
    ):
        client = pair(authority.issue_cert("operator@example"))
        soon = (datetime.now(UTC) + timedelta(days=5)).replace(tzinfo=None)

        def replaced(by: Pair) -> Act:
            return lambda place, name: place.apply(client_secret(name, by))

        yield [
            Incident(
                "client-certificate-expires",
                lambda _, name: connected_by(place, name, mutual, authority, client),
                Symptoms(
                    "True", "CertificateExpiring", ("client-certificate-expires expires at",), 45, alerts=_EXPIRES
                ),
                healthy=CONNECTED,
                happen=replaced(pair(authority.issue_cert("operator@example", not_after=soon))),
            ),
            Incident(
                "client-certificate-expired",
                lambda _, name: connected_by(place, name, mutual, authority, client),
                Symptoms(
                    "False",
                    "ClientCertificateRefused",
                    ("client-certificate-expired is not valid now, but from 2020-", "Renew it"),
                    45,
                    alerts=(*_LOST, *_EXPIRES),
                ),
                healthy=CONNECTED,
                happen=replaced(pair(expired(authority, "operator@example"))),
            ),
            Incident(
                "server-certificate-expired",
                lambda _, name: connected_by(place, name, outdated, authority),
                Symptoms("False", "ServerCertificateNotTrusted", ("expired",), 45, alerts=_LOST),
            ),
            Incident(
                "server-certificate-of-others",
                lambda _, name: connected_by(place, name, plain, stranger),
                Symptoms("False", "ServerCertificateNotTrusted", ("caRef",), 45, alerts=_LOST),
            ),
        ]


_LOST, _EXPIRES = ("ConnectionLost",), ("CertificateExpiring",)


def connected_by(
    place: Place, name: str, address: str, authority: trustme.CA, client: Pair | None = None
) -> list[Object]:
    """A pool at zero with its Deployment, and a TemporalConnection with what it names."""
    tls: Object = {"caRef": {"kind": "ConfigMap", "name": name}}
    if client:
        tls["clientCertSecretRef"] = {"name": name}
    authorities = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "data": {"ca.crt": authority_pem(authority).decode()},
    }
    connection = {
        "apiVersion": "workerpools.dev/v1alpha1",
        "kind": "TemporalConnection",
        "metadata": {"name": name},
        "spec": {"address": address, "tls": tls},
    }
    queues = [{"name": name, "tasks": [{"type": "Activity", "slots": 5}]}]
    by_connection = pool(place, name, connection=None, connectionRef={"name": name}, taskQueues=queues)
    secrets = [client_secret(name, client)] if client else []
    return [authorities, *secrets, connection, deployment(name), by_connection]


def client_secret(name: str, client: Pair) -> Object:
    """The Secret with a client certificate."""
    encoded = {"tls.crt": client.chain, "tls.key": client.key}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": name, "labels": {"workerpools.dev/connection": "true"}},
        "data": {key: base64.b64encode(value).decode() for key, value in encoded.items()},
    }


def consent(place: Place, account: str) -> None:
    """Let the operator read what connections name.

    Args:
        place: Where.
        account: Namespace and name of its ServiceAccount, with a colon between.
    """
    role = "--clusterrole=temporal-worker-pools-connections"
    place.kubectl("create", "rolebinding", CONSENT, role, f"--serviceaccount={account}")
