"""How a pool reaches its Temporal server: the address in its spec, or a TemporalConnection with its credentials."""

import shlex
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from pydantic import ValidationError

from controller.api.condition_reasons import CertificateCurrent, Connected
from controller.api.connection import (
    CONNECTION_LABEL,
    ApiKeySecretRef,
    CertificateAuthorityKind,
    CertificateAuthorityRef,
    ClientCertificateSecretRef,
    TemporalConnectionSpec,
    Tls,
)
from controller.api.model import written
from controller.api.spec import TemporalWorkerPoolSpec
from controller.api.text import listed
from controller.cluster.errors import ClusterError, ForbiddenError, NotFoundError
from controller.cluster.secrets import ObjectData
from controller.operator.passes import ConditionUpdate
from controller.scaling.text import counted
from controller.temporal.certificates import Validity, authorities_validity, client_certificate_validity
from controller.temporal.client import ConnectionIdentity, TlsIdentity
from controller.temporal.errors import TemporalFailure

Value = TypeVar("Value")

EXPIRING_SECONDS: Final = 14 * 86_400.0
"""A certificate that expires within this time is reported: two weeks leave time for a renewal by hand."""

CONNECTIONS_ROLE: Final = "temporal-worker-pools-connections"
"""ClusterRole that may read what connections name."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Certificates that a connection uses."""

    what: str
    """What they are and where they are kept, for people."""
    validity: Validity


@dataclass(frozen=True, slots=True)
class ResolvedConnection:
    """A connection with all that it needs."""

    identity: ConnectionIdentity
    certificates: tuple[Certificate, ...] = ()


class _UnusableError(Exception):
    """The connection cannot be used; the text says why, where and what to do."""

    def __init__(self, reason: Connected, message: str) -> None:
        super().__init__(message)
        self.failure = TemporalFailure(reason, message)


class Objects(Protocol):
    """Where connections and what they name are read; see `ConnectionObjects`."""

    account: str

    async def connection_spec(self, namespace: str, name: str) -> Any:  # noqa: ANN401 - judged by the resolver
        """The spec of a TemporalConnection."""

    async def secret(self, namespace: str, name: str) -> ObjectData:
        """A Secret."""

    async def config_map(self, namespace: str, name: str) -> ObjectData:
        """A ConfigMap."""


def grant(account: str, namespace: str) -> str:
    """The command by which the owner of a namespace lets the operator read there what connections name.

    Args:
        account: Name by which the API server knows the operator; empty where it did not say.
        namespace: The owner's.
    """
    match account.split(":"):
        case ["system", "serviceaccount", of_namespace, name]:
            subject = f"--serviceaccount={of_namespace}:{name}"
        case [""]:
            subject = "--serviceaccount=OPERATOR_NAMESPACE:OPERATOR_SERVICE_ACCOUNT"
        case _:
            subject = f"--user={shlex.quote(account)}"
    return f"kubectl create rolebinding {CONNECTIONS_ROLE} --clusterrole={CONNECTIONS_ROLE} {subject} -n {namespace}"


async def resolve(
    objects: Objects, namespace: str, spec: TemporalWorkerPoolSpec
) -> ResolvedConnection | TemporalFailure:
    """Finds out how to reach the Temporal server of a pool in `namespace`, or what is missing for it."""
    if spec.connection is not None:
        return ResolvedConnection(ConnectionIdentity(spec.connection.address))
    if spec.connection_ref is None:  # an older CRD let it through
        return TemporalFailure(Connected.CONNECTION_NOT_FOUND, "The pool names no connection: set connectionRef.")
    try:
        return await _Resolver(objects, namespace).resolve(spec.connection_ref.name)
    except _UnusableError as error:
        return error.failure


