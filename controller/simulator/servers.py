"""How the servers and workers around a pool behave: in a plain form, and as it was measured on real ones."""

from dataclasses import dataclass

Span = tuple[float, float]
"""From so many seconds to so many, each equally likely."""


@dataclass(frozen=True, slots=True)
class Servers:
    """What stands between what happens and what a scaler sees of it. The defaults are the plain form."""

    ready_lag_seconds: Span = (0, 0)
    """How long a pod has taken tasks before it is ready."""
    reports_from_start: bool = False
    """Whether a worker reports as it starts (nothing in use), then in step with its start, and once more as it begins
    to shut down; else the first report comes one interval after the start."""
    starts_silent: bool = False
    """Whether the report that a worker makes as it starts lacks its slots: seen of the Python SDK 1.35, which lists
    those of a task type once it polls for it."""
    whole_seconds: bool = False
    """Whether the times of a pod are given in whole seconds, rounded down, as Kubernetes does."""
    cache_on_demand: bool = False
    """Whether statistics are renewed by the first read that finds them 5 s old; else each 5 s, read or not."""
    partitions: int = 1
    """Of a task queue; with several of them tasks don't start quite in the order in which they came."""
    counts_in_buckets: bool = False
    """Whether rates are counted in buckets of 5 s and divided by the time since the first task; else by windows."""
    ranks_pods: bool = False
    """Whether the ReplicaSet takes victims by its own order, with the deletion costs of an earlier poll; else the
    scaler names them."""
    gives_start_up: bool = True
    """Whether the observation has the mean start-up; else it has to be learned from the pods."""
    start_up_cv: float = 0.3
    """Coefficient of variation of start-up times, which are lognormal."""
    order_seconds: Span = (0, 0)
    """From the order of replicas until pods are created or asked to stop."""
    create_seconds: float = 0
    """From the creation of one pod of an order to that of the next."""
    stop_seconds: Span = (0, 0)
    """From the end of the last task of a pod that was asked to stop until the pod is gone."""
    hand_over_seconds: float = 0
    """From the end of a task until its slot can take the next one."""
    retry_seconds: float = 30
    """From the end of a task that was cut short until it is tried again."""
    poll_jitter_seconds: float = 0
    """By how much the pause between two polls is longer than planned, at most."""
    read_each_seconds: float | None = None
    """How often somebody else reads the statistics, which keeps the server's cache warm; `None`: nobody does."""


PLAIN = Servers()
"""The form in which the first worlds are."""

MEASURED = Servers(
    ready_lag_seconds=(0, 1.5),
    reports_from_start=True,
    whole_seconds=True,
    cache_on_demand=True,
    partitions=4,
    counts_in_buckets=True,
    ranks_pods=True,
    gives_start_up=False,
    start_up_cv=0.1,
    order_seconds=(0.1, 0.3),
    create_seconds=0.05,
    stop_seconds=(0.1, 1.1),
    hand_over_seconds=0.1,
    retry_seconds=1,
    poll_jitter_seconds=0.3,
)
"""Kubernetes 1.37 and Temporal 1.32 with workers of the Python SDK 1.35, on two busy cores."""
