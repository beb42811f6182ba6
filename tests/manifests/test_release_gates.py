"""What `kubectl wait`, Flux and Argo CD make of each reason that `Ready` can have: docs/gitops.md, tried out."""

from typing import Any, Final

import pytest
from lupa.lua51 import LuaRuntime

from controller.api.condition_reasons import Ready
from controller.api.crd import worker_pool_crd
from controller.api.status import Condition, ConditionStatus, TemporalWorkerPoolStatus
from controller.operator.passes import ConditionUpdate
from controller.operator.report.conditions import conditions
from controller.operator.report.report import Report
from controller.operator.report.summary import STALLED_SECONDS, TABLE, Row, summarize
from controller.scaling.objective.attainment import Attainment
from controller.scaling.objective.waiting_tasks import WaitingTasks
from localcluster.folders import PROJECT_FOLDER
from tests.manifests.kstatus import compute
from tests.operator.builders import NOW, pool
from tests.scaling.builders import statistics

GENERATION: Final = 3
SCRIPT: Final = (PROJECT_FOLDER / "manifests" / "argocd" / "health.lua").read_text(encoding="utf-8")
LATE: Final = Attainment(10, waiting={"orders": WaitingTasks(statistics=statistics(5, age_seconds=60))})
WELL: Final = ConditionUpdate(Ready.AUTOSCALING, "3 replicas.")


def argo_cd(manifest: dict[str, Any]) -> tuple[str, str]:
    """Health and message by the script, in the Lua that Argo CD has."""
    lua = LuaRuntime()
    lua.globals().obj = lua.table_from(manifest, recursive=True)
    health = lua.execute(SCRIPT)
    return health["status"], health["message"]


def manifest(*made: Condition, generation: int = GENERATION) -> dict[str, Any]:
    """A pool with these conditions, as the API server has it."""
    status = TemporalWorkerPoolStatus(observed_generation=GENERATION, conditions=made)
    return {"metadata": {"name": "orders", "generation": generation}, "status": status.to_manifest()}


def after(row: Row, seconds: float) -> dict[str, Any]:
    """A pool for which a row of the table has been true for so long."""
    report = Report((ConditionUpdate(row.reason, f"{row.reason}."),), WELL, is_failure=False, attainment=LATE)
    if row.reason.condition == "Ready":
        report = Report((), ConditionUpdate(row.reason, f"{row.reason}."), is_failure=False)
    assert summarize(report, {}, NOW).reason in {row.reason, row.shown_as}
    of = pool(generation=GENERATION, objective={"scheduleToStartSeconds": 10})
    return manifest(*conditions(of, report, conditions(of, report, (), NOW), NOW + seconds))


REACHED: Final = [row for number, row in enumerate(TABLE) if row.reason not in [r.reason for r in TABLE[:number]]]
"""Rows whose reason is not taken by an earlier one, as those of single pods are here."""


@pytest.mark.parametrize("row", REACHED, ids=lambda row: f"{row.reason.condition}-{row.reason}")
def test_each_reason_means_to_release_tools_what_the_page_says(row: Row) -> None:
    """What stops is in progress until it needs a person for two minutes; a pool that works is never waited for."""
    now, later = after(row, 0), after(row, STALLED_SECONDS)
    if row.status == ConditionStatus.TRUE:
        expected = ("Current", "Healthy"), ("Current", "Healthy")
    elif row.needs_person:
        expected = ("InProgress", "Progressing"), ("Failed", "Degraded")
    else:
        expected = ("InProgress", "Progressing"), ("InProgress", "Progressing")
    assert tuple((compute(seen), argo_cd(seen)[0]) for seen in (now, later)) == expected
    assert str(row.shown_as or row.reason) in argo_cd(now)[1]


def test_a_pool_that_was_not_reconciled_yet_is_in_progress() -> None:
    """The API server gives a new pool an observed generation of -1: without it, kstatus calls it current."""
    schema = worker_pool_crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    new = {"metadata": {"generation": 1}, "status": schema["properties"]["status"]["default"]}
    assert (compute(new), argo_cd(new)) == (
        "InProgress",
        ("Progressing", "Waiting for the first reconcile by the operator."),
    )
    assert argo_cd({"metadata": {"generation": 1}})[0] == "Progressing"


def test_a_changed_spec_is_in_progress_until_it_was_decided_on() -> None:
    """Also where the last one was well, or stalled."""
    for seconds in (0, STALLED_SECONDS):
        seen = after(REACHED[1], seconds)
        seen["metadata"]["generation"] = GENERATION + 1
        assert (compute(seen), argo_cd(seen)) == (
            "InProgress",
            ("Progressing", "Waiting for the operator to reconcile the changed spec."),
        )


def test_a_pool_that_works_again_is_current_at_once() -> None:
    """Its condition Stalled stays, and is False."""
    stopped = next(row for row in REACHED if row.needs_person)
    report = Report((), ConditionUpdate(stopped.reason, "It is odd."), is_failure=True)
    of = pool(generation=GENERATION)
    first = conditions(of, report, (), NOW)
    stalled = conditions(of, report, first, NOW + STALLED_SECONDS)
    well = manifest(*conditions(of, Report((), WELL, is_failure=False), stalled, NOW + STALLED_SECONDS + 1))
    assert compute(manifest(*stalled)) == "Failed"
    assert (compute(well), argo_cd(well)[0]) == ("Current", "Healthy")
    assert {c["type"]: c["status"] for c in well["status"]["conditions"]}["Stalled"] == "False"
