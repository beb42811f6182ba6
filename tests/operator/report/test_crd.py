"""A CRD that is not of the operator's version is named, with the command that fixes it."""

import pytest

from controller.api.condition_reasons import Ready
from controller.api.crd import CrdStamp
from controller.operator.report.crd import crd_difference

OWN = {"pools": CrdStamp("0.9.0", "aaaa"), "connections": CrdStamp("0.9.0", "bbbb")}


def test_the_same_schema_is_no_difference_whatever_its_version_is_called() -> None:
    """A release that changed no schema needs no new CRD."""
    assert crd_difference(OWN, OWN) is None
    assert crd_difference(OWN, OWN | {"pools": CrdStamp("0.8.0", "aaaa")}) is None


@pytest.mark.parametrize(
    ("served", "reason", "words"),
    [
        (
            CrdStamp("0.8.9", "cccc"),
            Ready.CRD_OUTDATED,
            "CRD pools is of version 0.8.9, and the operator is of version",
        ),
        (CrdStamp("", ""), Ready.CRD_OUTDATED, "CRD pools names no version"),
        (CrdStamp("0.9.0", "cccc"), Ready.CRD_OUTDATED, "CRD pools has another schema than version 0.9.0"),
        (CrdStamp("0.10.0", "cccc"), Ready.CRD_NEWER, "CRD pools is of version 0.10.0, and the operator is of version"),
    ],
)
def test_another_schema_is_older_or_newer(served: CrdStamp, reason: Ready, words: str) -> None:
    """By version, as numbers; without a way to say it, what is not the operator's own is the older one."""
    difference = crd_difference(OWN, OWN | {"pools": served})
    assert difference is not None
    assert difference.reason is reason
    assert difference.message.startswith(words)
    command = "kubectl apply -f crds/" if reason is Ready.CRD_OUTDATED else "operator=temporal-worker-pools:0.10.0"
    assert command in difference.message


def test_a_crd_that_is_not_there_is_the_older_one() -> None:
    """As the one for connections, where an earlier version had none."""
    difference = crd_difference(OWN, {"pools": OWN["pools"]})
    assert difference is not None
    assert difference.reason is Ready.CRD_OUTDATED
    assert difference.message.startswith("CRD connections names no version")
