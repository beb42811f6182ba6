"""Step 5: the slots that will be in use when a replica that is requested now is ready."""

from dataclasses import replace
from math import exp, log

from controller.scaling.deadline.arrivals import Estimate
from controller.scaling.reasons import StepReason
from controller.scaling.text import number, per_second

LATE_TASKS_SHARE, WAITING_SHARE = 0.05, 0.25
"""Share of the tasks that may start late, and share that waits at all where the slots about suffice."""


def load(
    slots_used: float, rate_per_second: float, service_seconds: float, reaction_seconds: float, *, saturated: bool
) -> Estimate:
    """The load a in slots, after the reaction time h.

    U e^(-h/T) + lambda T (1 - e^(-h/T)): of the tasks that run now a share still runs, and what arrives takes the
    place of the rest. Short tasks give lambda T (Little's law), long ones what is running. While a backlog stands
    that is not held back elsewhere (`saturated`), the slots of short tasks are free again by then: lambda T.
    """
    steady = rate_per_second * service_seconds
    arriving = f"{per_second(rate_per_second)} of {service_seconds:.3g} s"
    if saturated and service_seconds <= reaction_seconds:
        message = f"{arriving} fill {number(steady)} slots." if rate_per_second else "No task arrives."
        return Estimate(steady, StepReason.LOAD_OF_ARRIVALS, message)
    remaining = exp(-reaction_seconds / service_seconds)
    slots = slots_used * remaining + steady * (1 - remaining)
    running, new = slots_used * remaining, steady * (1 - remaining)
    message = (
        f"{number(slots)} slots will be in use in {reaction_seconds:.0f} s: {number(running)} of the {slots_used:.0f} "
        f"in use now, and {number(new)} by {arriving}."
    )
    if not slots:
        message = "No task runs or arrives."
    return Estimate(slots, StepReason.LOAD, message)


def with_reserve(coming: Estimate, service_seconds: float, objective_seconds: float) -> Estimate:
    """The load with the slots that keep chance from making tasks late, where no new replica could help them any more.

    Of Poisson arrivals at c slots the share C e^(-(c - a) D / T) waits longer than D (Erlang's formula), here solved
    for c - a. Where D is shorter than T, the reserve is that for D = T.
    """
    if coming.value < 1:
        return coming
    slots = log(WAITING_SHARE / LATE_TASKS_SHARE) * min(1.0, service_seconds / objective_seconds)
    message = f"{coming.message.removesuffix('.')}, and {number(slots)} are in reserve."
    return replace(coming, value=coming.value + slots, message=message)
