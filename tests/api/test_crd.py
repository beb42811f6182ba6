"""The CRD is what the models say, and what is committed."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from controller.api.crd import crds, main, own_stamps, render, structural_schema
from controller.api.model import ApiModel
from tests.api.schema_walk import nodes

COMMITTED = Path(__file__).parents[2] / "crds"
CRDS = {crd["metadata"]["name"]: crd for crd in crds()}
NODES = {
    f"{crd['spec']['names']['shortNames'][0]}.{path}": node
    for crd in crds()
    for path, node in nodes(crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
}


@pytest.mark.parametrize("name", CRDS)
def test_the_committed_crd_is_the_generated_one(name: str) -> None:
    """`make crds` was run after the last change of the models."""
    assert (COMMITTED / f"{name}.yaml").read_text(encoding="utf-8") == render(CRDS[name])


def test_the_folder_holds_every_crd_and_names_it() -> None:
    """The kustomization applies what `kubectl apply -f crds` applies, and nothing is left of an older resource."""
    files = {f"{name}.yaml" for name in CRDS}
    assert {file.name for file in COMMITTED.glob("*.yaml")} == files
    kustomization = yaml.safe_load((COMMITTED / "Kustomization").read_text(encoding="utf-8"))
    assert set(kustomization["resources"]) == files


def test_the_command_writes_the_crds_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder is made when it is not there."""
    folder = tmp_path / "new" / "crds"
    assert main([str(folder)]) == 0
    assert {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()} == {
        f"{name}.yaml": render(crd) for name, crd in CRDS.items()
    }
    assert capsys.readouterr().out == "".join(f"wrote {folder / name}.yaml\n" for name in CRDS)


@pytest.mark.parametrize("path", [path for path in NODES if not path.endswith(".metadata")])
def test_every_field_is_described_in_sentences(path: str) -> None:
    """`kubectl explain` is the reference manual."""
    description = NODES[path].get("description", "")
    assert description.endswith(".")
    assert "\n" not in description


@pytest.mark.parametrize("path", [path for path, node in NODES.items() if "default" in node])
def test_every_default_is_in_the_description(path: str) -> None:
    """A reader of `kubectl explain` does not have to look for the schema."""
    assert json.dumps(NODES[path]["default"]).strip('"') in NODES[path]["description"].rpartition("Default")[2]


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


class Item(ApiModel):
    """An item of a list, whose field has a default."""

    size: int = 1


class Group(ApiModel):
    """A list within an object."""

    items: tuple[Item, ...]


class Groups(ApiModel):
    """An object with a default of its own, and a list below it."""

    name: str = "one"
    group: Group


@pytest.mark.parametrize("path", [path for path, node in NODES.items() if "default" in node])
def test_the_api_server_fills_in_nothing_inside_a_list(path: str) -> None:
    """Argo CD compares lists as a whole: a default within one would be a difference for ever."""
    assert "[]" not in path


def test_a_default_inside_a_list_is_no_crd() -> None:
    """The generator says which field it is; outside of lists defaults are welcome."""
    with pytest.raises(ValueError, match=r"group\.items\[\]\.size has a default inside a list"):
        structural_schema(Groups)


def test_the_stamp_changes_with_the_schema_and_with_nothing_else() -> None:
    """By it a running operator finds that the CRD of the cluster is another one."""
    stamps = own_stamps()
    assert stamps == own_stamps.__wrapped__()
    assert set(stamps) == set(CRDS)
    assert len({stamp.schema_hash for stamp in stamps.values()}) == len(stamps)
    assert {stamp.release for stamp in stamps.values()} == {version("temporal-worker-pools")}
