"""`python -m release.chart`: writes what the charts have from elsewhere, and what kustomize has from the chart.

These are the values with their comments, their schema, and the CRDs; a test compares them with their sources.
"""

import json
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel

from release import rights
from release.values import Chart

ROOT: Final = Path(__file__).parents[1]
CHART: Final = ROOT / "manifests" / "chart"
MONITORING: Final = ("rules.yaml", "dashboard.json")
"""Files of manifests/monitoring that the chart has, too."""

CRD_CHART: Final = ROOT / "manifests" / "chart-crds"

WIDTH: Final = 118


def values(defaults: Chart | None = None) -> str:
    """The page of values: each with its description above it and its default."""
    head = "# Every value with its default, written from release/values.py; values.schema.json refuses all others.\n"
    return "\n".join((head, *_values(defaults or Chart(), "")))


def schema() -> str:
    """The JSON schema by which Helm judges values."""
    made = Chart.model_json_schema(by_alias=True)
    made["$schema"] = "http://json-schema.org/draft-07/schema#"
    return json.dumps(_as_draft_7(made), indent=2, ensure_ascii=False) + "\n"


def crds() -> dict[str, str]:
    """The CRDs by the names of their files."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "crds").glob("*.yaml"))}


def monitoring() -> dict[str, str]:
    """Alerts and dashboard by the names of their files."""
    return {name: (ROOT / "manifests" / "monitoring" / name).read_text(encoding="utf-8") for name in MONITORING}


def permissions() -> dict[Path, str]:
    """What the operator may do, as rules of roles for kustomize and for the chart, and as a table for people."""
    return rights.manifests() | rights.page() | {CHART / "templates" / "_rights.tpl": rights.helpers()}


def write() -> None:
    """Write all of it."""
    for path, text in permissions().items():
        path.write_text(text, encoding="utf-8")
    (CHART / "values.yaml").write_text(values(), encoding="utf-8")
    (CHART / "values.schema.json").write_text(schema(), encoding="utf-8")
    for chart, files in ((CRD_CHART, crds()), (CHART, monitoring())):
        shutil.rmtree(chart / "files", ignore_errors=True)
        (chart / "files").mkdir()
        for name, text in files.items():
            (chart / "files" / name).write_text(text, encoding="utf-8")


def _values(part: BaseModel, indent: str) -> Iterator[str]:
    for name, field in type(part).model_fields.items():
        key, value = field.alias or name, getattr(part, name)
        if key == "global":
            continue
        described = textwrap.wrap(field.description or "", WIDTH - len(indent))
        yield from (f"{indent}# {line}" for line in described)
        if isinstance(value, BaseModel):
            yield f"{indent}{key}:"
            yield from _values(value, f"{indent}  ")
        else:
            dumped = part.model_dump(mode="json", by_alias=True)[key]
            yield textwrap.indent(yaml.safe_dump({key: dumped}, sort_keys=False), indent).rstrip()
        if not indent:
            yield ""


def _as_draft_7(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """Without what says nothing to a user: titles, and defaults that values.yaml has."""
    if isinstance(node, dict):
        idle = {key for key in ("title", "default") if not isinstance(node.get(key), dict)}
        return {key: _as_draft_7(value) for key, value in node.items() if key not in idle}
    return [_as_draft_7(each) for each in node] if isinstance(node, list) else node


if __name__ == "__main__":
    from release import kustomize

    write()
    kustomize.write()
