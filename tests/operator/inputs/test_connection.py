"""What a pool's connection resolves to, and what is said when it can't be used."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme
from typing_extensions import override

from controller.api.condition_reasons import CertificateCurrent, Connected
from controller.api.conditions import ConditionReason
from controller.api.spec import TemporalWorkerPoolSpec
from controller.cluster.errors import ClusterUnavailableError, ForbiddenError, NotFoundError
from controller.cluster.secrets import ObjectData
from controller.operator.inputs.connection import Certificate, ResolvedConnection, certificate_current, grant, resolve
from controller.temporal.certificates import Validity
from controller.temporal.client import ConnectionIdentity, TlsIdentity
from controller.temporal.errors import TemporalFailure
from tests.api.pools import ABSENT, FULL_CONNECTION, SMALLEST, SMALLEST_CONNECTION, changed, changed_at
from tests.support.certificates import authority_pem, pair

AUTHORITY = trustme.CA()
CLIENT = pair(AUTHORITY.issue_cert("operator@example"))
OTHER_CLIENT = pair(AUTHORITY.issue_cert("other@example"))
LABELLED = {"workerpools.dev/connection": "true"}
POOL = changed(SMALLEST, connection=ABSENT, connectionRef={"name": "cloud"})

GOOD: Mapping[tuple[str, str], Mapping[str, bytes]] = {
    ("ConfigMap", "authorities"): {"bundle.pem": authority_pem(AUTHORITY)},
    ("Secret", "client"): {"tls.crt": CLIENT.chain, "tls.key": CLIENT.key},
    ("Secret", "cloud"): {"api-key": b"  the-api-key\n"},
}


class StoredObjects:
    """The objects of a namespace, in place of the API server's; a fake, because its answers are all that counts."""

    account = "system:serviceaccount:platform:scaler"

    def __init__(
        self,
        spec: Mapping[str, Any] | Exception,
        data: Mapping[tuple[str, str], Mapping[str, bytes]] = GOOD,
        labels: Mapping[str, str] = LABELLED,
    ) -> None:
        self._spec = spec
        self._data = data
        self._labels = labels

    async def connection_spec(self, _namespace: str, _name: str) -> dict[str, Any]:
        """The one connection, or the refusal."""
        if isinstance(self._spec, Exception):
            raise self._spec
        return dict(self._spec)

    async def secret(self, namespace: str, name: str) -> ObjectData:
        """A Secret with the labels of all."""
        return ObjectData(self._labels, self._stored("Secret", namespace, name))

    async def config_map(self, namespace: str, name: str) -> ObjectData:
        """A ConfigMap without a label: it needs none."""
        return ObjectData({}, self._stored("ConfigMap", namespace, name))

    def _stored(self, kind: str, namespace: str, name: str) -> Mapping[str, bytes]:
        if (kind, name) not in self._data:
            raise NotFoundError(f"{kind} {namespace}/{name}")
        return self._data[kind, name]


async def resolved(objects: StoredObjects, spec: Mapping[str, Any] = POOL) -> ResolvedConnection | TemporalFailure:
    """What the connection of a pool in namespace `shop` resolves to."""
    return await resolve(objects, "shop", TemporalWorkerPoolSpec.from_manifest(spec))


async def refusal(objects: StoredObjects) -> tuple[ConditionReason, str]:
    """Why the connection can't be used; its words have none of the secrets."""
    failure = await resolved(objects)
    assert isinstance(failure, TemporalFailure)
    for secret in ("the-api-key", "BEGIN", *CLIENT.key.decode().split("\n")[1:3]):
        assert secret not in failure.message
    return failure.reason, failure.message


def replaced(kind: str, name: str, **data: bytes) -> dict[tuple[str, str], Mapping[str, bytes]]:
    """The good objects with other data in one of them; `_` in a key stands for `.`."""
    return {**GOOD, (kind, name): {key.replace("_", "."): value for key, value in data.items()}}


async def test_an_address_in_the_pool_is_plaintext() -> None:
    """Nothing is read."""
    found = await resolved(StoredObjects(AssertionError("not asked")), SMALLEST)
    assert found == ResolvedConnection(ConnectionIdentity("temporal.example:7233"))


async def test_a_connection_without_tls_is_plaintext() -> None:
    """Also where tls is there and off."""
    for spec in (SMALLEST_CONNECTION, SMALLEST_CONNECTION | {"tls": {"enabled": False}}):
        found = await resolved(StoredObjects(spec))
        assert found == ResolvedConnection(ConnectionIdentity("temporal.example:7233"))


