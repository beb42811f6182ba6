"""What an account may do, verb by verb, as the API server says it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from controller.api.rights import CRD_GROUP, Right, rights
from controller.cli.check.finding import Finding, Group, Outcome
from controller.cli.kube import Kube
from controller.cluster.client import answer_to
from controller.cluster.errors import ClusterError, ForbiddenError
from controller.cluster.fields import Fields
from controller.cluster.resources import Resource, create

PAGE: Final = "docs/check.md#permissions"

OWN_REVIEWS: Final = Resource("/apis/authorization.k8s.io/v1", "selfsubjectaccessreviews")
REVIEWS: Final = Resource("/apis/authorization.k8s.io/v1", "subjectaccessreviews")

ADMISSION_GROUP: Final = "admissionregistration.k8s.io"

INSTALLER: Final = (
    *rights(CRD_GROUP, "customresourcedefinitions", "create patch", "is given its CRDs"),
    *rights("", "namespaces", "create", "gets a namespace"),
    *rights("", "serviceaccounts", "create", "gets an account"),
    *rights("apps", "deployments", "create", "gets a pod"),
    *rights("rbac.authorization.k8s.io", "clusterroles", "create escalate", "gets its permissions"),
    *rights("rbac.authorization.k8s.io", "clusterrolebindings", "create", "gets its permissions"),
    *rights(ADMISSION_GROUP, "validatingadmissionpolicies", "create", "is limited by a policy"),
    *rights(ADMISSION_GROUP, "validatingadmissionpolicybindings", "create", "is limited by a policy"),
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
    kube: Kube, asked: Sequence[Right], account: str, namespace: str | None, fix: str, group: Group
) -> list[Finding]:
    """A finding for each resource.

    Args:
        kube: Where.
        asked: What is asked for.
        account: Whose rights; empty for those of whoever asks.
        namespace: Where the rights are needed; `None` for everywhere.
        fix: The command that grants them.
        group: What the findings belong to.
    """
    answers = await asyncio.gather(*(_ask(kube, right, account, namespace) for right in asked))
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
