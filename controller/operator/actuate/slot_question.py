"""Whether slots could be written: asked of the API server once, and not at each pass for as long as they wait.

A refusal may end without a trace in the Deployment, such as a permission that is given: it is asked about again, less
and less often.
"""

from dataclasses import dataclass, field, replace
from typing import Final, Self

from controller.api.condition_reasons import SlotsEffective
from controller.operator.passes import ConditionUpdate, SlotPlan, Target

FIRST_PAUSE_SECONDS: Final = 30.0
"""After a first refusal; each further pause is twice as long."""

LONGEST_PAUSE_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class SlotQuestion:
    """Certain slot variables for a pod template with certain owners; two are equal if the answer must be the same."""

    uid: str
    template: int
    template_owners: int
    container: str
    variables: tuple[tuple[str, int], ...]
    conflict: str | None = field(default=None, compare=False)
    """Which manager owns them, and what to do; `None`: no other one does."""
    refusal: str | None = field(default=None, compare=False)
    """Why the API server refused, and what to do; `None`: it did not."""
    pause_seconds: float = field(default=0.0, compare=False)
    """How long it is not asked again after a refusal."""
    asked_again_at: float = field(default=0.0, compare=False)
    """When that is over, in seconds of a clock that never steps."""

    @classmethod
    def of(cls, target: Target, plan: SlotPlan) -> Self:
        """The question that a plan asks about a Deployment as it is."""
        deployment, variables = target.deployment, tuple(sorted(plan.desired.items()))
        return cls(deployment.uid, deployment.template, deployment.template_owners, target.container.name, variables)

    def refused(self, refusal: str, before: Self | None, now: float) -> Self:
        """With a refusal.

        Args:
            refusal: Why, and what to do.
            before: The same question as it was asked before; `None`: it was not.
            now: Seconds of a clock that never steps.
        """
        pause = min(2 * before.pause_seconds, LONGEST_PAUSE_SECONDS) if before else 0.0
        pause = pause or FIRST_PAUSE_SECONDS
        return replace(self, refusal=refusal, pause_seconds=pause, asked_again_at=now + pause)

    def is_answered(self, now: float, *, dry_run: bool) -> bool:
        """Whether it need not be asked: it is known what would happen, and that is all, or stands in the way."""
        return now < self.asked_again_at if self.refusal else dry_run or self.conflict is not None

    def answered(self, plan: SlotPlan) -> SlotPlan:
        """The plan with what was answered."""
        if self.refusal:
            return replace(plan, problem=ConditionUpdate(SlotsEffective.FAILED_UPDATE_SLOTS, self.refusal))
        if self.conflict:
            return replace(plan, problem=ConditionUpdate(SlotsEffective.SLOTS_CONFLICT, self.conflict))
        return plan
