"""Workers that don't poll: more of them would be of no use.

Pods that are ready and have never asked for the tasks that wait are of the wrong queue, type or Temporal namespace, or
can't reach Temporal. Replicas do not rise for such tasks; one replica is what it takes to see whether they poll.
"""

from controller.scaling.decision import Proposal, Situation
from controller.scaling.observation import TaskQueueObservation, Unknown
from controller.scaling.reasons import Reason, Rule
from controller.scaling.words import are


def unpolled(situation: Situation, proposal: Proposal) -> Proposal:
    """Holds growth while tasks wait only where nobody polls."""
    queues, current = situation.observation.task_queues, situation.observation.replicas
    idle = [queue for queue in queues if queue.unpolled_since is not None]
    if not idle or proposal.replicas <= current or any(_waits(queue) for queue in queues if queue not in idle):
        return proposal
    names = ", ".join(queue.name for queue in idle)
    message = (
        f"{are(proposal.replicas, 'replica')} wanted, but none of the ready pods has ever polled {names}: {current}."
    )
    return proposal.step(Rule.WORKERS_POLLING, Reason.NOT_POLLING, message, current)


def _waits(queue: TaskQueueObservation) -> bool:
    return isinstance(queue.statistics, Unknown) or queue.statistics.backlog > 0
