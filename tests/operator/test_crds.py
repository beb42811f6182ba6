"""At its start, and again and again, the operator compares the CRDs of the cluster with its own."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from controller.api.condition_reasons import Ready
from controller.api.crd import CrdStamp, own_stamps
from controller.cluster.errors import ClusterUnavailableError, ForbiddenError
from controller.operator import crds
from controller.operator.crds import compare_crds, keep_comparing
from controller.operator.report.reporter import Reporter

NOTHING: Any = None


@pytest.fixture
def reporter() -> Reporter:
    """Of an operator that has not compared yet."""
    return Reporter(NOTHING, lambda: 0.0)


def served(monkeypatch: pytest.MonkeyPatch, answer: Mapping[str, CrdStamp] | Exception) -> None:
    """Let the API server give these stamps."""

    async def read(*_: object) -> Mapping[str, CrdStamp]:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(crds, "read_stamps", read)


def said(reporter: Reporter) -> str | None:
    """What `Ready` of a pool with nothing worse says."""
    return reporter.crd.message if reporter.crd else None


async def test_an_older_crd_is_one_line_until_it_is_applied(
    reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is compared again and again while it differs, and said once; then `Ready` no longer says it."""
    served(monkeypatch, {})
    with capture_logs() as lines:
        await compare_crds(NOTHING, reporter)
        await compare_crds(NOTHING, reporter)
    (line,) = lines
    assert (line["log_level"], line["event"], line["reason"]) == ("warning", "crds_differ", Ready.CRD_OUTDATED)
    assert "kubectl apply -f crds/" in line["message"]
    assert said(reporter) == line["message"]
    served(monkeypatch, own_stamps())
    with capture_logs() as lines:
        await compare_crds(NOTHING, reporter)
    assert [line["event"] for line in lines] == ["crds_agree"]
    assert said(reporter) is None


async def test_without_the_right_to_read_crds_it_works_all_the_same(
    reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an installation for one namespace; the log says that it was not compared."""
    served(monkeypatch, ForbiddenError("Could not read CRD: forbidden."))
    with capture_logs() as lines:
        await compare_crds(NOTHING, reporter)
    assert [(line["log_level"], line["event"]) for line in lines] == [("info", "crds_not_compared")]
    assert said(reporter) is None


async def compared(reporter: Reporter, monkeypatch: pytest.MonkeyPatch, answer: Exception) -> int:
    """How often CRDs are read in a while in which the API server gives this answer."""
    reads = 0

    async def read(*_: object) -> dict[str, CrdStamp]:
        nonlocal reads
        reads += 1
        raise answer

    monkeypatch.setattr(crds, "read_stamps", read)
    monkeypatch.setattr(crds, "COMPARE_SECONDS", 0.0)
    comparing = asyncio.create_task(keep_comparing(NOTHING, reporter))
    for _ in range(100):
        await asyncio.sleep(0)
    comparing.cancel()
    return reads


async def test_a_running_operator_compares_again_unless_it_may_not(
    reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An API server that is away may be back; a right that is missing is not asked for every few seconds."""
    assert await compared(reporter, monkeypatch, ClusterUnavailableError("away")) > 1
    assert await compared(reporter, monkeypatch, ForbiddenError("no")) == 1
