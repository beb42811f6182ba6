"""What `Ready` and the log say where the CRDs of the cluster are not those of this operator."""

import re
from collections.abc import Mapping
from typing import Final

from controller.api.condition_reasons import Ready
from controller.api.crd import NO_STAMP, CrdStamp
from controller.operator.passes import ConditionUpdate

_EFFECT: Final = {
    Ready.CRD_OUTDATED: "the API server drops fields that it does not know",
    Ready.CRD_NEWER: "the operator ignores fields that it does not know",
}


def crd_difference(own: Mapping[str, CrdStamp], served: Mapping[str, CrdStamp]) -> ConditionUpdate | None:
    """That a CRD is of another version than the operator, with the command that fixes it; `None` if none is.

    Args:
        own: What this operator was made with, by the name of the CRD.
        served: What the cluster has; a CRD that is not there is not in it.
    """
    for name, mine in own.items():
        its = served.get(name, NO_STAMP)
        if its.schema_hash != mine.schema_hash:
            return _differs(name, mine.release, its)
    return None


def _differs(name: str, release: str, its: CrdStamp) -> ConditionUpdate:
    reason = Ready.CRD_NEWER if _numbers(its.release) > _numbers(release) else Ready.CRD_OUTDATED
    if not its.release:
        said = "names no version"
    elif its.release == release:
        said = f"has another schema than version {release}"
    else:
        said = f"is of version {its.release}"
    fix = (
        f"run the operator of version {its.release}: `kubectl set image -n temporal-worker-pools "
        f"deployment/temporal-worker-pools operator=temporal-worker-pools:{its.release}`"
        if reason is Ready.CRD_NEWER
        else f"apply the CRDs of version {release}: `kubectl apply -f crds/`"
    )
    message = f"CRD {name} {said}, and the operator is of version {release}: {_EFFECT[reason]}. To fix it, {fix}."
    return ConditionUpdate(reason, message)


def _numbers(release: str) -> list[int]:
    """A version in the order of versions: 0.10.0 is newer than 0.9.1."""
    return [int(number) for number in re.findall("[0-9]+", release)[:3]]
