"""The manifests for krew and k9s have the fields that their documentation asks for."""

import re
from pathlib import Path
from typing import Any

import yaml
from typer.main import get_command

from controller.cli.main import app


def read(manifests: Path, name: str) -> Any:
    """A manifest."""
    return yaml.safe_load((manifests / name).read_text(encoding="utf-8"))


def test_the_krew_manifest_has_the_documented_shape(manifests: Path) -> None:
    """Https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest."""
    plugin = read(manifests, "krew/twp.yaml")
    spec = plugin["spec"]
    assert (plugin["apiVersion"], plugin["kind"]) == ("krew.googlecontainertools.github.com/v1alpha2", "Plugin")
    assert plugin["metadata"]["name"] == "twp"
    assert re.fullmatch(r"v\d+\.\d+\.\d+", spec["version"])
    assert len(spec["shortDescription"]) <= 50
    assert set(spec) <= {"version", "homepage", "shortDescription", "description", "caveats", "platforms"}
    for platform in spec["platforms"]:
        assert set(platform) == {"selector", "uri", "sha256", "files", "bin"}
        assert set(platform["selector"]["matchLabels"]) == {"os", "arch"}
        assert re.fullmatch("[0-9a-f]{64}", platform["sha256"])
        assert platform["uri"].endswith((".tar.gz", ".zip"))
        assert platform["bin"] in {file["from"] for file in platform["files"]}


def test_the_krew_manifest_is_of_this_version(manifests: Path) -> None:
    """As the image is."""
    project = (manifests.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{read(manifests, "krew/twp.yaml")["spec"]["version"].removeprefix("v")}"\n' in project


def test_the_plugins_of_k9s_have_the_documented_shape_and_call_commands_that_are_there(manifests: Path) -> None:
    """Its JSON schema: shortCut, description, scopes and command are required; no two have one shortcut."""
    plugins = read(manifests, "k9s/plugins.yaml")["plugins"]
    commands = getattr(get_command(app), "commands", {})
    for plugin in plugins.values():
        assert {"shortCut", "description", "scopes", "command"} <= set(plugin)
        assert set(plugin) <= {"shortCut", "description", "confirm", "scopes", "command", "background", "args"}
        assert re.search(r"kubectl twp ([\w-]+) \$NAME", plugin["args"][1])[1] in commands  # type: ignore[index]
    assert len({plugin["shortCut"] for plugin in plugins.values()}) == len(plugins)
