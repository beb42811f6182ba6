"""The slots that workers report by their heartbeats: what runs now, which no backlog shows."""

from dataclasses import dataclass

from controller.scaling.observation import SlotReport


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """What one worker (one task queue of one process) last said of itself."""

    host_name: str
    """Host name of the worker's process: in Kubernetes that of its pod."""
    worker_identity: str
    """Identity of the worker as Temporal shows it, by default `<process id>@<host name>`."""
    slots: tuple[SlotReport, ...]
    """One report for each type of slots that the worker has."""
