"""`twp report`: what is in the bundle, and what is nowhere in its bytes."""

import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from controller.cli.bundle.scrub import Names, without_secrets
from controller.cli.exit_status import ExitStatus
from controller.cli.main import app
from tests.cli.fake_api_server import FakeApi, pool, pool_path, serving
from tests.scaling.recorded_policy import recorded

DEPLOYMENTS = "/apis/apps/v1/namespaces/prod/deployments"
PODS = "/api/v1/namespaces/prod/pods"
OPERATOR_PODS = "/api/v1/namespaces/temporal-worker-pools/pods"

PLANTED = "hunter2"
"""Is in every place where a credential may be."""

JWT = f"eyJhbGciOiJIUzI1NiJ9.{PLANTED}eyJzdWIiOiIxIn0.{PLANTED}"
PEM = f"-----BEGIN PRIVATE KEY-----\n{PLANTED}\n-----END PRIVATE KEY-----"


def pod_spec() -> dict[str, Any]:
    """A pod with credentials wherever one can have them."""
    return {
        "nodeName": "node-7.prod.example",
        "volumes": [{"name": "v", "secret": {"secretName": PLANTED}}],
        "containers": [
            {
                "name": "worker",
                "image": "shop/worker:7",
                "command": ["worker", f"--key={PLANTED}"],
                "args": [PLANTED],
                "env": [
                    {"name": "MAX_CONCURRENT_ACTIVITIES", "value": "10"},
                    {"name": "DB_PASSWORD", "value": PLANTED},
                    {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": PLANTED, "key": PLANTED}}},
                ],
                "readinessProbe": {
                    "periodSeconds": 5,
                    "httpGet": {"httpHeaders": [{"name": "Authorization", "value": f"Bearer {PLANTED}"}]},
                },
                "lifecycle": {"preStop": {"exec": {"command": [PLANTED]}}},
            }
        ],
    }


def cluster() -> dict[str, Any]:
    """A pool with everything around it, and credentials in all of it."""
    orders = pool("orders", replicas=1)
    orders["spec"]["taskQueues"][0]["tasks"][0]["slotsEnvVar"] = "MAX_CONCURRENT_ACTIVITIES"
    orders["spec"]["connection"]["address"] = "frontend.corp.example:7233"
    orders["metadata"] |= {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": PLANTED}}
    orders["metadata"]["managedFields"] = [{"manager": PLANTED}]
    metadata = {"name": "orders-worker", "namespace": "prod", "annotations": {"x": PLANTED}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "orders"}}, "template": {"spec": pod_spec()}}
    messages = [
        f"token={PLANTED} refused",
        f'said "password": "{PLANTED}"',
        f"Authorization: Bearer {PLANTED}",
        JWT,
        PEM,
    ]
    messages += [f"https://jo:{PLANTED}@frontend.corp.example/ at 10.1.2.3 by 17@node-7.prod.example"]
    about = {"kind": "TemporalWorkerPool", "name": "orders"}
    status = {"podIP": "10.1.2.3", "phase": "Running"}
    return {
        pool_path("orders"): orders,
        f"{DEPLOYMENTS}/orders-worker": {"metadata": metadata, "spec": spec, "status": {"readyReplicas": 1}},
        PODS: {"items": [{"metadata": {"name": "orders-worker-0"}, "spec": pod_spec(), "status": status}]},
        "/api/v1/namespaces/prod/events": {
            "items": [{"involvedObject": about, "reason": "Odd", "message": text} for text in messages]
        },
        OPERATOR_PODS: {"items": [{"metadata": {"name": "twp-0"}, "spec": pod_spec(), "status": status}]},
        f"{OPERATOR_PODS}/twp-0/log": "\n".join(messages),
        f"{OPERATOR_PODS}/twp-0:8080/proxy/metrics": "temporal_worker_pool_desired_replicas 1",
    }


def bundled(folder: Path, *arguments: str, **options: Any) -> tuple[dict[str, str], str]:
    """The texts of the bundle by their names, and what the command printed."""
    file = folder / "report.tar.gz"
    with serving(FakeApi(cluster(), **options), folder) as kubeconfig:
        command = ["report", "orders", "-o", str(file), "--kubeconfig", str(kubeconfig), *arguments]
        result = CliRunner().invoke(app, command)
    assert result.exit_code == ExitStatus.OK, result.output
    with tarfile.open(file) as archive:
        found = {member.name: archive.extractfile(member) for member in archive.getmembers()}
        return {name: content.read().decode() for name, content in found.items() if content}, result.stdout


