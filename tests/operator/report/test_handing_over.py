"""Each way to end a fight over the replicas, followed to the letter on the real API server.

Flux, Argo CD, Helm and a downscaler are stand-ins: they are imitated by the requests that they make, under the names of
their field managers.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from controller.cluster.client import connect
from controller.cluster.workload import get_deployment, set_replicas
from controller.operator.report.handing_over import ARGO_CD, CLIENT_SIDE, HELM, OTHER, handing_over
from localcluster.cluster import LocalCluster
from tests.cluster import manifests
from tests.operator.builders import deployment as built

Apply = Callable[[int | None], None]
"""Applies the manifest with replicas, or without."""


@dataclass
class Fight:
    """A Deployment that a tool applies with 5 replicas."""

    cluster: LocalCluster
    namespace: str

    def manifest(self, replicas: int | None) -> str:
        """What the tool has."""
        manifest = manifests.deployment()
        manifest["metadata"]["namespace"] = self.namespace
        manifest["spec"] = {k: v for k, v in manifest["spec"].items() if k != "replicas"}
        return json.dumps(manifest | {"spec": manifest["spec"] | ({} if replicas is None else {"replicas": replicas})})

    def kubectl(self, *arguments: str, replicas: int | None = None) -> None:
        """Kubectl with the manifest on its standard input."""
        self.cluster.kubectl(*arguments, "--namespace", self.namespace, input=self.manifest(replicas))

    def client_side(self, replicas: int | None) -> None:
        """`kubectl apply`."""
        self.kubectl("apply", "-f", "-", replicas=replicas)

    def flux(self, replicas: int | None) -> None:
        """Server-side apply that takes what it names from everybody, as kustomize-controller does."""
        self.kubectl(
            "apply", "--server-side", "--force-conflicts", "--field-manager=kustomize-controller", "-f", "-",
            replicas=replicas,
        )  # fmt: skip

    def argo_cd(self, replicas: int | None) -> None:
        """Client-side apply under Argo CD's name."""
        self.kubectl("apply", "--field-manager=argocd-controller", "-f", "-", replicas=replicas)

    def argo_cd_that_respects_differences(self) -> None:
        """With RespectIgnoreDifferences it puts what is there into the manifest before it applies it."""
        self.argo_cd(self.replicas)

    def helm_3(self, replicas: int | None) -> None:
        """A strategic merge patch with what changed between two charts: a field that is gone is null."""
        patch = json.dumps({"spec": {"replicas": replicas}})
        self.kubectl("patch", "deployment", "worker", "--type=strategic", "--field-manager=helm", "--patch", patch)

    @property
    def replicas(self) -> int:
        """Those that the Deployment asks for."""
        found = self.cluster.kubectl(
            "get", "deployment", "worker", "--namespace", self.namespace, "--output=jsonpath={.spec.replicas}"
        )
        return int(found)

    async def scale(self, replicas: int) -> None:
        """Sets the replicas as the operator does."""
        connected = await connect(self.cluster.kubeconfig)
        deployment = await get_deployment(connected, self.namespace, "worker")
        assert deployment is not None
        await set_replicas(connected, deployment, replicas)
        await connected.close()

    async def advice(self) -> str:
        """What the operator says about the manager that set the replicas last."""
        connected = await connect(self.cluster.kubeconfig)
        deployment = await get_deployment(connected, self.namespace, "worker")
        await connected.close()
        assert deployment is not None
        assert deployment.replicas_manager is not None
        return handing_over(deployment, deployment.replicas_manager)

    def follow(self, advice: str) -> None:
        """Runs the commands in it, with the manifest in place of MANIFEST."""
        for command in re.findall("`([^`]*)`", advice):
            manifest = f"- --namespace {self.namespace} <<'END'\n{self.manifest(None)}\nEND"
            self.cluster.shell(command.replace("MANIFEST", manifest))


@pytest.fixture
async def fight(cluster: LocalCluster, kubernetes_namespace: str) -> Fight:
    """Nothing was applied yet."""
    return Fight(cluster, kubernetes_namespace)


async def reversed_by(fight: Fight, apply: Apply) -> str:
    """The tool applies 5 replicas, the operator sets 8, the tool sets them back: what the operator says then."""
    apply(5)
    await fight.scale(8)
    apply(5)
    assert fight.replicas == 5
    return await fight.advice()


@pytest.mark.parametrize("tool", ["client_side", "flux"])
async def test_leaving_replicas_out_alone_sets_one_replica(fight: Fight, tool: str) -> None:
    """Why there is more to say: it was the advice once."""
    apply: Apply = getattr(fight, tool)
    await reversed_by(fight, apply)
    apply(None)
    assert fight.replicas == 1


async def test_a_manifest_of_kubectl_apply_is_handed_over_without_a_change(fight: Fight) -> None:
    """What it last applied is written anew, without the replicas, before it applies them."""
    advice = await reversed_by(fight, fight.client_side)
    assert advice == CLIENT_SIDE
    fight.follow(advice)
    fight.client_side(None)
    assert fight.replicas == 5
    await fight.scale(8)
    fight.client_side(None)
    assert fight.replicas == 8


async def test_a_manifest_of_a_server_side_applier_is_handed_over_without_a_change(fight: Fight) -> None:
    """Another manager holds the number while it lets go; the operator takes it from there."""
    advice = await reversed_by(fight, fight.flux)
    assert "the manifest of kustomize-controller" in advice
    fight.follow(advice)
    fight.flux(5)  # it may come by before its manifest is changed
    fight.flux(None)
    assert fight.replicas == 5
    await fight.scale(8)
    fight.flux(None)
    assert fight.replicas == 8


async def test_argo_cd_leaves_alone_what_it_ignores_and_respects(fight: Fight) -> None:
    """Its manifest keeps the replicas."""
    assert await reversed_by(fight, fight.argo_cd) == ARGO_CD
    await fight.scale(8)
    fight.argo_cd_that_respects_differences()
    await fight.scale(3)
    fight.argo_cd_that_respects_differences()
    assert fight.replicas == 3


async def test_helm_sets_one_replica_once_and_the_pool_scales_on(fight: Fight) -> None:
    """As it is said; a later release has no replicas to set back."""
    fight.flux(5)
    await fight.scale(8)
    fight.helm_3(5)
    advice = await fight.advice()
    assert advice == HELM
    fight.helm_3(None)
    assert fight.replicas == 1
    await fight.scale(8)
    assert fight.replicas == 8


@pytest.mark.parametrize(
    ("manager", "fields", "advice"),
    [
        ("argocd-application-controller", {"replicas_applied": True}, ARGO_CD),
        ("kubectl", {"replicas_manager": "kubectl"}, OTHER),
        ("kube-downscaler", {}, OTHER),
        ("an unnamed field manager", {}, OTHER),
        ("kustomize-controller", {"replicas_manager": "kubectl", "replicas_applied": True}, OTHER),
        ("helm-controller", {}, HELM),
    ],
)
def test_each_manager_gets_the_advice_that_fits_it(manager: str, fields: dict[str, Any], advice: str) -> None:
    """Programs that scale at times get the pause and the schedules of the pool."""
    assert handing_over(built(**fields), manager) == advice