async def test_a_full_connection_brings_everything_it_names() -> None:
    """White space around an API key does not count: most come from files that end with a line break."""
    found = await resolved(StoredObjects(FULL_CONNECTION))
    assert isinstance(found, ResolvedConnection)
    tls = TlsIdentity("frontend.temporal.example", authority_pem(AUTHORITY), CLIENT.chain, CLIENT.key)
    assert found.identity == ConnectionIdentity("temporal.example:7233", tls, "the-api-key")
    assert [certificate.what for certificate in found.certificates] == [
        "The authorities of ConfigMap shop/authorities",
        "The client certificate of Secret shop/client",
    ]
    assert "the-api-key" not in repr(found)
    assert "BEGIN" not in repr(found)


async def test_a_connection_that_is_not_there_is_named() -> None:
    """With the field to correct."""
    message = "Namespace shop has no TemporalConnection cloud: create it, or correct connectionRef.name."
    assert await refusal(StoredObjects(NotFoundError("no"))) == (Connected.CONNECTION_NOT_FOUND, message)


class ForbiddenObjects(StoredObjects):
    """The connection may be read, what it names may not."""

    @override
    async def secret(self, namespace: str, name: str) -> ObjectData:
        """The API server's refusal."""
        raise ForbiddenError(f"Could not read Secret {namespace}/{name}: no.")


async def test_a_forbidden_secret_comes_with_the_command_that_allows_it() -> None:
    """Who owns the namespace runs it; it is for the account under which this operator runs."""
    reason, message = await refusal(ForbiddenObjects(FULL_CONNECTION))
    assert reason is Connected.CREDENTIALS_NOT_READABLE
    assert message.endswith(
        "no. The owner of the namespace allows it with `kubectl create rolebinding temporal-worker-pools-connections "
        "--clusterrole=temporal-worker-pools-connections --serviceaccount=platform:scaler -n shop`."
    )


async def test_a_forbidden_connection_comes_without_a_command_that_would_not_allow_it() -> None:
    """The ClusterRole of connections is about Secrets and ConfigMaps alone."""
    refused = StoredObjects(ForbiddenError("Could not read TemporalConnection shop/cloud: no."))
    message = "Could not read TemporalConnection shop/cloud: no."
    assert await refusal(refused) == (Connected.CREDENTIALS_NOT_READABLE, message)


@pytest.mark.parametrize(
    ("account", "subject"),
    [
        ("system:serviceaccount:platform:scaler", "--serviceaccount=platform:scaler"),
        ("jo@example.com", "--user=jo@example.com"),
        ("Jo Doe", "--user='Jo Doe'"),
        ("", "--serviceaccount=OPERATOR_NAMESPACE:OPERATOR_SERVICE_ACCOUNT"),
    ],
    ids=["in a pod", "a person", "a name with a space", "not known"],
)
def test_the_consent_is_for_whoever_runs_the_operator(account: str, subject: str) -> None:
    """A ServiceAccount, or a user of a kubeconfig."""
    assert subject in grant(account, "shop")


async def test_an_api_server_that_is_away_is_named() -> None:
    """The pool is held until it is back."""
    unavailable = ClusterUnavailableError("Could not read TemporalConnection shop/cloud: no answer in time.")
    assert await refusal(StoredObjects(unavailable)) == (Connected.CREDENTIALS_NOT_READABLE, str(unavailable))


@pytest.mark.parametrize(("kind", "name"), GOOD)
async def test_an_object_that_is_not_there_is_named(kind: str, name: str) -> None:
    """Kind, namespace and name."""
    data = {key: value for key, value in GOOD.items() if key != (kind, name)}
    message = f"Namespace shop has no {kind} {name}: create it, or correct the TemporalConnection."
    assert await refusal(StoredObjects(FULL_CONNECTION, data)) == (Connected.CREDENTIALS_NOT_FOUND, message)


async def test_a_key_that_is_not_there_is_named_with_those_that_are() -> None:
    """The names of keys are no secret."""
    data = replaced("Secret", "cloud", token=b"the-api-key", user=b"x")
    message = "Secret shop/cloud has no key api-key (it has token, user): add it, or correct the key."
    assert await refusal(StoredObjects(FULL_CONNECTION, data)) == (Connected.CREDENTIALS_NOT_FOUND, message)


@pytest.mark.parametrize("labels", [{}, {"workerpools.dev/connection": "false"}], ids=["no label", "another value"])
async def test_a_secret_is_not_used_without_its_owner_s_label(labels: Mapping[str, str]) -> None:
    """Who may create a connection could else have any Secret sent to any address."""
    message = (
        "Secret shop/client is not labelled for connections, so it is not used. Its owner allows it with "
        "`kubectl label secret client -n shop workerpools.dev/connection=true`."
    )
    found = await refusal(StoredObjects(FULL_CONNECTION, labels=labels))
    assert found == (Connected.CREDENTIALS_NOT_LABELLED, message)


