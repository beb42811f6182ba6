"""Whether slots could be written: asked of the API server once, and not at each pass for as long as they wait."""

from dataclasses import dataclass, field, replace
from typing import Self

from controller.api.conditions import SlotsEffective
from controller.operator.findings import Finding
from controller.operator.slots import SlotPlan
from controller.operator.target import Target


@dataclass(frozen=True, slots=True)
class SlotQuestion:
    """Certain slot variables for a pod template with certain owners; two are equal if the answer must be the same."""

    uid: str
    template: int
    template_owners: int
    container: str
    variables: tuple[tuple[str, int], ...]
    conflict: str | None = field(default=None, compare=False)
    """Who is in the way, and what to do; `None`: nobody is."""

    @classmethod
    def of(cls, target: Target, plan: SlotPlan) -> Self:
        """The question that a plan asks about a Deployment as it is."""
        deployment, variables = target.deployment, tuple(sorted(plan.wanted.items()))
        return cls(deployment.uid, deployment.template, deployment.template_owners, target.container.name, variables)

    def answered(self, plan: SlotPlan) -> SlotPlan:
        """The plan with what was answered."""
        if self.conflict is None:
            return plan
        return replace(plan, finding=Finding(SlotsEffective.SLOTS_CONFLICT, self.conflict))
