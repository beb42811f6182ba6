"""The laws by the names by which they are called for."""

from collections.abc import Callable

from controller.scaling.simulation.laws import Law, TemporalWorkerPools, pool_spec
from controller.scaling.simulation.rivals import HpaOnCpu, Keda, Wci, WorkInSystem
from controller.scaling.simulation.world import World


def ours(world: World) -> Law:
    """The law of this project with the objective of the world."""
    return TemporalWorkerPools(pool_spec(world), world.poll_seconds)


RIVALS: dict[str, Callable[[World], Law]] = {
    "hpa": HpaOnCpu,
    "keda": Keda,
    "wci": Wci,
    "work-in-system": WorkInSystem,
}
"""Every rival, with the settings that it has by default."""

LAWS: dict[str, Callable[[World], Law]] = {**RIVALS, "ours": ours}
"""The rivals, and the law of this project."""
