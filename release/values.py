"""The values of the chart: types, defaults and descriptions. `release.chart` writes its files from them."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Name = Annotated[str, Field(pattern="^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", max_length=253)]
"""A name of a Kubernetes object."""

Port = Annotated[int, Field(ge=1, le=65_535)]

Strings = dict[str, str]


class Values(BaseModel):
    """A part of the values: an unknown key is refused, since it is a misspelt one."""

    model_config = ConfigDict(
        extra="forbid", alias_generator=to_camel, populate_by_name=True, use_attribute_docstrings=True, frozen=True
    )


class PullPolicy(StrEnum):
    """When the kubelet pulls an image."""

    ALWAYS = "Always"
    IF_NOT_PRESENT = "IfNotPresent"
    NEVER = "Never"


class Level(StrEnum):
    """Levels of the operator's log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Image(Values):
    """The operator's image. In production name it by its digest, which is one image for ever."""

    repository: str = Field(default="temporal-worker-pools", min_length=1)
    """Registry and name."""
    tag: str = ""
    """Tag; the chart's appVersion if empty."""
    digest: str = Field(default="", pattern="^(sha256:[0-9a-f]{64})?$")
    """Digest, such as sha256:…; wins over the tag."""
    pull_policy: PullPolicy = PullPolicy.IF_NOT_PRESENT
    """When the kubelet pulls it."""


class Operator(Values):
    """Options of `twp operator run`."""

    log_level: Level = Level.INFO
    """Lowest level that is logged."""
    temporal_reads_per_second: float = Field(default=40, ge=1, le=10_000)
    """Requests per second to one Temporal namespace, all its pools together."""
    page_port: int = Field(default=0, ge=0, le=65_535)
    """Port of the page of all pools, on loopback alone (`kubectl port-forward` leads there); 0: there is none."""
    recordings_size: str = ""
    """Size of the volume for recordings (`twp compare`, `twp replay`), 32Mi for each pool; empty: none are made."""
    extra_args: tuple[str, ...] = ()
    """More arguments."""


class ServiceAccount(Values):
    """The operator's account."""

    create: bool = True
    """Whether the chart makes it."""
    name: Name | Annotated[str, Field(max_length=0)] = ""
    """Its name; the release's full name if empty."""
    annotations: Strings = {}
    """Its annotations."""


class Rbac(Values):
    """Roles and bindings."""

    create: bool = True
    """Whether the chart makes the operator's own."""
    aggregate_user_roles: bool = True
    """Whether the cluster's roles view, edit and admin read and write pools."""
    connections: bool = True
    """Whether the chart makes a ClusterRole, bound nowhere, that reads what TemporalConnections name."""


class AdmissionPolicy(Values):
    """ValidatingAdmissionPolicies that limit what the operator may change with its rights."""

    enabled: bool = True
    """Whether there are."""
    slot_variables: str = Field(default="(?i)(slot|concurren)", min_length=1)
    """What the names of slot variables have in them, as a regular expression (RE2)."""


class PodDisruptionBudget(Values):
    """Keeps a drain from stopping all replicas at once."""

    enabled: bool = True
    """Whether there is one."""
    max_unavailable: int | str = 1
    """How many replicas, or what percentage, may be stopped at once."""


class NetworkPolicy(Values):
    """Denies all traffic but what the operator needs."""

    enabled: bool = True
    """Whether there is one."""
    api_server_ports: tuple[Port, ...] = (443, 6443)
    """Ports of the API server."""
    temporal_ports: tuple[Port, ...] = (7233, 443)
    """Ports of Temporal frontends."""
    metrics_from: tuple[dict[str, Any], ...] = ()
    """NetworkPolicyPeers that may read metrics; everyone if empty. Probes come from the node."""


class Service(Values):
    """The Service of the metrics."""

    enabled: bool = True
    """Whether there is one."""
    port: Port = 8080
    """Its port."""


class PodMonitor(Values):
    """How the Prometheus operator finds the metrics."""

    enabled: bool = False
    """Whether there is one; it needs the Prometheus operator's CRDs."""
    interval: str = Field(default="15s", pattern="^[0-9]+(s|m)$")
    """Time between two scrapes."""
    labels: Strings = {}
    """Labels by which a Prometheus chooses it."""


class PrometheusRule(Values):
    """Alerts for the Prometheus operator."""

    enabled: bool = False
    """Whether there are; they need the Prometheus operator's CRDs."""
    labels: Strings = {}
    """Labels by which a Prometheus chooses them."""


class Dashboard(Values):
    """A dashboard for Grafana, as a ConfigMap."""

    enabled: bool = False
    """Whether there is one."""
    labels: Strings = {"grafana_dashboard": "1"}
    """Labels by which Grafana's sidecar finds it."""


class Chart(Values):
    """All values."""

    image: Image = Image()
    """The operator's image."""
    image_pull_secrets: tuple[dict[str, str], ...] = ()
    """Secrets with the credentials of its registry."""
    replicas: int = Field(default=2, ge=0, le=10)
    """Replicas of the operator: one scales, the others stand by."""
    watch_namespaces: tuple[Name, ...] = ()
    """Namespaces whose pools are scaled, by a Role in each of them. Empty: all, by a ClusterRole."""
    target_labels: Strings = {}
    """Labels without which no Deployment is scaled, such as workerpools.dev/target: "true". Empty: every one may be."""
    operator: Operator = Operator()
    """Options of the operator."""
    service_account: ServiceAccount = ServiceAccount()
    """The operator's account."""
    rbac: Rbac = Rbac()
    """Roles and bindings."""
    admission_policy: AdmissionPolicy = AdmissionPolicy()
    """ValidatingAdmissionPolicies that limit what the operator may change with its rights."""
    pod_annotations: Strings = {}
    """Annotations of the operator's pods."""
    pod_labels: Strings = {}
    """Labels of the operator's pods, beside those of the chart."""
    priority_class_name: str = ""
    """Priority class of the operator's pods."""
    node_selector: Strings = {}
    """Labels of the nodes that they may run on."""
    tolerations: tuple[dict[str, Any], ...] = ()
    """Taints of nodes that they tolerate."""
    affinity: dict[str, Any] = {}
    """Affinity of the operator's pods."""
    spread_over_nodes: bool = True
    """Whether replicas run on nodes of their own, where there are as many."""
    resources: dict[str, Any] = {"requests": {"cpu": "100m", "memory": "192Mi"}, "limits": {"memory": "512Mi"}}
    """Requests and limits of the operator's container."""
    pod_disruption_budget: PodDisruptionBudget = PodDisruptionBudget()
    """Keeps a drain from stopping all replicas at once."""
    network_policy: NetworkPolicy = NetworkPolicy()
    """Denies all traffic but what the operator needs."""
    service: Service = Service()
    """The Service of the metrics."""
    pod_monitor: PodMonitor = PodMonitor()
    """How the Prometheus operator finds the metrics."""
    prometheus_rule: PrometheusRule = PrometheusRule()
    """Alerts for the Prometheus operator."""
    dashboard: Dashboard = Dashboard()
    """A dashboard for Grafana, as a ConfigMap."""
    global_: dict[str, Any] = Field(default={}, alias="global")
    """Values that a chart above this one shares; not used."""