def test_it_has_what_a_bug_report_needs(tmp_path: Path) -> None:
    """Each object in a file of its own."""
    files, said = bundled(tmp_path)
    assert set(files) >= {
        "twp-report/pools/prod.orders.yaml",
        "twp-report/deployments/prod.orders-worker.yaml",
        "twp-report/pods/prod.orders-worker-0.yaml",
        "twp-report/events/prod.orders.yaml",
        "twp-report/operator/twp-0.log.txt",
        "twp-report/operator/twp-0.metrics.txt",
        "twp-report/versions.yaml",
        "twp-report/notes.txt",
    }
    assert said.startswith(f"Wrote {tmp_path / 'report.tar.gz'}: {len(files)} files")
    deployment = yaml.safe_load(files["twp-report/deployments/prod.orders-worker.yaml"])
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [
        {"name": "MAX_CONCURRENT_ACTIVITIES", "value": "10"},
        {"name": "DB_PASSWORD"},
        {"name": "FROM"},
    ]
    assert container["readinessProbe"] == {"periodSeconds": 5, "httpGet": ["httpHeaders"]}
    assert len(yaml.safe_load(files["twp-report/events/prod.orders.yaml"])) == 6


def test_no_credential_is_in_its_bytes(tmp_path: Path) -> None:
    """Neither where it is known to be one, nor in a text."""
    files, _ = bundled(tmp_path)
    assert [name for name, text in files.items() if PLANTED in text or PLANTED in name] == []


def test_hosts_and_addresses_are_hidden_on_request_each_by_one_stand_in(tmp_path: Path) -> None:
    """So that one can still see what belongs together."""
    files, _ = bundled(tmp_path, "--hide-names")
    text = "\n".join(files.values())
    for name in ("corp.example", "node-7.prod", "10.1.2.3", "127.0.0.1"):
        assert name not in text
    node = yaml.safe_load(files["twp-report/pods/prod.orders-worker-0.yaml"])["spec"]["nodeName"]
    assert node.startswith("host-")
    assert f"17@{node}" in files["twp-report/operator/twp-0.log.txt"]
    assert "frontend.corp.example" in "\n".join(bundled(tmp_path)[0].values())


def test_what_may_not_be_read_is_noted(tmp_path: Path) -> None:
    """The rest is there all the same."""
    files, said = bundled(tmp_path, forbidden=("/log", "/metrics", "/events"))
    notes = files["twp-report/notes.txt"].splitlines()
    assert "parts could not be read (notes.txt)" in said
    assert any(line.startswith("Events of prod.orders: not allowed to list events") for line in notes)
    assert any(line.startswith("log of twp-0: ") for line in notes)
    assert "twp-report/pods/prod.orders-worker-0.yaml" in files


def test_its_recordings_load_in_replay(tmp_path: Path) -> None:
    """Hidden names or not; with the same decisions."""
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    (recordings / "prod.orders.jsonl").write_text("".join(recorded("real-burst")[:20]))
    files, _ = bundled(tmp_path, "--recording", str(recordings), "--hide-names")
    out = tmp_path / "out.jsonl"
    out.write_text(files["twp-report/recordings/prod.orders.jsonl"])
    result = CliRunner().invoke(app, ["replay", str(out)])
    assert result.exit_code == 0
    assert "19 decisions, 0 differ." in result.stdout


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('{"api_key":"x1y2"}', '{"api_key":"[removed]"}'),
        ('{"event": "{\\"token\\": \\"x1y2\\"}"}', '{"event": "{\\"token\\": \\"[removed]\\"}"}'),
        ("AKIAABCDEFGHIJKLMNOP", "[removed]"),
        ("apiKeySecretRef: {name: cloud}", "apiKeySecretRef: {name: cloud}"),
        ("2 tokens: 5 of 7", "2 tokens: 5 of 7"),
    ],
)
def test_what_looks_like_a_credential_is_removed_and_nothing_else(text: str, kept: str) -> None:
    """In JSON within JSON, too."""
    assert without_secrets(text) == kept


def test_a_host_named_as_a_word_is_hidden_where_it_is_a_host() -> None:
    """And not within another name."""
    assert Names(["temporal"]).hide("temporal:7233, temporal-worker-pools, fe80:1:2:3:4:5:6:7") == (
        "host-1:7233, temporal-worker-pools, address-2"
    )
