"""The laws by the names by which they are called for."""

from collections.abc import Callable

from controller.simulator.laws import Law, TemporalWorkerPools, pool_spec
from controller.simulator.rivals import HpaOnCpu, Keda, KedaTuned, Wci, WorkInSystem
from controller.simulator.world import World


def ours(world: World) -> Law:
    """The law of this project with the objective of the world."""
    return TemporalWorkerPools(pool_spec(world), world.poll_seconds)


def ours_each(poll_seconds: float) -> Callable[[World], Law]:
    """The same, which polls at even distances whatever it decides."""
    return lambda world: TemporalWorkerPools(pool_spec(world), poll_seconds, sets_pace=False)


RIVALS: dict[str, Callable[[World], Law]] = {
    "hpa": HpaOnCpu,
    "keda": Keda,
    "keda-tuned": KedaTuned,
    "wci": Wci,
    "work-in-system": WorkInSystem,
}
"""Every rival, with the settings that it has by default."""

LAWS: dict[str, Callable[[World], Law]] = {**RIVALS, "ours": ours, "ours-each-5s": ours_each(5)}
"""The rivals, and the law of this project: at its own pace, and with a poll each 5 s."""

COMPARED = (*RIVALS, "ours")
"""The laws of the table."""