async def test_authorities_in_a_secret_need_the_label_too() -> None:
    """It is a Secret."""
    spec = changed_at(FULL_CONNECTION, "tls.caRef", {"kind": "Secret", "name": "cloud", "key": "api-key"})
    reason, _ = await refusal(StoredObjects(spec, labels={}))
    assert reason is Connected.CREDENTIALS_NOT_LABELLED


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(
            {("ConfigMap", "authorities"): {"bundle.pem": b"rubbish"}},
            "ConfigMap shop/authorities has no PEM certificate (key bundle.pem): correct it.",
            id="authorities",
        ),
        pytest.param(
            {("Secret", "client"): {"tls.crt": CLIENT.key, "tls.key": CLIENT.key}},
            "Secret shop/client has no PEM certificate in tls.crt: correct it.",
            id="a key in place of the certificate",
        ),
        pytest.param(
            {("Secret", "client"): {"tls.crt": CLIENT.chain, "tls.key": CLIENT.chain}},
            "Secret shop/client has no unencrypted PEM private key in tls.key: correct it.",
            id="a certificate in place of the key",
        ),
        pytest.param(
            {("Secret", "client"): {"tls.crt": CLIENT.chain, "tls.key": OTHER_CLIENT.key}},
            "Secret shop/client has a tls.key that is not the private key of tls.crt: correct it.",
            id="the key of another certificate",
        ),
        *(
            pytest.param(
                {("Secret", "cloud"): {"api-key": value}},
                "Secret shop/cloud has no API key in api-key: it is empty, or has characters that a key can't have: "
                "correct it.",
                id=name,
            )
            for name, value in (
                ("an empty key", b" \n"),
                ("a key of two lines", b"the-api-key\nmore"),
                ("a key that is no text", b"the-api-key\xff"),
            )
        ),
    ],
)
async def test_what_is_not_what_it_should_be_is_named(
    data: Mapping[tuple[str, str], Mapping[str, bytes]], message: str
) -> None:
    """Before the server is asked, which would only hang up."""
    found = await refusal(StoredObjects(FULL_CONNECTION, {**GOOD, **data}))
    assert found == (Connected.CREDENTIALS_INVALID, message)


async def test_a_connection_of_another_version_is_named() -> None:
    """The CRD and the operator belong together."""
    message = "TemporalConnection shop/cloud can't be read (spec.address): apply the operator's CRD."
    assert await refusal(StoredObjects({})) == (Connected.CREDENTIALS_INVALID, message)


NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def certificate(what: str, left: timedelta, age: timedelta = timedelta(days=1)) -> Certificate:
    """One that is so old at noon and has so much time left."""
    return Certificate(what, Validity((NOON - age).timestamp(), (NOON + left).timestamp()))


@pytest.mark.parametrize(
    ("left", "reason", "message"),
    [
        (
            timedelta(days=14),
            CertificateCurrent.CERTIFICATE_CURRENT,
            "It expires at 2026-12-08T12:00:00Z; it is the first to",
        ),
        (
            timedelta(days=14, seconds=-1),
            CertificateCurrent.CERTIFICATE_EXPIRING,
            "in less than 14 days. Renew it there.",
        ),
        (timedelta(seconds=1), CertificateCurrent.CERTIFICATE_EXPIRING, "in less than 1 day. Renew it there."),
        (
            timedelta(0),
            CertificateCurrent.CERTIFICATE_EXPIRED,
            "not valid now, but from 2026-11-23T12:00:00Z until 2026-11-24T12:00:00Z.",
        ),
    ],
    ids=["14 days", "less than 14 days", "the last second", "over"],
)
def test_the_first_certificate_to_expire_is_reported_14_days_before(
    left: timedelta, reason: ConditionReason, message: str
) -> None:
    """The other one has a year."""
    certificates = (certificate("The other", timedelta(days=365)), certificate("It", left))
    update = certificate_current(certificates, NOON.timestamp())
    assert update.reason is reason
    assert message in update.message


def test_a_certificate_that_is_not_valid_yet_is_reported() -> None:
    """A clock that is wrong, or a renewal that came too early."""
    update = certificate_current((certificate("It", timedelta(days=365), timedelta(days=-1)),), NOON.timestamp())
    assert update.reason is CertificateCurrent.CERTIFICATE_EXPIRED
    assert re.match("It is not valid now, but from 2026-11-25T12:00:00Z until .* Renew it there.", update.message)


def test_a_connection_without_certificates_has_none_to_renew() -> None:
    """Plaintext, or public authorities and an API key."""
    assert certificate_current((), NOON.timestamp()).reason is CertificateCurrent.NO_CERTIFICATE
