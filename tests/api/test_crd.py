"""The CRD is what the models say, and what is committed."""

from pathlib import Path

import pytest

from controller.api.crd import main, render, worker_pool_crd
from tests.api.schema_walk import nodes

COMMITTED = Path(__file__).parents[2] / "crds" / "temporalworkerpools.workerpools.dev.yaml"
NODES = dict(nodes(worker_pool_crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]))


def test_the_committed_crd_is_the_generated_one() -> None:
    """`make crds` was run after the last change of the models."""
    assert COMMITTED.read_text(encoding="utf-8") == render(worker_pool_crd())


def test_the_command_writes_the_crd_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder is made when it is not there."""
    folder = tmp_path / "new" / "crds"
    assert main([str(folder)]) == 0
    file = folder / COMMITTED.name
    assert file.read_text(encoding="utf-8") == render(worker_pool_crd())
    assert capsys.readouterr().out == f"wrote {file}\n"


@pytest.mark.parametrize("path", [path for path in NODES if path != "metadata"])
def test_every_field_is_described_in_sentences(path: str) -> None:
    """`kubectl explain` is the reference manual."""
    description = NODES[path].get("description", "")
    assert description.endswith(".")
    assert "\n" not in description


@pytest.mark.parametrize("path", [path for path, node in NODES.items() if "default" in node])
def test_every_default_is_in_the_description(path: str) -> None:
    """A reader of `kubectl explain` does not have to look for the schema."""
    default = NODES[path]["default"]
    stated = str(default).lower() if isinstance(default, bool) else str(default)
    assert stated in NODES[path]["description"].rpartition("Default")[2]


@pytest.mark.parametrize("path", NODES)
def test_the_schema_is_structural(path: str) -> None:
    """Every node has a type, and nothing that only JSON schema knows is left over."""
    node = NODES[path]
    assert "type" in node
    assert not {"$ref", "$defs", "title", "anyOf", "additionalProperties"} & set(node)


@pytest.mark.parametrize("path", [path for path, node in NODES.items() if node.get("type") == "integer"])
def test_every_whole_number_says_its_size(path: str) -> None:
    """The API server checks int32 and int64 by the format."""
    assert NODES[path]["format"] in {"int32", "int64"}
