"""Small worlds of which one can say by hand what has to happen."""

from collections.abc import Sequence
from typing import Any

from controller.scaling.observation import Observation
from controller.simulator.laws import Order
from controller.simulator.outcome import Outcome
from controller.simulator.simulation import simulate
from controller.simulator.tasks import Task
from controller.simulator.world import World


def world(tasks: Sequence[Task], **changes: Any) -> World:
    """A world of these tasks: one slot for each replica, which is ready at once unless the world says otherwise."""
    settings: dict[str, Any] = {"slots": 1, "objective_seconds": 10, "start_up_seconds": 1e-6, "tail_seconds": 100}
    return World("small", "a small world", lambda _: list(tasks), **(settings | changes))


class Script:
    """A law that gives its orders one after the other, the last one forever, and keeps what it saw."""

    def __init__(self, *orders: Order | int | None, poll_seconds: float = 10) -> None:
        self.poll_seconds = poll_seconds
        self.seen: list[Observation] = []
        self._orders = [order if isinstance(order, Order) else Order(order) for order in orders]

    def order(self, observation: Observation, _now: float) -> Order:
        """The next order of the script."""
        self.seen.append(observation)
        return self._orders[min(len(self.seen), len(self._orders)) - 1]


def play(played: World, law: Script) -> Outcome:
    """One run."""
    return simulate(played, law, "script")
