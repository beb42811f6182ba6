"""The chart: each value has its effect, a misspelt one is refused, and it installs what kustomize does."""

import re
from collections.abc import Iterator
from typing import Any

import helm_python
import pytest
import yaml
from pydantic import BaseModel
from typer.testing import CliRunner

from controller.cli.main import app
from localcluster.cluster import LocalCluster
from release.chart import CHART, CRD_CHART, ROOT, crds, monitoring, permissions, schema, values
from release.values import Chart
from tests.release import charts
from tests.release.charts import Object, container, kinds, one, rendered

USER = {"operator": {"logLevel": "debug"}}


def test_what_is_written_from_elsewhere_is_up_to_date() -> None:
    """`make charts` writes it."""
    assert (CHART / "values.yaml").read_text(encoding="utf-8") == values()
    assert (CHART / "values.schema.json").read_text(encoding="utf-8") == schema()
    for path, text in permissions().items():
        assert path.read_text(encoding="utf-8") == text, path
    for chart, files in ((CRD_CHART, crds()), (CHART, monitoring())):
        assert {path.name: path.read_text(encoding="utf-8") for path in (chart / "files").iterdir()} == files


def test_the_versions_are_those_of_the_program() -> None:
    """Of both charts and of what they install."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for folder in (CHART, CRD_CHART):
        chart = yaml.safe_load((folder / "Chart.yaml").read_text(encoding="utf-8"))
        assert f'\nversion = "{chart["version"]}"\n' in project
        assert chart["appVersion"] == chart["version"]


def test_helm_finds_nothing_to_complain_about() -> None:
    """But that there is no icon."""
    for folder in (CHART, CRD_CHART):
        found = helm_python.lint(str(folder))
        assert [message["error"] for message in found["messages"]] == ["icon is recommended"]


EFFECTS: dict[str, tuple[Object, Any]] = {
    "image.repository": ({"image": {"repository": "r.example/twp"}}, "r.example/twp:0.1.0"),
    "image.tag": ({"image": {"tag": "0.2.0"}}, "temporal-worker-pools:0.2.0"),
    "image.digest": ({"image": {"digest": f"sha256:{'a' * 64}"}}, f"temporal-worker-pools@sha256:{'a' * 64}"),
    "image.pullPolicy": ({"image": {"pullPolicy": "Always"}}, "imagePullPolicy: Always"),
    "imagePullSecrets": ({"imagePullSecrets": [{"name": "registry"}]}, "imagePullSecrets:\n      - name: registry"),
    "replicas": ({"replicas": 3}, "replicas: 3"),
    "watchNamespaces": ({"watchNamespaces": ["shop"]}, "- --namespace\n        - shop"),
    "targetLabels": ({"targetLabels": {"team": "a"}}, "- --target-label\n        - team=a"),
    "admissionPolicy.slotVariables": ({"admissionPolicy": {"slotVariables": "^MY_"}}, '.matches("^MY_")'),
    "operator.logLevel": ({"operator": {"logLevel": "debug"}}, "- --log-level\n        - debug"),
    "operator.temporalReadsPerSecond": (
        {"operator": {"temporalReadsPerSecond": 5}},
        '- --temporal-reads-per-second\n        - "5"',
    ),
    "operator.recordingsSize": ({"operator": {"recordingsSize": "1Gi"}}, "sizeLimit: 1Gi"),
    "operator.pagePort": ({"operator": {"pagePort": 8081}}, 'name: TWP_PAGE_PORT\n          value: "8081"'),
    "operator.extraArgs": ({"operator": {"extraArgs": ["--no-leader-elect"]}}, "- --no-leader-elect"),
    "serviceAccount.create": ({"serviceAccount": {"create": False, "name": "ours"}}, "serviceAccountName: ours"),
    "serviceAccount.name": ({"serviceAccount": {"name": "ours"}}, "kind: ServiceAccount\nmetadata:\n  name: ours"),
    "serviceAccount.annotations": ({"serviceAccount": {"annotations": {"a": "b"}}}, "annotations:\n    a: b"),
    "podAnnotations": ({"podAnnotations": {"a": "b"}}, "default-container: operator\n        a: b"),
    "podLabels": ({"podLabels": {"team": "a"}}, "team: a"),
    "priorityClassName": ({"priorityClassName": "high"}, "priorityClassName: high"),
    "nodeSelector": ({"nodeSelector": {"disk": "ssd"}}, "nodeSelector:\n        disk: ssd"),
    "tolerations": ({"tolerations": [{"key": "a"}]}, "tolerations:\n      - key: a"),
    "affinity": ({"affinity": {"nodeAffinity": {}}}, "affinity:\n        nodeAffinity: {}"),
    "resources": ({"resources": {"limits": {"memory": "1Gi"}}}, "memory: 1Gi"),
    "podDisruptionBudget.maxUnavailable": ({"podDisruptionBudget": {"maxUnavailable": "50%"}}, "maxUnavailable: 50%"),
    "networkPolicy.apiServerPorts": ({"networkPolicy": {"apiServerPorts": [8443]}}, "- port: 8443"),
    "networkPolicy.temporalPorts": ({"networkPolicy": {"temporalPorts": [17233]}}, "- port: 17233"),
    "networkPolicy.metricsFrom": (
        {"networkPolicy": {"metricsFrom": [{"podSelector": {}}]}},
        "from:\n    - podSelector: {}",
    ),
    "podMonitor.enabled": ({"podMonitor": {"enabled": True}}, "kind: PodMonitor"),
    "podMonitor.interval": ({"podMonitor": {"enabled": True, "interval": "30s"}}, "interval: 30s"),
    "podMonitor.labels": ({"podMonitor": {"enabled": True, "labels": {"release": "monitor"}}}, "release: monitor"),
    "prometheusRule.enabled": ({"prometheusRule": {"enabled": True}}, "alert: TemporalWorkerPoolNotPolling"),
    "prometheusRule.labels": ({"prometheusRule": {"enabled": True, "labels": {"release": "rules"}}}, "release: rules"),
    "dashboard.enabled": ({"dashboard": {"enabled": True}}, "dashboard.json:"),
    "dashboard.labels": ({"dashboard": {"enabled": True, "labels": {"folder": "workers"}}}, "folder: workers"),
    "service.port": ({"service": {"port": 9000}}, "port: 9000"),
}
"""For each value what another one than the default does to the text of the release."""

GONE: dict[str, tuple[Object, str, int]] = {
    "serviceAccount.create": ({"serviceAccount": {"create": False}}, "ServiceAccount", 0),
    "rbac.create": ({"rbac": {"create": False}}, "ClusterRoleBinding", 0),
    "rbac.aggregateUserRoles": ({"rbac": {"aggregateUserRoles": False}}, "ClusterRole", 2),
    "rbac.connections": ({"rbac": {"connections": False}}, "ClusterRole", 3),
    "admissionPolicy.enabled": ({"admissionPolicy": {"enabled": False}}, "ValidatingAdmissionPolicy", 0),
    "podDisruptionBudget.enabled": ({"podDisruptionBudget": {"enabled": False}}, "PodDisruptionBudget", 0),
    "networkPolicy.enabled": ({"networkPolicy": {"enabled": False}}, "NetworkPolicy", 0),
    "service.enabled": ({"service": {"enabled": False}}, "Service", 0),
}
"""For each value that leaves objects out: how many of their kind remain."""


def leaves(part: BaseModel, prefix: str = "") -> Iterator[str]:
    """The dotted names of all values."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if isinstance(value, BaseModel):
            yield from leaves(value, f"{prefix}{field.alias}.")
        else:
            yield f"{prefix}{field.alias}"


