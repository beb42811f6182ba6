"""What is recorded can be replayed, stays within its bounds, and never stops a pass."""

from dataclasses import replace
from pathlib import Path

import pytest

from controller.operator.passes import PassResult
from controller.operator.report import recorder as module
from controller.operator.report.recorder import Recorder
from controller.scaling.decision import Situation
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.recording import replay
from tests.operator.builders import deployment
from tests.scaling.builders import NOW, observation, queue, spec

KEY = ("prod", "orders")


class _Pool:
    """A pool that is decided on again and again."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.memory = Memory()
        self.now = NOW
        self.max_replicas = 20

    def turn(self, backlog: int = 30) -> None:
        """One pass, whose decision is carried out."""
        pool = spec(maxReplicas=self.max_replicas)
        seen = observation(queue(backlog), replicas=1, observed_at=self.now)
        result = PassResult.of(Situation(pool, seen, self.memory, self.now), deployment())
        action = ScaleAction(self.now, 1, result.decision.desired_replicas, "Demand", "30 wait.")
        result = replace(result, action=action)
        self.memory = result.memory
        self.recorder.record(KEY, result)
        self.now += 15


def _lines(folder: Path) -> list[str]:
    return (folder / "prod.orders.jsonl").read_text().splitlines()


def test_a_recording_is_replayed_bit_by_bit(tmp_path: Path) -> None:
    """Over a changed spec, and a memory that was shifted because a clock was set."""
    pool = _Pool(Recorder(tmp_path / "new" / "folder"))
    for backlog in (30, 90, 0):
        pool.turn(backlog)
    pool.max_replicas = 5
    pool.turn(200)
    pool.memory, pool.now = pool.memory.shifted(-1200), pool.now - 1200
    pool.turn(10)
    replays = list(replay(_lines(tmp_path / "new" / "folder")))
    assert len(replays) == 5
    assert all(replayed.is_same for replayed in replays)


def test_a_restarted_operator_goes_on_in_the_same_file(tmp_path: Path) -> None:
    """With a start of its own."""
    for _ in range(2):
        _Pool(Recorder(tmp_path)).turn()
    assert [replayed.is_same for replayed in replay(_lines(tmp_path))] == [True, True]


def test_a_recording_never_takes_more_than_twice_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file can be replayed by itself."""
    monkeypatch.setattr(module, "MAX_BYTES", 30_000)
    pool = _Pool(Recorder(tmp_path))
    for _ in range(50):
        pool.turn()
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["prod.orders.1.jsonl", "prod.orders.jsonl"]
    assert all(file.stat().st_size <= 30_000 for file in files)
    assert all(replayed.is_same for file in files for replayed in replay(file.read_text().splitlines()))


def test_a_folder_that_cannot_be_written_stops_no_pass(tmp_path: Path) -> None:
    """The disk may be full; once it is not, a recording begins anew."""
    folder = tmp_path / "records"
    pool = _Pool(Recorder(folder))
    folder.rmdir()
    folder.touch()
    pool.turn()
    folder.unlink()
    folder.mkdir()
    pool.turn()
    assert all(replayed.is_same for replayed in replay(_lines(folder)))


def test_a_pool_that_was_made_anew_begins_anew(tmp_path: Path) -> None:
    """Its memory has nothing of the first one's."""
    recorder = Recorder(tmp_path)
    _Pool(recorder).turn()
    recorder.forget(KEY)
    _Pool(recorder).turn()
    assert [line.count('"kind":"start"') for line in _lines(tmp_path)] == [1, 0, 1, 0]
