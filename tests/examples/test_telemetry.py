"""The duration of each attempt of an activity is measured, with how it ended."""

import asyncio
import urllib.request
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput
from typing_extensions import override

from examples.worker.telemetry import ActivityDurationInterceptor, create_runtime
from localcluster.kubelet.addresses import PodNetwork


class Activity(ActivityInboundInterceptor):
    """An activity that raises, or returns 42."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error

    @override
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        await asyncio.sleep(0.02)
        if self.error is not None:
            raise self.error
        return 42


@pytest.mark.parametrize(
    ("error", "status", "error_type"),
    [
        (None, "completed", ""),
        (ValueError("no such order"), "failed", "ValueError"),
        (ApplicationError("no such order", type="OrderNotFound"), "failed", "OrderNotFound"),
        (ApplicationError("no such order"), "failed", "ApplicationError"),
        (asyncio.CancelledError(), "cancelled", "CancelledError"),
    ],
)
async def test_the_outcome_of_an_attempt_is_in_the_labels(
    pod_network: PodNetwork, error: BaseException | None, status: str, error_type: str
) -> None:
    """The name, the status and the type that retry policies match; the error itself goes on to the SDK."""
    address = f"{pod_network.allocate()}:9464"
    runtime = create_runtime(address)
    activity = ActivityDurationInterceptor(runtime.metric_meter).intercept_activity(Activity(error))
    attempt = ActivityEnvironment().run(activity.execute_activity, ExecuteActivityInput(print, [], None, {}))
    if error is None:
        assert await attempt == 42
    else:
        with pytest.raises(type(error)):
            await attempt
    scrape = await asyncio.to_thread(urllib.request.urlopen, f"http://{address}/metrics")
    labels = f'activity_name="unknown",error_type="{error_type}",service_name="temporal-core-sdk",status="{status}"'
    metrics = scrape.read().decode()
    assert f"activity_duration_seconds_count{{{labels}}} 1" in metrics
    assert f'activity_duration_seconds_bucket{{{labels},le="0.01"}} 0' in metrics
    assert f'activity_duration_seconds_bucket{{{labels},le="600"}} 1' in metrics
