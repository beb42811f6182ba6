"""At its start the operator compares the CRDs of the cluster with its own."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from controller.api.condition_reasons import Ready
from controller.api.crd import CrdStamp, own_stamps
from controller.cluster.errors import ForbiddenError
from controller.operator import crds
from controller.operator.crds import compare_crds
from controller.operator.report.reporter import Reporter

NOTHING: Any = None


@pytest.fixture
def reporter() -> Reporter:
    """Of an operator that has not compared yet."""
    return Reporter(NOTHING, lambda: 0.0)


def served(monkeypatch: pytest.MonkeyPatch, answer: dict[str, CrdStamp] | Exception) -> None:
    """Let the API server give these stamps."""

    async def read(*_: object) -> dict[str, CrdStamp]:
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
    assert lines == []
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
