"""What pods write down about attempts."""

from pathlib import Path

from bench.real.attempts import PodOutput, tasks_since
from bench.real.recording import Attempt, Task


def write(folder: Path, pod: str, *lines: str) -> None:
    """Add to a pod's output."""
    file = folder / pod / "worker.log"
    file.parent.mkdir(exist_ok=True)
    with file.open("a") as opened:
        opened.writelines(lines)


def test_attempts_of_one_task_may_be_in_several_pods(tmp_path: Path) -> None:
    """In the order of their numbers, with the first attempt's arrival."""
    output = PodOutput(tmp_path, "bench")
    write(tmp_path, "bench_b", "start task-00000 2 100.5 112.0\n", "end task-00000 2 100.5 114.0\n")
    output.read()
    write(tmp_path, "bench_a", "start task-00000 1 100.5 105.0\n", "cancelled task-00000 1 100.5 106.0\n")
    output.read()
    assert output.ended == 1
    (task,) = tasks_since(100, output.activities, {"task-00000": 2}, [])
    assert task == Task(0.5, 2, (Attempt(5, 6, cancelled=True), Attempt(12, 14)))


def test_output_that_grows_is_read_once(tmp_path: Path) -> None:
    """A line that is half written waits for its other half; others are passed over."""
    output = PodOutput(tmp_path, "bench")
    write(tmp_path, "bench_a", "Traceback (most recent call last):\n", "start task-00000 1 100.5 10")
    output.read()
    assert not output.activities
    write(tmp_path, "bench_a", "5.0\n")
    output.read()
    output.read()
    assert output.activities["task-00000"].attempts == {1: Attempt(105)}
    assert output.ended == 0


def test_the_pods_of_other_namespaces_are_left_out(tmp_path: Path) -> None:
    """Even of one whose name begins alike."""
    write(tmp_path, "bench-2_a", "start task-00000 1 100.5 105.0\n")
    output = PodOutput(tmp_path, "bench")
    output.read()
    assert not output.activities


def test_tasks_are_in_the_order_of_their_arrival(tmp_path: Path) -> None:
    """Those that never started among them."""
    write(tmp_path, "bench_a", "start task-00001 1 103.0 105.0\n")
    output = PodOutput(tmp_path, "bench")
    output.read()
    tasks = tasks_since(100, output.activities, {"task-00001": 2}, [Task(1, 2), Task(9, 2)])
    assert [task.arrived for task in tasks] == [1, 3, 9]