def test_every_value_is_tried() -> None:
    """One that has no effect is none."""
    assert set(leaves(Chart())) - {"global"} == {*EFFECTS, *GONE, "spreadOverNodes"}


@pytest.mark.parametrize("value", EFFECTS)
def test_a_value_has_its_effect(value: str) -> None:
    """And by default there is none of it."""
    given, effect = EFFECTS[value]
    assert effect not in _text(rendered())
    assert effect in _text(rendered(given))


def _text(objects: list[Object]) -> str:
    """Objects as the chart writes them: kustomize's way of indenting lists."""
    return "\n---\n".join(yaml.safe_dump(each, sort_keys=False, width=1000) for each in objects).replace("'", '"')


@pytest.mark.parametrize("value", GONE)
def test_what_is_switched_off_is_left_out(value: str) -> None:
    """Nothing else changes its number."""
    given, kind, remain = GONE[value]
    before, after = kinds(rendered()), kinds(rendered(given))
    assert before.count(kind) > remain
    assert after.count(kind) == remain


def test_replicas_are_spread_over_nodes_unless_they_need_not_be() -> None:
    """Where there are as many nodes."""
    spread = one(rendered(), "Deployment")["spec"]["template"]["spec"]["topologySpreadConstraints"]
    assert [(each["topologyKey"], each["whenUnsatisfiable"]) for each in spread] == [
        ("kubernetes.io/hostname", "ScheduleAnyway")
    ]
    packed = one(rendered({"spreadOverNodes": False}), "Deployment")["spec"]["template"]["spec"]
    assert "topologySpreadConstraints" not in packed


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"replica": 3}, "'replica' not allowed"),
        ({"image": {"digset": ""}}, "at '/image'"),
        ({"image": {"digest": "latest"}}, "at '/image/digest'"),
        ({"replicas": "2"}, "at '/replicas'"),
        ({"watchNamespaces": ["Shop"]}, "at '/watchNamespaces/0'"),
        ({"operator": {"logLevel": "loud"}}, "at '/operator/logLevel'"),
        ({"networkPolicy": {"temporalPorts": [70_000]}}, "at '/networkPolicy/temporalPorts/0'"),
    ],
)
def test_wrong_values_are_refused_where_they_stand(wrong: Object, where: str) -> None:
    """By the schema, before anything is sent to a cluster."""
    with pytest.raises(helm_python.HelmValuesError, match=where):
        rendered(wrong)


