"""Writes down what pools see and decide (`--record`), a file for each, for `twp replay`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from controller.api.spec import TemporalWorkerPoolSpec
from controller.operator.passes import PassResult
from controller.operator.pool import PoolKey
from controller.scaling.decision import Situation
from controller.scaling.memory import Memory
from controller.scaling.recording import memory_line, poll_line, spec_line, start_line

log = structlog.get_logger()

MAX_BYTES: Final = 16 * 1024 * 1024
"""Size from which on a file is set aside, in place of the one that was set aside before, and begun anew."""


@dataclass(slots=True)
class _Open:
    """The recording of one pool as it stands."""

    spec: TemporalWorkerPoolSpec
    memory: Memory
    """What a replay would decide with next."""


class Recorder:
    """Records pools into a folder: no more than twice `MAX_BYTES` for each, and no credentials, which no spec has."""

    def __init__(self, folder: Path) -> None:
        """Writes into this folder, and makes it if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._open: dict[str, _Open] = {}
        self._failed = False

    def record(self, key: PoolKey, result: PassResult) -> None:
        """Writes what was decided on, and what became of it; the next decision is made with its memory."""
        name = "/".join(key)
        try:
            self._record(name, result.situation, poll_line(result.situation, result.decision, result.action))
        except OSError as error:
            self._complain(error)
            return
        self._failed = False
        self._open[name].memory = result.memory

    def forget(self, key: PoolKey) -> None:
        """The pool is gone; its file stays."""
        self._open.pop("/".join(key), None)

    def _record(self, name: str, situation: Situation, poll: str) -> None:
        file = self._folder / f"{name.replace('/', '.')}.jsonl"
        text = (self._before(name, situation) + poll).encode()
        if file.exists() and file.stat().st_size + len(text) > MAX_BYTES:
            file.replace(file.with_suffix(".1.jsonl"))
            self._open.pop(name, None)
            text = (self._before(name, situation) + poll).encode()
        with file.open("ab") as lines:
            lines.write(text)

    def _before(self, name: str, situation: Situation) -> str:
        """The lines that a replay needs before a poll: how it begins, or what was changed since the last one."""
        known = self._open.get(name)
        self._open[name] = _Open(situation.spec, situation.memory)
        if known is None:
            return start_line(name, situation.spec, situation.memory)
        changed = spec_line(situation.spec) if known.spec != situation.spec else ""
        return changed + (memory_line(situation.memory) if known.memory is not situation.memory else "")

    def _complain(self, error: OSError) -> None:
        """Says once that nothing is recorded; the pools are scaled all the same."""
        self._open.clear()
        if not self._failed:
            log.warning("not_recorded", folder=str(self._folder), error=str(error))
        self._failed = True
