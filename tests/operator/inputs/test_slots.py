"""What the decision gets to know of the slot variables."""

from controller.cluster.objects import Container
from controller.operator.inputs.slots import slot_variables
from controller.operator.passes import Target
from controller.scaling.observation import SlotVariables
from tests.operator.builders import deployment, env, target
from tests.scaling.builders import spec

TASK = {"type": "Activity", "slotsEnvVar": "SLOTS", "tuning": {"minSlots": 5, "maxSlots": 40}}
TUNED = spec(taskQueues=[{"name": "orders", "tasks": [TASK]}])


def test_the_decision_sees_the_variables_of_the_template() -> None:
    """Values, whose they are, and whether the moment is free; one that gives no number is not in it."""
    owned = deployment(applied_env=frozenset({("worker", "SLOTS"), ("other", "ELSE")}), updated_replicas=1)
    seen = slot_variables(TUNED, Target(owned, Container("worker", env(SLOTS="12"))), unsafe="no readiness probe")
    assert seen == SlotVariables(
        values={"SLOTS": 12},
        owned=frozenset({"SLOTS"}),
        rolling_out=True,
        is_free_moment=True,
        unsafe="no readiness probe",
    )
    assert slot_variables(TUNED, target(deployment()), unsafe=None) == SlotVariables()
