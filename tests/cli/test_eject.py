"""`twp eject`: pools go, Deployments stay, and the order keeps the operator from scaling back."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from typer.testing import CliRunner, Result
from typing_extensions import override

from controller.api.overrides import PAUSED_UNTIL
from controller.cli import eject
from controller.cli.exit_status import ExitStatus
from controller.cli.main import app
from tests.cli.fake_api_server import FakeApi, pool, pool_path, serving

APPLIED = {
    "manager": "temporal-worker-pools",
    "operation": "Apply",
    "fieldsV1": {
        "f:spec": {
            "f:template": {
                "f:spec": {
                    "f:containers": {
                        'k:{"name":"worker"}': {"f:env": {'k:{"name":"SLOTS"}': {"f:name": {}, "f:value": {}}}}
                    }
                }
            }
        }
    },
}
"""The operator owns the variable SLOTS."""


class Api(FakeApi):
    """Confirms a pause as an operator does, if one runs."""

    @override
    async def answer(self, request: web.Request) -> web.Response:
        answered = await super().answer(request)
        if request.method == "PATCH" and "/temporalworkerpools/" in request.path:
            change = json.loads(await request.read())
            paused = json.loads(change["metadata"]["annotations"][PAUSED_UNTIL])
            self.objects[request.path]["status"]["override"] = {"paused": True, **paused}
        return answered


def deployment_path(name: str, subresource: str = "") -> str:
    """Where a Deployment is."""
    return f"/apis/apps/v1/namespaces/prod/deployments/{name}-worker{subresource}"


def deployment(name: str, replicas: int) -> dict[str, Any]:
    """A Deployment whose slots and replicas the operator has set."""
    return {
        "metadata": {
            "name": f"{name}-worker",
            "namespace": "prod",
            "uid": f"uid-of-{name}-worker",
            "resourceVersion": "7",
            "managedFields": [APPLIED],
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"spec": {"containers": [{"name": "worker", "env": [{"name": "SLOTS", "value": "5"}]}]}},
        },
    }


def world(kind: type[FakeApi] = Api, replicas: int = 0, **options: Any) -> FakeApi:
    """Pools `orders`, at so many replicas, and `mails`, at 3, which an operator has just reconciled."""
    objects: dict[str, Any] = {}
    for name, number in (("orders", replicas), ("mails", 3)):
        now = datetime.fromtimestamp(time.time(), UTC).isoformat()
        objects[pool_path(name)] = pool(name, lastReconcileTime=now)
        objects[deployment_path(name)] = deployment(name, number)
        objects[deployment_path(name, "/scale")] = {"metadata": {"resourceVersion": "8"}}
    return kind(objects, **options)


def run(folder: Path, api: FakeApi, *arguments: str) -> Result:
    """What the command does on an API server."""
    with serving(api, folder) as kubeconfig:
        return CliRunner().invoke(app, ["eject", *arguments, "--kubeconfig", str(kubeconfig)])


def changes(api: FakeApi) -> list[tuple[str, str]]:
    """Method and path, without the query, of each request that changes something in the namespace."""
    sent = ((method, path.partition("?")[0]) for method, path, _ in api.sent)
    return [(method, path) for method, path in sent if "/namespaces/" in path]


def test_the_order_leaves_the_operator_no_moment_to_scale_back(tmp_path: Path) -> None:
    """The pause is confirmed first, slots come before replicas, and the pool goes last, if it is still the same."""
    api = world()
    result = run(tmp_path, api, "orders", "--replicas", "2", "--remove-slots", "--yes")
    assert result.exit_code == ExitStatus.OK, result.output
    assert changes(api) == [
        ("PATCH", pool_path("orders")),
        ("PATCH", deployment_path("orders")),
        ("PATCH", deployment_path("orders", "/scale")),
        ("PATCH", deployment_path("orders")),
        ("DELETE", pool_path("orders")),
    ]
    bodies = [body for _, path, body in api.sent if "/namespaces/" in path]
    assert "spec" not in bodies[1]
    assert bodies[2][-1] == {"op": "add", "path": "/spec/replicas", "value": 2}
    assert bodies[4] == {"preconditions": {"uid": "uid-orders"}}
    assert result.stdout.splitlines() == [
        "prod/orders: Deployment orders-worker: removed SLOTS; its pods restart.",
        "prod/orders: Deployment orders-worker scaled 0 → 2.",
        "1 pool deleted; nothing scales its Deployment now.",
    ]


def test_replicas_that_are_there_are_kept_and_slots_are_left_unless_asked(tmp_path: Path) -> None:
    """Of all pools of the namespace."""
    api = world(replicas=4)
    result = run(tmp_path, api, "--all", "--yes")
    assert result.exit_code == ExitStatus.OK, result.output
    assert not [path for _, path in changes(api) if path.endswith("/scale")]
    assert result.stdout.splitlines() == [
        "prod/mails: Deployment mails-worker keeps 3 replicas.",
        "prod/orders: Deployment orders-worker keeps 4 replicas.",
        "2 pools deleted; nothing scales their Deployments now.",
    ]


def test_a_dry_run_pauses_nothing_and_lets_the_api_server_check_the_rest(tmp_path: Path) -> None:
    """A deletion takes it from its body alone."""
    api = world()
    result = run(tmp_path, api, "orders", "--remove-slots", "--dry-run")
    assert result.exit_code == ExitStatus.OK, result.output
    assert ("PATCH", pool_path("orders")) not in changes(api)
    assert len(changes(api)) == 4
    *patches, (_, _, deleted) = [sent for sent in api.sent if "/namespaces/" in sent[1]]
    assert {"dryRun=All" in path for _, path, _ in patches} == {True}
    assert deleted["dryRun"] == ["All"]
    assert "1 pool deleted (dry run)" in result.stdout


def test_without_an_operator_it_goes_on_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once where none has reconciled lately; else after a while."""
    api = world(FakeApi)
    monkeypatch.setattr(eject, "CONFIRM_SECONDS", 0.2)
    result = run(tmp_path, api, "orders", "--yes")
    assert "no operator confirmed a pause" in result.stdout
    assert changes(api)[-1] == ("DELETE", pool_path("orders"))

    monkeypatch.setattr(eject, "CONFIRM_SECONDS", 3600)
    gone = world(FakeApi)
    gone.objects[pool_path("orders")] = pool("orders", lastReconcileTime="2026-01-01T00:00:00Z")
    assert run(tmp_path, gone, "orders", "--yes").exit_code == ExitStatus.OK


