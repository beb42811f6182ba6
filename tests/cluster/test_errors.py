"""The exception for each answer and each failed connection."""

import json

import aiohttp
import pytest

from controller.api.text import MAX_BYTES
from controller.cluster import errors
from controller.cluster.errors import ClusterError, from_answer, translated


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (400, errors.RejectedError),
        (401, errors.UnauthenticatedError),
        (403, errors.ForbiddenError),
        (404, errors.NotFoundError),
        (409, errors.ConflictError),
        (410, errors.ExpiredError),
        (422, errors.RejectedError),
        (429, errors.ThrottledError),
        (500, errors.ClusterUnavailableError),
        (503, errors.ClusterUnavailableError),
        (504, errors.ClusterUnavailableError),
    ],
)
def test_a_code_has_its_exception(code: int, kind: type[ClusterError]) -> None:
    """The server's message and the fix are in the text, and its Status is kept."""
    status = {"kind": "Status", "message": "No way."}
    error = from_answer("read Deployment prod/worker", code, json.dumps(status))
    assert type(error) is kind
    assert str(error).startswith(f"Could not read Deployment prod/worker: No way (HTTP {code}); ")
    assert error.status == status


def test_an_exceeded_quota_is_not_a_missing_permission() -> None:
    """Both are 403, and need different people."""
    message = 'pods "worker-0" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2'
    error = from_answer("create a pod", 403, json.dumps({"message": message}))
    assert type(error) is errors.QuotaExceededError
    assert str(error) == (
        f"Could not create a pod: {message} (HTTP 403); raise the ResourceQuota, or lower what counts against it."
    )


def test_a_message_of_long_names_keeps_its_fix() -> None:
    """At most 1 KB, whatever a policy or a proxy answers."""
    action = f"write the slot variables of Deployment {'n' * 63}/{'d' * 253}"
    message = str(from_answer(action, 422, json.dumps({"message": "x" * 4000})))
    assert len(message.encode()) <= MAX_BYTES
    assert message.endswith("(HTTP 422); change what the message names.")


@pytest.mark.parametrize("body", ["", "<html>Bad gateway</html>", '"a string"'])
def test_an_answer_that_is_no_status_is_shown_as_it_is(body: str) -> None:
    """A proxy in between has words of its own, or none."""
    error = from_answer("list pods", 502, body)
    assert type(error) is errors.ClusterUnavailableError
    assert str(error) == (
        f"Could not list pods: {body or 'no reason given'} (HTTP 502); "
        "check the API server, and the network between it and the operator."
    )


@pytest.mark.parametrize(
    ("raised", "words"),
    [
        (TimeoutError(), "no answer in time"),
        (aiohttp.ServerDisconnectedError(), "Server disconnected"),
        (ConnectionResetError(104, "Connection reset by peer"), "[Errno 104] Connection reset by peer"),
    ],
)
def test_a_failed_connection_is_unavailable(raised: Exception, words: str) -> None:
    """Nothing of the client library gets through."""
    with pytest.raises(errors.ClusterUnavailableError) as caught, translated("list pods"):
        raise raised
    assert str(caught.value) == (
        f"Could not list pods: {words}; check the API server, and the network between it and the operator."
    )
