"""The question of one pass, taken as far as it can be, and its answer."""

from dataclasses import replace

from controller.scaling.deadline.bottleneck.experiment import ask, judge_experiment, judge_removal
from controller.scaling.deadline.bottleneck.finding import Finding, finding, rate_limited
from controller.scaling.deadline.bottleneck.known_limit import doubt_limit, note_limit
from controller.scaling.deadline.bottleneck.look import Look
from controller.scaling.deadline.bottleneck.memory import Bottleneck, Phase, note


def bottleneck(memory: Bottleneck, look: Look) -> tuple[Finding, Bottleneck]:
    """Answers the question with what is known now, and what to remember."""
    memory = note(memory, look)
    if look.statistics.rate_limiting_active:
        return rate_limited(look), replace(note_limit(memory, look), phase=Phase.NONE, idle_polls=0)
    memory = _go_on(_end(memory, look), look)
    memory = note_limit(memory, look) if memory.phase == Phase.ELSEWHERE else doubt_limit(memory, look)
    return finding(memory, look), memory


def _end(memory: Bottleneck, look: Look) -> Bottleneck:
    """A question ends when nothing waits any more, or with a burst, which no known limit explains."""
    if memory.phase == Phase.NONE:
        return memory
    if _is_burst(memory, look):
        return replace(memory, phase=Phase.NONE, limit_per_second=None)
    return memory if look.backlog.stands else replace(memory, phase=Phase.NONE)


def _is_burst(memory: Bottleneck, look: Look) -> bool:
    """Whether the slots fill while the backlog is twice what it was: then replicas are what is missing."""
    return look.slots_full and look.backlog.tasks >= 2 * memory.backlog_before


def _go_on(memory: Bottleneck, look: Look) -> Bottleneck:
    """Takes the question one pass further, from the phase in which it stands."""
    if memory.phase == Phase.EXPERIMENT:
        return judge_experiment(memory, look)
    if memory.phase == Phase.ELSEWHERE:
        return judge_removal(memory, look)
    return ask(memory, look)
