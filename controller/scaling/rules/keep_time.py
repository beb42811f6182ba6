"""Up at once, down by keep time.

Whether to keep a replica that is not wanted is the ski-rental problem: keeping it costs by the second, letting it go
costs a start if it is wanted again. To keep it for as long as a start takes costs at most twice the best plan in
hindsight; the randomised rule (Karlin et al., 1990), here its quantiles, at most e / (e - 1) times. While load goes on,
what it steadily asks for is kept for a window of the server's rates longer: these are restless, and each replica that
goes may take a task with it that the server was just handing over.
"""

from dataclasses import replace
from math import e, exp, floor
from statistics import median_low

from controller.scaling.decision import Need, Proposal, Situation
from controller.scaling.idle_times import IdleGap
from controller.scaling.memory import Wanted
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.server_times import RATE_SECONDS
from controller.scaling.text import are, counted


def keep_time(situation: Situation, proposal: Proposal) -> Proposal:
    """Raises at once; keeps replicas that were wanted a short while ago, and all while a backlog stands."""
    need, current = proposal.need, situation.observation.replicas
    if need is None:
        return proposal
    if not situation.memory.wanted:
        return _first_pass(situation, proposal, need)
    proposal = _remember(situation, proposal, need)
    wanted = proposal.replicas
    if wanted >= current:
        return proposal.step(Rule.PACE, StepReason.UP_AT_ONCE, f"{are(wanted, 'replica')} wanted, {current} are there.")
    if need.stands:
        message = f"{are(wanted, 'replica')} wanted, but none of the {current} goes while a backlog stands."
        return proposal.step(Rule.PACE, StepReason.BACKLOG_STANDS, message, current)
    return _lower(situation, proposal, need)


def _lower(situation: Situation, proposal: Proposal, need: Need) -> Proposal:
    """Lets replicas go whose keep time is over, and that no return of the load is expected to need."""
    wanted, current, gap = proposal.replicas, situation.observation.replicas, proposal.memory.idle_gap
    kept = kept_replicas(proposal.memory.wanted, need, situation.now, current)
    warm = min(current, _kept_warm(gap, need, situation.now))
    figures, keep_time = are(wanted, "replica"), f"keep time of {need.start_up_seconds:.0f} s"
    if warm > max(wanted, kept):
        message = (
            f"{figures} wanted, {warm} stay for the load to come back: it did after {gap.seconds:.0f} s, and a start "
            "takes longer than the objective allows."
        )
        return proposal.step(Rule.PACE, StepReason.KEPT_WARM, message, warm)
    if kept > wanted:
        return proposal.step(Rule.PACE, StepReason.KEPT, f"{figures} wanted; kept at {kept} for the {keep_time}.", kept)
    message = f"{figures} wanted, and no more were within the {keep_time}."
    return proposal.step(Rule.PACE, StepReason.KEEP_TIME_OVER, message)


def _kept_warm(gap: IdleGap, need: Need, now: float) -> int:
    """The replicas that wait for a load that is expected back sooner than a start could serve it."""
    return gap.kept_replicas(now) if need.orders_are_late else 0


def _first_pass(situation: Situation, proposal: Proposal, need: Need) -> Proposal:
    """The replicas that are there count as just needed, and none is added unless a backlog stands."""
    current = situation.observation.replicas
    replicas = max(current, proposal.replicas) if need.stands else current
    message = f"The first pass: the number that is there counts as just needed, {counted(current, 'replica')}."
    proposal = proposal.step(Rule.PACE, StepReason.JUST_STARTED, message, replicas)
    return _remember(situation, proposal, replace(need, steady_replicas=current))


def _remember(situation: Situation, proposal: Proposal, need: Need) -> Proposal:
    """Notes what is wanted, and the lulls of the load, which is not known while the time that a task takes is not."""
    gap, steady = situation.memory.idle_gap, need.steady_replicas
    # The rates of a load that is back rise over some windows: who waited for it counts as wanted, or would go just now.
    waited = min(gap.back(steady), situation.observation.replicas) if need.orders_are_late else 0
    entry = Wanted(situation.now, max(proposal.replicas, waited), max(steady, waited), need.assumed)
    memory = proposal.memory.want(entry, need.start_up_seconds + RATE_SECONDS)
    if not need.assumed:
        typical = median_low(wanted.steady_replicas for wanted in memory.wanted if not wanted.assumed)
        memory = replace(memory, idle_gap=gap.observe(steady, typical, situation.now))
    return replace(proposal, memory=memory)


def kept_replicas(history: tuple[Wanted, ...], need: Need, now: float, current: int) -> int:
    """The number up to which replicas are still within their keep time.

    Args:
        history: What was wanted, oldest first, the number of now included.
        need: What is wanted now.
        now: Seconds since the Unix epoch.
        current: Replicas that are there.
    """
    wanted = kept = history[-1].replicas
    start, longer = need.start_up_seconds, need.start_up_seconds + (RATE_SECONDS if need.steady_replicas else 0.0)
    lately = [entry for entry in history if now - entry.at <= longer and (need.assumed or not entry.assumed)]
    bought = [(entry, entry.replicas, start) for entry in lately if now - entry.at <= start]
    held = [*bought, *((entry, entry.steady_replicas, longer) for entry in lately)]
    peak = max((replicas for _, replicas, _ in held), default=wanted)
    for entry, replicas, seconds in held:
        kept = max(kept, min(replicas, peak + 1 - first_kept(now - entry.at, seconds, peak - wanted)))
    return max(wanted, min(kept, current))


def first_kept(age_seconds: float, keep_seconds: float, surplus: int) -> int:
    """The first position of a surplus that is still kept; those before it have gone, the first ones first.

    Position j of m goes after the (j - 0.5) / m quantile of the randomised rule's moment, whose density is
    e^x / (e - 1) on [0, 1]: after ln(1 + (e - 1)(j - 0.5) / m) of the keep time, here solved for j.
    """
    share = min(age_seconds / keep_seconds, 1.0) if keep_seconds > 0 else 1.0
    return floor(surplus * (exp(share) - 1) / (e - 1) + 0.5) + 1
