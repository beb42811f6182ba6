"""What the operator may do, verb by verb; a test compares it with manifests/rbac."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from controller.api.connection import CONNECTION_PLURAL
from controller.api.spec import GROUP, PLURAL
from controller.cli.check.finding import Finding, Group, Outcome
from controller.cli.kube import Kube
from controller.cluster.client import answer_to
from controller.cluster.errors import ClusterError, ForbiddenError
from controller.cluster.fields import Fields
from controller.cluster.resources import Resource, create

PAGE: Final = "docs/check.md#permissions"

OWN_REVIEWS: Final = Resource("/apis/authorization.k8s.io/v1", "selfsubjectaccessreviews")
REVIEWS: Final = Resource("/apis/authorization.k8s.io/v1", "subjectaccessreviews")


CRD_GROUP: Final = "apiextensions.k8s.io"
CRDS: Final = (f"{PLURAL}.{GROUP}", f"{CONNECTION_PLURAL}.{GROUP}")


@dataclass(frozen=True, slots=True)
class Right:
    """One verb on one resource."""

    group: str
    """API group; empty for the core."""
    resource: str
    """With its subresource, such as `deployments/scale`."""
    verb: str
    purpose: str
    """What the operator does by it."""
    optional: bool = False
    """Whether pools are scaled without it."""
    object_name: str = ""
    """Of the one object that it is for, which is in no namespace; empty for all."""

    @property
    def name(self) -> str:
        """As RBAC tools write it, such as `deployments/scale.apps`."""
        return f"{self.resource}.{self.group}".rstrip(".")


def _rights(group: str, resource: str, verbs: str, purpose: str, *, optional: bool = False) -> tuple[Right, ...]:
    return tuple(Right(group, resource, verb, purpose, optional) for verb in verbs.split())


OPERATOR: Final = (
    *_rights("workerpools.dev", "temporalworkerpools", "get list watch", "finds the pools"),
    *_rights("workerpools.dev", "temporalworkerpools/status", "patch", "reports on the pools"),
    *_rights("workerpools.dev", "temporalconnections", "get", "reads connectionRef"),
    *_rights("apps", "deployments", "get list watch", "sees the replicas"),
    *_rights("apps", "deployments", "patch", "writes slot variables"),
    *_rights("apps", "deployments/scale", "patch", "sets the replicas"),
    *_rights("", "pods", "get list watch", "sees the pods"),
    *_rights("", "pods", "patch", "lets idle pods go first"),
    *_rights("metrics.k8s.io", "pods", "list", "measures the usage for tuning", optional=True),
    *_rights("autoscaling", "horizontalpodautoscalers", "list watch", "sees other scalers"),
    *_rights("keda.sh", "scaledobjects", "list watch", "sees other scalers", optional=True),
    *_rights("autoscaling.k8s.io", "verticalpodautoscalers", "list watch", "sees other scalers", optional=True),
    *_rights("", "events", "create", "writes Events"),
    *(
        Right(CRD_GROUP, "customresourcedefinitions", "get", "compares the CRDs", optional=True, object_name=name)
        for name in CRDS
    ),
)
"""Those of manifests/rbac/operator.yaml."""

ELECTION: Final = _rights("coordination.k8s.io", "leases", "get create update", "elects the replica that scales")
"""Those of manifests/rbac/leader-election.yaml, in the operator's own namespace."""

INSTALLER: Final = (
    *_rights(CRD_GROUP, "customresourcedefinitions", "create patch", "is given its CRDs"),
    *_rights("", "namespaces", "create", "gets a namespace"),
    *_rights("", "serviceaccounts", "create", "gets an account"),
    *_rights("apps", "deployments", "create", "gets a pod"),
    *_rights("rbac.authorization.k8s.io", "clusterroles", "create escalate", "gets its permissions"),
    *_rights("rbac.authorization.k8s.io", "clusterrolebindings", "create", "gets its permissions"),
)
"""What whoever installs needs; `escalate`, because no one may grant what they may not do themselves."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API server says of a right."""

    right: Right
    allowed: bool | None
    """`None`: it does not say."""
    problem: str = ""


async def permissions(
    kube: Kube, rights: Sequence[Right], account: str, namespace: str | None, fix: str, group: Group
) -> list[Finding]:
    """A finding for each resource.

    Args:
        kube: Where.
        rights: What is asked.
        account: Whose rights; empty for those of whoever asks.
        namespace: Where the rights are needed; `None` for everywhere.
        fix: The command that grants them.
        group: What the findings belong to.
    """
    answers = await asyncio.gather(*(_ask(kube, right, account, namespace) for right in rights))
    found = groupby(answers, lambda answer: answer.right.name)
    return [_finding(name, list(of_resource), fix, group) for name, of_resource in found]


async def _ask(kube: Kube, right: Right, account: str, namespace: str | None) -> Answer:
    resource, _, subresource = right.resource.partition("/")
    attributes = {"group": right.group, "resource": resource, "subresource": subresource, "verb": right.verb}
    if right.object_name:
        attributes["name"] = right.object_name
    elif namespace:
        attributes["namespace"] = namespace
    spec: dict[str, Any] = {"resourceAttributes": attributes}
    spec |= _subject(account) if account else {}
    kind, path = ("SubjectAccessReview", REVIEWS) if account else ("SelfSubjectAccessReview", OWN_REVIEWS)
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec}
    try:
        answer = await answer_to(
            f"ask for the permissions of {account}", create(kube.cluster.client, path.path(), review)
        )
    except ForbiddenError:
        return Answer(right, None, f"not allowed to create {path.plural}")
    except ClusterError as error:
        return Answer(right, None, str(error))
    return Answer(right, Fields(answer).part("status").flag("allowed"))


def _subject(account: str) -> dict[str, Any]:
    """The user and the groups that the API server gives to a service account."""
    match account.split(":"):
        case ["system", "serviceaccount", namespace, _]:
            groups = ["system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"]
            return {"user": account, "groups": groups}
        case _:
            return {"user": account, "groups": ["system:authenticated"]}


def _finding(name: str, answers: Sequence[Answer], fix: str, group: Group) -> Finding:
    missing = [answer.right for answer in answers if answer.allowed is False]
    if missing:
        outcome = Outcome.WARNING if all(right.optional for right in missing) else Outcome.FAILED
        purposes = ", ".join(dict.fromkeys(right.purpose for right in missing))
        message = (
            f"Lacks {', '.join(dict.fromkeys(right.verb for right in missing))}, by which the operator {purposes}."
        )
        return Finding(group, name, outcome, message, PAGE, fix)
    if problem := next((answer.problem for answer in answers if answer.allowed is None), ""):
        return Finding(group, name, Outcome.UNKNOWN, f"Could not see it: {problem}.", PAGE)
    return Finding(
        group, name, Outcome.OK, f"{', '.join(dict.fromkeys(answer.right.verb for answer in answers))}.", PAGE
    )
