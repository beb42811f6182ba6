"""A run's files."""

from pathlib import Path

from bench.real.recording import Attempt, Pod, Recording, ReplicaChange, Statistics, Task, read, write

RECORDING = Recording(
    [
        Task(0.25, 2, (Attempt(4.5, 6.5),)),
        Task(1.5, 2, (Attempt(5, 6, cancelled=True), Attempt(7.25)), "Workflow"),
        Task(2, 60),
    ],
    [Pod(4, 8.5, 60, 61.25), Pod(4.5)],
    [ReplicaChange(0, 0), ReplicaChange(3.75, 2)],
    [Statistics(1, 0, 0, 0, 3, 0.75, 0.5, 0)],
)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    """Attempts with and without an end, pods that never became ready."""
    write(tmp_path / "run", RECORDING)
    found = read(tmp_path / "run")
    assert list(found.tasks) == list(RECORDING.tasks)
    assert list(found.pods) == list(RECORDING.pods)
    assert list(found.replica_changes) == list(RECORDING.replica_changes)
    assert list(found.statistics) == list(RECORDING.statistics)


def test_an_older_recording_has_no_orders_and_no_types(tmp_path: Path) -> None:
    """Its tasks are activities."""
    (tmp_path / "tasks.csv").write_text("arrived_seconds,task_seconds,attempts\n0.04,2.0,start@14.59 end@16.59\n")
    (tmp_path / "pods.csv").write_text("created_seconds,ready_seconds,deleted_seconds,gone_seconds\n10.8,14.5,,\n")
    found = read(tmp_path)
    assert list(found.tasks) == [Task(0.04, 2, (Attempt(14.59, 16.59),))]
    assert list(found.pods) == [Pod(10.8, 14.5)]
    assert not found.replica_changes
