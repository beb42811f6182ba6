"""The slots that are planned with where not the slots are the limit."""

UTILIZATION = 0.85
"""Share of the slots, or of a replica's capacity, that is planned with where it was measured to be the limit."""


def slots_to_let_through(rate_per_second: float, service_seconds: float) -> float:
    """The slots for tasks that get through at a rate which replicas do not change, at the utilization planned with."""
    return max(rate_per_second * service_seconds, 1.0) / UTILIZATION


def effective_slots(slots_per_replica: int, capacity_per_second: float | None, service_seconds: float) -> float:
    """The tasks that one replica really runs at once: its slots, or what its pollers keep in use."""
    if capacity_per_second is None:
        return float(slots_per_replica)
    return max(0.01, min(slots_per_replica, UTILIZATION * capacity_per_second * service_seconds))