def test_a_release_for_namespaces_has_rights_in_them_alone() -> None:
    """A Role in each, and no ClusterRoleBinding."""
    objects = rendered({"watchNamespaces": ["shop", "billing"]})
    assert "ClusterRoleBinding" not in kinds(objects)
    bound = {(o["metadata"]["namespace"], o["roleRef"]["kind"]) for o in objects if o["kind"] == "RoleBinding"}
    assert bound == {("shop", "Role"), ("billing", "Role"), (charts.RELEASE, "Role")}
    assert container(objects)["args"][:6] == ["operator", "run", "--namespace", "shop", "--namespace", "billing"]


def test_policies_are_bound_to_the_account_of_the_release() -> None:
    """Wherever it is, and whatever it is called."""
    values = {"serviceAccount": {"name": "ours"}, "targetLabels": {"team": "a"}}
    objects = rendered(values, name="twp", namespace="scaling")
    policies = [each["spec"] for each in objects if each["kind"] == "ValidatingAdmissionPolicy"]
    conditions = [condition["expression"] for policy in policies for condition in policy["matchConditions"][:1]]
    assert conditions == ['request.userInfo.username == "system:serviceaccount:scaling:ours"'] * 4


def test_labels_of_targets_are_a_policy_that_knows_who_lacks_them() -> None:
    """A binding for each label, whose parameters are the Deployments without it."""
    objects = rendered({"targetLabels": {"team": "a", "tier": "b"}})
    bindings = [each["spec"] for each in objects if each["kind"] == "ValidatingAdmissionPolicyBinding"]
    selectors = [b["paramRef"]["selector"] for b in bindings if b["policyName"].endswith("-targets")]
    assert selectors == [
        {"matchExpressions": [{"key": key, "operator": "NotIn", "values": [value]}]}
        for key, value in (("team", "a"), ("tier", "b"))
    ]


def test_two_releases_share_no_object() -> None:
    """In one namespace under two names, or under one name in two namespaces."""
    releases = [rendered(name=name, namespace=namespace) for name, namespace in (("a", "x"), ("b", "x"), ("a", "y"))]
    names = [
        {(o["kind"], o["metadata"].get("namespace"), o["metadata"]["name"]) for o in objects} for objects in releases
    ]
    assert len(set().union(*names)) == sum(map(len, names))


