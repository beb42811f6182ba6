"""Whether Temporal answers, and for how long the certificates will do."""

from controller.api.conditions.reason import FALSE, TRUE, ConditionType, Reason


class Connected(Reason, condition=ConditionType.CONNECTED):
    """Temporal answers, and the Temporal namespace is there."""

    CONNECTED = (
        "Connected",
        TRUE,
        "Temporal answered, and the Temporal namespace is there.",
    )
    READS_SLOWED = (
        "ReadsSlowed",
        TRUE,
        "Pools of this Temporal namespace ask for more reads than the budget allows: this one is polled less often.",
        "Raise --temporal-reads-per-second of the operator if the server can bear it, or pollingIntervalSeconds.",
    )
    NAME_NOT_RESOLVED = (
        "NameNotResolved",
        FALSE,
        "The host name of the Temporal server has no address.",
        "Correct the host in the connection's address; from another namespace it is SERVICE.NAMESPACE.svc.",
    )
    CONNECTION_REFUSED = (
        "ConnectionRefused",
        FALSE,
        "The host of the Temporal server is there, and nothing listens on that port.",
        "Correct the port in the connection's address (a frontend's is 7233), or start the server.",
    )
    TIMED_OUT = (
        "TimedOut",
        FALSE,
        "The Temporal server did not answer in time.",
        "Let the operator's pod reach the address (NetworkPolicy, firewall), and look at the server's load.",
    )
    SERVER_UNREACHABLE = (
        "ServerUnreachable",
        FALSE,
        "No connection to the Temporal server for another reason, which the message has.",
        "Check that the connection's address is a Temporal frontend, and that the operator's pod may reach it.",
    )
    TLS_MISMATCH = (
        "TLSMismatch",
        FALSE,
        "One side of the connection speaks TLS and the other does not.",
        "Set tls.enabled in a TemporalConnection, or remove tls where the server is plaintext.",
    )
    SERVER_CERTIFICATE_NOT_TRUSTED = (
        "ServerCertificateNotTrusted",
        FALSE,
        "The server's certificate comes from an authority that the connection does not trust, or is not valid now.",
        "Put the authority's certificate where tls.caRef points, or renew the server's certificate.",
    )
    SERVER_NAME_MISMATCH = (
        "ServerNameMismatch",
        FALSE,
        "The server's certificate is for another host name.",
        "Set tls.serverName to one of the names in the message, or correct the address.",
    )
    CLIENT_CERTIFICATE_REFUSED = (
        "ClientCertificateRefused",
        FALSE,
        "The server wants a client certificate, and got none or one that it does not accept.",
        "Set tls.clientCertSecretRef, or renew the certificate: from an authority that the server trusts.",
    )
    CONNECTION_NOT_FOUND = (
        "ConnectionNotFound",
        FALSE,
        "The namespace of the pool has no TemporalConnection of that name.",
        "Create the TemporalConnection, or correct connectionRef.name.",
    )
    CREDENTIALS_NOT_FOUND = (
        "CredentialsNotFound",
        FALSE,
        "A Secret or ConfigMap that the TemporalConnection names is not there, or lacks the key.",
        "Create it, or correct the reference; the message names it.",
    )
    CREDENTIALS_NOT_LABELLED = (
        "CredentialsNotLabelled",
        FALSE,
        "The Secret's owner has not allowed its use for connections, so the operator does not use it.",
        "Label the Secret: kubectl label secret NAME workerpools.dev/connection=true.",
    )
    CREDENTIALS_NOT_READABLE = (
        "CredentialsNotReadable",
        FALSE,
        "The Kubernetes API server did not give the operator the TemporalConnection or what it refers to.",
        "Run the command in the message, or give the operator's account the permission that it names.",
    )
    CREDENTIALS_INVALID = (
        "CredentialsInvalid",
        FALSE,
        "A Secret or ConfigMap of the TemporalConnection does not hold what it should.",
        "Put a certificate, key or API key there; the message says which, and what is wrong.",
    )
    TEMPORAL_NAMESPACE_NOT_FOUND = (
        "TemporalNamespaceNotFound",
        FALSE,
        "The Temporal server has no such Temporal namespace.",
        "Correct temporalNamespace, or register the namespace.",
    )
    UNAUTHENTICATED = (
        "Unauthenticated",
        FALSE,
        "The Temporal server wants credentials, and the operator gave none that it accepts.",
        "Set apiKeySecretRef in a TemporalConnection, or renew the API key.",
    )
    PERMISSION_DENIED = (
        "PermissionDenied",
        FALSE,
        "The Temporal server does not let the operator read this Temporal namespace.",
        "Give the operator read access to the Temporal namespace.",
    )
    THROTTLED = (
        "Throttled",
        FALSE,
        "The Temporal namespace has used up its requests per second.",
        "Raise the server's limit (frontend.namespaceRPS) or pollingIntervalSeconds of its pools.",
    )
    SERVER_TOO_OLD = (
        "ServerTooOld",
        FALSE,
        "The Temporal server does not know the request, or answers without the statistics that were asked for.",
        "Upgrade the Temporal server to 1.27 or later, and check that the address is its frontend.",
    )
    REQUEST_FAILED = (
        "RequestFailed",
        FALSE,
        "The Temporal server refused a request for another reason; the message has its status code and words.",
        "Do what the server's answer asks for.",
    )


class CertificateCurrent(Reason, condition=ConditionType.CERTIFICATE_CURRENT):
    """The certificates that the connection uses are valid for at least 14 more days."""

    CERTIFICATE_CURRENT = (
        "CertificateCurrent",
        TRUE,
        "The certificates that the connection uses are valid for at least 14 more days.",
    )
    NO_CERTIFICATE = (
        "NoCertificate",
        TRUE,
        "The connection uses no certificate of its own.",
    )
    CERTIFICATE_EXPIRING = (
        "CertificateExpiring",
        FALSE,
        "A certificate that the connection uses expires within 14 days.",
        "Renew it in the Secret or ConfigMap that the message names; it is used with the next poll.",
    )
    CERTIFICATE_EXPIRED = (
        "CertificateExpired",
        FALSE,
        "A certificate that the connection uses has expired, or is not valid yet.",
        "Renew it in the Secret or ConfigMap that the message names; it is used with the next poll.",
    )