def test_one_pool_that_fails_stays_and_the_others_go(tmp_path: Path) -> None:
    """The exit status is its own; what was done to it is paused, and that ends by itself."""
    result = run(tmp_path, world(forbidden=("orders-worker/scale",)), "--all", "--yes")
    assert result.exit_code == ExitStatus.FORBIDDEN
    assert "1 pool deleted; nothing scales its Deployment now. 1 pool failed." in result.stdout
    assert result.stderr.startswith("twp: prod/orders is still there: Could not set the replicas of Deployment prod/")
    assert len(result.stderr.splitlines()) == 1


def test_a_pool_without_its_deployment_is_deleted(tmp_path: Path) -> None:
    """There is nothing to leave running."""
    api = world()
    del api.objects[deployment_path("orders")], api.objects[deployment_path("orders", "/scale")]
    result = run(tmp_path, api, "orders", "--yes")
    assert result.exit_code == ExitStatus.OK, result.output
    assert "there is no Deployment orders-worker" in result.stdout
    assert changes(api) == [("DELETE", pool_path("orders"))]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("orders",), ExitStatus.USAGE, "nothing was changed; repeat it with --yes to delete prod/orders"),
        ((), ExitStatus.USAGE, "name one POOL"),
        (("orders", "--all"), ExitStatus.USAGE, "name one POOL"),
        (("nothing", "--yes"), ExitStatus.NOT_FOUND, "there is no temporalworkerpools/nothing"),
    ],
)
def test_nothing_is_changed_unless_it_is_clear_what(
    tmp_path: Path, arguments: tuple[str, ...], status: ExitStatus, said: str
) -> None:
    """Nor where no terminal can be asked."""
    api = world()
    result = run(tmp_path, api, *arguments)
    assert (result.exit_code, changes(api)) == (status, [])
    assert said in result.stderr