PROFILES: dict[str, Object] = {
    "base": {},
    "namespaced": {"watchNamespaces": ["workers"]},
    "namespaces": {"watchNamespaces": ["billing", "shop"]},
    "monitoring": {each: {"enabled": True} for each in ("podMonitor", "prometheusRule", "dashboard")},
}
"""The folders of kustomize, and the values of the chart that do the same."""


def by_name(objects: list[Object]) -> dict[tuple[str, str, str], Object]:
    """What is said of each object that does something, without Helm's labels: they are in selectors, too."""
    made = {}
    for each in objects:
        nothing = each.get("rules") == [] or each.get("subjects") == []
        if each["kind"] not in ("Namespace", "CustomResourceDefinition") and not nothing:
            metadata = each["metadata"]
            fields = {name: value for name, value in each.items() if name != "metadata"}
            # To kinds that are newer than its list kustomize gives a namespace, whether they have one or not.
            namespace = "" if each["kind"].startswith("Validating") else metadata.get("namespace", "")
            made[each["kind"], namespace, metadata["name"]] = without_helm(fields)
    return made


def without_helm(value: Any) -> Any:
    """The same without the labels that only Helm sets, and without the form in which arguments are written."""
    if isinstance(value, dict):
        return {key: without_helm(each) for key, each in value.items() if not HELM.match(key)}
    if isinstance(value, list) and "run" in value:
        return " ".join(value).replace("--namespace=", "--namespace ")
    return [without_helm(each) for each in value] if isinstance(value, list) else value


HELM = re.compile(r"app.kubernetes.io/(instance|version|managed-by)$|helm.sh/chart$")


@pytest.mark.parametrize("folder", PROFILES)
def test_kustomize_installs_the_same_as_the_chart(cluster: LocalCluster, folder: str) -> None:
    """Rights, pod, Service, NetworkPolicy, alerts and dashboard; of the CRDs and the namespace the chart has none."""
    text = cluster.kubectl("kustomize", str(ROOT / "manifests" / folder))
    by_kustomize, by_helm = by_name(list(yaml.safe_load_all(text))), by_name(rendered(PROFILES[folder]))
    if folder == "monitoring":
        base = by_name(rendered())
        by_helm = {key: value for key, value in by_helm.items() if key not in base}
    assert by_kustomize.keys() == by_helm.keys()
    for key, made in by_kustomize.items():
        assert made == by_helm[key], key


@pytest.mark.parametrize(
    ("name", "namespace", "values", "commands"),
    [
        (charts.RELEASE, charts.RELEASE, {}, ["kubectl twp check --all-namespaces"]),
        (
            "twp",
            "scaling",
            {"watchNamespaces": ["shop", "billing"]},
            [
                f"kubectl twp check --namespace {watched} --operator-namespace scaling "
                "--operator-account system:serviceaccount:scaling:twp-temporal-worker-pools"
                for watched in ("shop", "billing")
            ],
        ),
    ],
)
def test_the_notes_end_in_the_commands_that_check_the_release(
    name: str, namespace: str, values: Object, commands: list[str]
) -> None:
    """Each with what the check can't know of a release; the command line takes them."""
    last = charts.notes(values, name, namespace).rstrip().splitlines()[-len(commands) :]
    assert [line.strip() for line in last] == commands
    for command in commands:
        asked = CliRunner().invoke(app, [*command.split()[2:], "--help"])
        assert asked.exit_code == 0, asked.output


def test_the_crds_are_those_of_kubectl_and_are_kept_on_uninstall() -> None:
    """With a CRD all pools would go."""
    made = {each["metadata"]["name"]: each for each in charts.crds()}
    for text in crds().values():
        crd = yaml.safe_load(text)
        if crd.get("kind") != "CustomResourceDefinition":
            continue
        chart = made[crd["metadata"]["name"]]
        annotations = dict(chart["metadata"]["annotations"])
        assert annotations.pop("helm.sh/resource-policy") == "keep"
        assert annotations == crd["metadata"].get("annotations", {})
        assert chart["spec"] == crd["spec"]
