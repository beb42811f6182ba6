"""The number lies between `minReplicas`, or that of a schedule, and `maxReplicas`, whatever was read or not.

Schedules are recurring times in which more replicas are kept. Local time is followed, daylight saving included: an hour
that the clock skips begins when it jumps, one that comes twice begins once. These are the rules of Debian's cron, which
cronsim implements.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from controller.api.spec import DEFAULT_TIME_ZONE, Schedule
from controller.scaling.decision import Proposal, Scheduled, Situation
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import are


class InvalidScheduleError(Exception):
    """A schedule cannot be read: its cron expression or its time zone is wrong."""


def bounds(situation: Situation, proposal: Proposal) -> Proposal:
    """Brings the number within the bounds of the spec and its schedules."""
    for problem in situation.scheduled.problems:
        proposal = proposal.step(Rule.BOUNDS, StepReason.INVALID_SCHEDULE, problem)
    low, high, recommended = situation.min_replicas, situation.spec.max_replicas, proposal.replicas
    if recommended < low > situation.spec.min_replicas:
        message = (
            f'Raised to minReplicas {low} of the schedule "{situation.scheduled.cron}" ({recommended} recommended).'
        )
        return proposal.step(Rule.BOUNDS, StepReason.SCHEDULED, message, low)
    if recommended < low:
        message = f"Raised to minReplicas {low} ({recommended} recommended)."
        return proposal.step(Rule.BOUNDS, StepReason.TOO_FEW_REPLICAS, message, low)
    if recommended > high:
        message = _limited(high, recommended, proposal.needed)
        return proposal.step(Rule.BOUNDS, StepReason.TOO_MANY_REPLICAS, message, high)
    message = f"{are(recommended, 'replica')} within minReplicas {low} and maxReplicas {high}."
    return proposal.step(Rule.BOUNDS, StepReason.DESIRED_WITHIN_RANGE, message)


def _limited(high: int, recommended: int, needed: int) -> str:
    if needed > high:
        return f"Limited to maxReplicas {high}; {needed} replicas would meet the objective."
    return f"Limited to maxReplicas {high} ({recommended} recommended)."


def scheduled(schedules: Sequence[Schedule], now: float) -> Scheduled:
    """What the schedules ask for at a time, in seconds since the Unix epoch."""
    lowest, cron, changes, problems = 0, None, list[float](), list[str]()
    for schedule in schedules:
        try:
            began_at, next_at = occurrences(schedule.cron, schedule.time_zone or DEFAULT_TIME_ZONE, int(now // 60))
        except InvalidScheduleError as error:
            problems.append(str(error))
            continue
        ends_at = began_at + schedule.duration_seconds
        if now < ends_at:
            changes.append(ends_at)
            if schedule.min_replicas > lowest:
                lowest, cron = schedule.min_replicas, schedule.cron
        changes.append(next_at)
    return Scheduled(lowest, cron, min(changes, default=None), tuple(problems))


@lru_cache(maxsize=1024)
def occurrences(cron: str, time_zone: str, minute: int) -> tuple[float, float]:
    """The last occurrence up to a minute, and the next one after it, in seconds since the Unix epoch.

    Cached, since it is the same for all passes of a minute and costs more than the rest of a decision.

    Args:
        cron: Five fields.
        time_zone: IANA name.
        minute: Minutes since the Unix epoch.

    Raises:
        InvalidScheduleError: The expression or the time zone is wrong.
    """
    zone = _zone(cron, time_zone)
    try:
        moment = (datetime.fromtimestamp(0, UTC) + timedelta(minutes=minute)).astimezone(zone)
        after = next(CronSim(cron, moment))
        before = next(CronSim(cron, moment + timedelta(minutes=1), reverse=True))
    except CronSimError as error:
        raise InvalidScheduleError(f'Schedule "{cron}" is ignored: {error}. Correct its cron.') from error
    except (OverflowError, StopIteration) as error:
        raise InvalidScheduleError(f'Schedule "{cron}" is ignored: it does not recur. Correct its cron.') from error
    return before.timestamp(), after.timestamp()


def _zone(cron: str, time_zone: str) -> ZoneInfo:
    """The time zone of that name.

    The database is a tree of files: besides what is not there, a name may be that of a folder, of a list of zones, or
    of nothing that can be a path, and each of these fails in its own way.
    """
    try:
        return ZoneInfo(time_zone)
    except Exception as error:
        message = (
            f'Schedule "{cron}" is ignored: its timeZone {time_zone} is unknown. Use a name such as Europe/Berlin.'
        )
        raise InvalidScheduleError(message) from error
