"""How KEDA logs in to Temporal, as TLS settings and credentials of a TemporalConnection."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from controller.api.connection import CONNECTION_LABEL
from controller.cli.migrate.source import Path, Source

CLIENT_CERTIFICATE: Final = ("tls.crt", "tls.key")
"""Keys of a Secret of type kubernetes.io/tls, which is what a connection reads."""

_CLUSTER_WIDE: Final = "ClusterTriggerAuthentication"

Object = dict[str, Any]


@dataclass(slots=True)
class Authentication:
    """A TriggerAuthentication."""

    source: Source
    is_used: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """What a connection has beside its address."""

    tls: Object = field(default_factory=dict)
    api_key: Object = field(default_factory=dict)


class Parameter(NamedTuple):
    """Where one parameter comes from."""

    kind: str
    """Secret or ConfigMap."""
    name: str
    key: str
    path: Path


def login(source: Source, authentication: Authentication | None, trigger: Path) -> Login | None:
    """The settings; `None` for a plaintext connection.

    Args:
        source: The ScaledObject, for what its trigger says of TLS.
        authentication: What its trigger names; `None` where it names none, or that is not given.
        trigger: Place of the trigger.
    """
    kind = source.take(*trigger, "authenticationRef", "kind")
    named = source.get(*trigger, "authenticationRef", "name")
    if named and authentication is None:
        source.note(
            f"not carried over: {kind or 'TriggerAuthentication'}/{named} is not there; give it with -f, or write the "
            "tls and apiKeySecretRef of the TemporalConnection",
            *(*trigger, "authenticationRef", "name"),
        )
        return Login()
    if authentication is None:
        return None
    authentication.is_used = True
    given = dict(_parameters(authentication.source))
    if kind == _CLUSTER_WIDE:
        source.note(
            "copy its Secrets to the namespace of the pool: a TemporalConnection reads those alone",
            *(*trigger, "authenticationRef", "kind"),
        )
    found = Login(_tls(authentication.source, given), _api_key(authentication.source, given))
    _label(authentication.source, found)
    metadata = (*trigger, "metadata")
    if source.flag(*metadata, "unsafeSsl"):
        source.note(
            "not carried over: the server's certificate is always checked; name its authority in tls.caRef",
            *(*metadata, "unsafeSsl"),
        )
    if source.flag(*metadata, "enableTLS") is False:
        source.note("not carried over: an API key is only sent by TLS", *metadata, "enableTLS")
    return found if found.tls or found.api_key else None


def _parameters(source: Source) -> Iterator[tuple[str, Parameter]]:
    """By the name of the parameter; what is neither in a Secret nor in a ConfigMap is named."""
    for field_name, kind in (("secretTargetRef", "Secret"), ("configMapTargetRef", "ConfigMap")):
        for index in range(len(source.get("spec", field_name) or ())):
            path: Path = ("spec", field_name, index)
            parameter, name, key = (str(source.take(*path, each)) for each in ("parameter", "name", "key"))
            yield parameter, Parameter(kind, name, key, path)
    for other in source.get("spec") or {}:
        if other not in {"secretTargetRef", "configMapTargetRef"}:
            source.leave(
                "a TemporalConnection reads Secrets; put the credentials into one, with External Secrets for example",
                *("spec", other),
            )


def _tls(source: Source, given: dict[str, Parameter]) -> Object:
    found: Object = {}
    certificate, key = given.get("cert"), given.get("key")
    if certificate and key:
        if (certificate.key, key.key) != CLIENT_CERTIFICATE or certificate.name != key.name:
            source.note(
                f"make a Secret {certificate.name} with the keys tls.crt (now {certificate.name}/{certificate.key}) "
                f"and tls.key (now {key.name}/{key.key}), as `kubectl create secret tls` writes it",
                *certificate.path,
            )
        found["clientCertSecretRef"] = {"name": certificate.name}
    if authority := given.get("ca"):
        found["caRef"] = {"kind": authority.kind, "name": authority.name, "key": authority.key}
    if password := given.get("keyPassword"):
        source.note(
            "not carried over: keyPassword; the key of a client certificate must not be encrypted", *password.path
        )
    for name, parameter in given.items():
        if name not in {"apiKey", "cert", "key", "ca", "keyPassword"}:
            source.note(f"not carried over: {name}; the temporal trigger has no such parameter", *parameter.path)
    return found


def _api_key(source: Source, given: dict[str, Parameter]) -> Object:
    api_key = given.get("apiKey")
    if api_key is None:
        return {}
    if api_key.kind != "Secret":
        source.note("not carried over: a TemporalConnection reads the API key from a Secret", *api_key.path)
        return {}
    return {"apiKeySecretRef": {"name": api_key.name, "key": api_key.key}}


def _label(source: Source, found: Login) -> None:
    """The owner of a Secret allows its use by a label."""
    references = [*found.tls.values(), *found.api_key.values()]
    secrets = [each["name"] for each in references if each.get("kind") != "ConfigMap"]
    where = f" -n {source.namespace}" if source.namespace else ""
    for name in dict.fromkeys(secrets):
        source.note(f"allow the use of the Secret: `kubectl label secret{where} {name} {CONNECTION_LABEL}=true`")
