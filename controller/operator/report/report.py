"""What a pass has to say of a pool, before it is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from controller.api.conditions import ConditionType
from controller.operator.passes import ConditionUpdate, PassResult
from controller.scaling.objective.attainment import Attainment


@dataclass(frozen=True, slots=True)
class Report:
    """What a pass has to say of a pool."""

    updates: tuple[ConditionUpdate, ...]
    """About the conditions that it checked."""
    ready: ConditionUpdate
    """What `Ready` says where nothing else is to know, or why the pass failed."""
    is_failure: bool
    """Whether the pool is not scaled as it should be."""
    result: PassResult | None = None
    """What was decided and changed; `None` where the pass did not come to that."""
    attainment: Attainment = field(default_factory=Attainment)
    """Whether tasks start within the objective."""
    keeps_unchecked: bool = False
    """Whether conditions that the pass did not check stay as they were."""
    target_is_gone: bool = False
    """Whether there is no Deployment, and so no replicas to show."""
    crd: ConditionUpdate | None = None
    """That the CRD of the cluster is of another version than the operator."""
    not_checked: Mapping[ConditionType, str] = field(default_factory=dict)
    """Conditions that could not be checked although the target was found, and why, in a sentence."""
