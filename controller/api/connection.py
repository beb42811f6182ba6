"""How the operator reaches a Temporal server: the short form within a pool, and the resource `TemporalConnection`."""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field

from controller.api.model import ApiModel, rule, validations

CONNECTION_KIND: Final = "TemporalConnection"
CONNECTION_PLURAL: Final = "temporalconnections"

CONNECTION_LABEL: Final = "workerpools.dev/connection"
"""Label, with the value `true`, by which the owner of a Secret allows its use in a TemporalConnection. Without it,
anyone with the right to create a TemporalConnection could have any Secret of the namespace sent to any address."""

Address = Annotated[
    str,
    Field(
        max_length=300,
        json_schema_extra=validations(
            rule(
                "self.matches('^([A-Za-z0-9._-]+|\\\\[[0-9A-Fa-f:.]+\\\\]):[1-9][0-9]{0,4}$') && "
                "int(self.substring(self.lastIndexOf(':') + 1)) <= 65535",
                "address must be host:port with a port from 1 to 65535 and no scheme, "
                "such as temporal-frontend.temporal.svc:7233",
            )
        ),
    ),
]
"""`host:port` of a Temporal frontend."""


def _object_name(field: str, kind: str) -> Any:  # noqa: ANN401 - pydantic's own type for a field
    return Field(
        max_length=253,
        json_schema_extra=validations(
            rule(
                "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
                f"{field} must be the name of a {kind}: lower-case letters, digits, '-' and '.', "
                "with a letter or digit first and last",
            )
        ),
    )


DataKey = Annotated[
    str,
    Field(
        max_length=253,
        json_schema_extra=validations(
            rule(
                "self.matches('^[-._a-zA-Z0-9]+$')",
                "key must be a key of the object's data: letters, digits, '-', '_' and '.'",
            )
        ),
    ),
]
"""A key in the data of a Secret or ConfigMap."""


class Connection(ApiModel):
    """A plaintext connection to a Temporal server. For TLS or credentials use connectionRef."""

    address: Address
    """Host and port of the Temporal frontend, as the operator's pod reaches it, such as
    temporal-frontend.temporal.svc:7233. Write IPv6 addresses in brackets."""


class ConnectionRef(ApiModel):
    """The TemporalConnection by which the operator reaches the Temporal server, in the namespace of the pool."""

    kind: str = Field(default=CONNECTION_KIND, json_schema_extra={"enum": [CONNECTION_KIND]})
    """Kind of the object. Default and only value: TemporalConnection."""
    name: str = _object_name("name", CONNECTION_KIND)
    """Name of the TemporalConnection. Pools that use the same one share its network connection."""


class CertificateAuthorityKind(StrEnum):
    """Kinds of objects that hold certificate authorities."""

    SECRET = "Secret"  # noqa: S105 - a kind
    CONFIG_MAP = "ConfigMap"


class CertificateAuthorityRef(ApiModel):
    """The object that holds the certificate authorities."""

    kind: CertificateAuthorityKind
    """Kind of the object, in the namespace of the TemporalConnection: ConfigMap or Secret. A Secret needs the label
    workerpools.dev/connection with the value "true"."""
    name: str = _object_name("name", "Secret or ConfigMap")
    """Name of the object."""
    key: DataKey = "ca.crt"
    """Key in its data that holds one or more certificates (PEM). Default: ca.crt."""


class ClientCertificateSecretRef(ApiModel):
    """The Secret that holds the operator's client certificate, as cert-manager and `kubectl create secret tls` write
    it.
    """

    name: str = _object_name("name", "Secret")
    """Name of a Secret in the namespace of the TemporalConnection, with the keys tls.crt (the certificate and its
    intermediate certificates) and tls.key. It needs the label workerpools.dev/connection with the value "true"."""


class ApiKeySecretRef(ApiModel):
    """The Secret that holds the API key."""

    name: str = _object_name("name", "Secret")
    """Name of a Secret in the namespace of the TemporalConnection. It needs the label workerpools.dev/connection with
    the value "true"."""
    key: DataKey
    """Key in its data that holds the API key; white space around the API key does not count."""


class Tls(ApiModel):
    """TLS settings: whether the connection is encrypted, which server certificates are trusted, and the client
    certificate.
    """

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "self.enabled || !(has(self.serverName) || has(self.caRef) || has(self.clientCertSecretRef))",
                "serverName, caRef and clientCertSecretRef work only with TLS: set enabled to true or remove them",
                ".enabled",
            )
        )
    )

    enabled: bool = True
    """Whether the connection uses TLS. Default: true if tls is set."""
    server_name: str | None = Field(
        default=None,
        max_length=253,
        json_schema_extra=validations(
            rule(
                "self.matches('^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$')",
                "serverName must be a host name as the server's certificate has it, "
                "without port: letters, digits, '-' and '.'",
            )
        ),
    )
    """Host name that the server's certificate must have, if it is not the host of address. Default: the host of
    address."""
    ca_ref: CertificateAuthorityRef | None = None
    """Certificate authorities that must have signed the server's certificate. Default: the public ones in the
    operator's image."""
    client_cert_secret_ref: ClientCertificateSecretRef | None = None
    """Client certificate that the operator shows to the server (mutual TLS). Default: none."""


class TemporalConnectionSpec(ApiModel):
    """Address, TLS settings and credentials of a Temporal server."""

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "!has(self.apiKeySecretRef) || (has(self.tls) && self.tls.enabled)",
                "apiKeySecretRef needs TLS, since an API key must not travel in plaintext: set tls.enabled to true",
                ".apiKeySecretRef",
            )
        )
    )

    address: Address
    """Host and port of the Temporal frontend, as the operator's pod reaches it, such as
    temporal-frontend.temporal.svc:7233. Write IPv6 addresses in brackets."""
    tls: Tls | None = None
    """TLS settings. Default: none, the connection is plaintext."""
    api_key_secret_ref: ApiKeySecretRef | None = None
    """API key that the operator sends to the server. Works only with TLS. Default: none."""


class TemporalConnection(ApiModel):
    """A TemporalConnection is a connection to a Temporal server, with TLS and credentials, for the TemporalWorkerPools
    of its namespace. The operator uses a Secret only if its owner has labelled it workerpools.dev/connection: "true",
    and reads it at each poll, so a rotated one needs no restart.
    """

    spec: TemporalConnectionSpec
    """Address, TLS settings and credentials of the Temporal server."""