class _Resolver:
    """Reads one TemporalConnection and what it names."""

    def __init__(self, objects: Objects, namespace: str) -> None:
        self._objects = objects
        self._namespace = namespace

    async def resolve(self, name: str) -> ResolvedConnection:
        spec = await self._spec(name)
        certificates: list[Certificate] = []
        tls = await self._tls(spec.tls, certificates) if spec.tls and spec.tls.enabled else None
        api_key = await self._api_key(spec.api_key_secret_ref) if spec.api_key_secret_ref else None
        return ResolvedConnection(ConnectionIdentity(spec.address, tls, api_key), tuple(certificates))

    async def _spec(self, name: str) -> TemporalConnectionSpec:
        missing = _UnusableError(
            Connected.CONNECTION_NOT_FOUND,
            f"Namespace {self._namespace} has no TemporalConnection {name}: create it, or correct connectionRef.name.",
        )
        manifest = await self._read(self._objects.connection_spec(self._namespace, name), missing)
        try:
            return TemporalConnectionSpec.from_manifest(manifest)
        except ValidationError as error:
            fields = listed([f"spec.{'.'.join(map(str, fault['loc']))}" for fault in error.errors()])
            message = f"TemporalConnection {self._namespace}/{name} can't be read ({fields}): apply the operator's CRD."
            raise _UnusableError(Connected.CREDENTIALS_INVALID, message) from None

    async def _tls(self, tls: Tls, certificates: list[Certificate]) -> TlsIdentity:
        authorities = await self._authorities(tls.ca_ref, certificates) if tls.ca_ref else None
        chain, key = None, None
        if tls.client_cert_secret_ref:
            chain, key = await self._client_certificate(tls.client_cert_secret_ref, certificates)
        return TlsIdentity(tls.server_name, authorities, chain, key)

    async def _authorities(self, ref: CertificateAuthorityRef, certificates: list[Certificate]) -> bytes:
        if ref.kind == CertificateAuthorityKind.SECRET:
            data = await self._secret(ref.name)
        else:
            data = await self._read_data(
                self._objects.config_map(self._namespace, ref.name), self._not_there(ref.kind, ref.name)
            )
        pem = self._value(data, ref.kind, ref.name, ref.key)
        try:
            validity = authorities_validity(pem)
        except ValueError as error:
            raise self._invalid(ref.kind, ref.name, f"{error} (key {ref.key})") from None
        certificates.append(Certificate(f"The authorities of {ref.kind} {self._namespace}/{ref.name}", validity))
        return pem

    async def _client_certificate(
        self, ref: ClientCertificateSecretRef, certificates: list[Certificate]
    ) -> tuple[bytes, bytes]:
        data = await self._secret(ref.name)
        chain, key = (self._value(data, "Secret", ref.name, name) for name in ("tls.crt", "tls.key"))
        try:
            validity = client_certificate_validity(chain, key)
        except ValueError as error:
            raise self._invalid("Secret", ref.name, str(error)) from None
        certificates.append(Certificate(f"The client certificate of Secret {self._namespace}/{ref.name}", validity))
        return chain, key

    async def _api_key(self, ref: ApiKeySecretRef) -> str:
        raw = self._value(await self._secret(ref.name), "Secret", ref.name, ref.key).strip()
        # The client library leaves out a key that can't be in a header, and the server then says that none was given.
        if not raw or not raw.isascii() or not raw.decode().isprintable():
            message = f"has no API key in {ref.key}: it is empty, or has characters that a key can't have"
            raise self._invalid("Secret", ref.name, message)
        return raw.decode()

    async def _secret(self, name: str) -> ObjectData:
        secret = await self._read_data(self._objects.secret(self._namespace, name), self._not_there("Secret", name))
        if secret.labels.get(CONNECTION_LABEL) != "true":
            message = (
                f"Secret {self._namespace}/{name} is not labelled for connections, so it is not used. Its owner allows "
                f"it with `kubectl label secret {name} -n {self._namespace} {CONNECTION_LABEL}=true`."
            )
            raise _UnusableError(Connected.CREDENTIALS_NOT_LABELLED, message)
        return secret

    def _value(self, data: ObjectData, kind: str, name: str, key: str) -> bytes:
        if key not in data.data:
            keys = listed(sorted(data.data)) or "none"
            message = f"{kind} {self._namespace}/{name} has no key {key} (it has {keys}): add it, or correct the key."
            raise _UnusableError(Connected.CREDENTIALS_NOT_FOUND, message)
        return data.data[key]

    def _not_there(self, kind: str, name: str) -> _UnusableError:
        message = f"Namespace {self._namespace} has no {kind} {name}: create it, or correct the TemporalConnection."
        return _UnusableError(Connected.CREDENTIALS_NOT_FOUND, message)

    def _invalid(self, kind: str, name: str, what: str) -> _UnusableError:
        message = f"{kind} {self._namespace}/{name} {what}: correct it."
        return _UnusableError(Connected.CREDENTIALS_INVALID, message)

    async def _read(self, reading: Awaitable[Value], missing: _UnusableError) -> Value:
        try:
            return await reading
        except NotFoundError:
            raise missing from None
        except ClusterError as error:
            raise _UnusableError(Connected.CREDENTIALS_NOT_READABLE, str(error)) from error

    async def _read_data(self, reading: Awaitable[ObjectData], missing: _UnusableError) -> ObjectData:
        """Reads a Secret or ConfigMap, for which the operator needs the consent of the namespace's owner."""
        try:
            return await self._read(reading, missing)
        except _UnusableError as error:
            if not isinstance(error.__cause__, ForbiddenError):
                raise
            command = grant(self._objects.account, self._namespace)
            message = f"{error} The owner of the namespace allows it with `{command}`."
            raise _UnusableError(Connected.CREDENTIALS_NOT_READABLE, message) from None


def certificate_current(certificates: tuple[Certificate, ...], now: float) -> ConditionUpdate:
    """What `CertificateCurrent` says: the certificate that expires first.

    Args:
        certificates: Those of the connection.
        now: Seconds since the Unix epoch.
    """
    if not certificates:
        return ConditionUpdate(CertificateCurrent.NO_CERTIFICATE, CertificateCurrent.NO_CERTIFICATE.cause)
    first = min(certificates, key=lambda certificate: certificate.validity.not_after)
    for certificate in (first, *certificates):
        if not certificate.validity.not_before <= now < certificate.validity.not_after:
            since, until = written(certificate.validity.not_before), written(certificate.validity.not_after)
            message = f"{certificate.what} is not valid now, but from {since} until {until}. Renew it there."
            return ConditionUpdate(CertificateCurrent.CERTIFICATE_EXPIRED, message)
    left_seconds = first.validity.not_after - now
    expires = f"{first.what} expires at {written(first.validity.not_after)}"
    if left_seconds < EXPIRING_SECONDS:
        message = f"{expires}, in less than {counted(int(left_seconds // 86_400) + 1, 'day')}. Renew it there."
        return ConditionUpdate(CertificateCurrent.CERTIFICATE_EXPIRING, message)
    return ConditionUpdate(CertificateCurrent.CERTIFICATE_CURRENT, f"{expires}; it is the first to expire.")
