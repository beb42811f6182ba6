"""Changes of replicas of one pass, noted when they happen: the pass may still fail, and its answer may not come."""

from dataclasses import dataclass, field, replace
from typing import Final

from controller.cluster.convert import OWN_MANAGERS
from controller.cluster.objects import Deployment
from controller.operator.actuate.slot_question import SlotQuestion
from controller.scaling.memory import Memory, ScaleAction

MAX_UNANSWERED: Final = 3
"""Requests of one pool that are remembered; of more the oldest are given up."""


@dataclass(frozen=True, slots=True)
class ScaleRequest:
    """A change that may have happened, or may still happen: the API server may carry it out after a timeout."""

    deployment_uid: str
    action: ScaleAction
    was_unowned: bool = False
    """Whether the field had no owner before: then a write by the scale subresource gives it none."""

    def happened(self, deployment: Deployment) -> bool:
        """Whether a Deployment, as it was read later, shows that it did."""
        if (deployment.uid, deployment.replicas) != (self.deployment_uid, self.action.replicas_after):
            return False
        if deployment.replicas_manager is None:
            return self.was_unowned or deployment.replicas == 0  # a write of 0 leaves no owner
        return deployment.replicas_manager in OWN_MANAGERS


@dataclass(frozen=True, slots=True)
class Applied:
    """What is known of a pool's Deployment from the changes of earlier passes."""

    deployment: Deployment | None = None
    """As the last pass left it."""
    unanswered: tuple[ScaleRequest, ...] = ()
    """Changes of replicas of which it is not known whether they happened."""
    owned_generation: int | None = None
    """The generation of the Deployment at which its replicas were given an owner, or could not be."""
    slot_question: SlotQuestion | None = None
    """The last question whether slots could be written, with its answer."""
    claimed_at: float | None = None
    """When the pool last tried to name itself on the Deployment."""


@dataclass(slots=True)
class Journal:
    """What a pass changed, or may have changed. It is kept however the pass ends."""

    memory: Memory
    """What the next decision remembers."""
    applied: Applied = field(default_factory=Applied)
    actions: list[ScaleAction] = field(default_factory=list)
    """Changes of replicas that happened, or turned out to have happened, in this pass."""

    def note_unanswered(self, request: ScaleRequest) -> None:
        """Remembers a request without an answer, until a later reading of the Deployment shows what became of it."""
        self.applied = replace(self.applied, unanswered=(*self.applied.unanswered, request)[-MAX_UNANSWERED:])

    def note_applied(self, deployment: Deployment) -> None:
        """Remembers the Deployment as the pass leaves it."""
        self.applied = replace(self.applied, deployment=deployment)

    def note_scaled(self, action: ScaleAction) -> None:
        """Records a change that happened; it answers every request before it."""
        self.applied = replace(self.applied, unanswered=())
        self.memory = self.memory.record(action)
        self.actions.append(action)

    def settle(self, deployment: Deployment) -> bool:
        """Records the request without an answer that this reading of the Deployment shows to have happened.

        Returns:
            Whether there is one: then its replicas were not set by others.
        """
        for request in self.applied.unanswered:
            if request.happened(deployment):
                self.note_scaled(request.action)
                return True
        return False
