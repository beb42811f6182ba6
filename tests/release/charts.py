"""Charts rendered by Helm's own code."""

from functools import cache
from typing import Any

import helm_python
import yaml

from release.chart import CHART, CRD_CHART

Object = dict[str, Any]

RELEASE = "temporal-worker-pools"
"""Name and namespace of a release whose objects are called what kustomize calls them."""


def notes(values: Object | None = None, name: str = RELEASE, namespace: str = RELEASE) -> str:
    """What Helm prints after an installation."""
    with helm_python.Chart.load(str(CHART)) as chart:
        return chart.render(values or {}, name=name, namespace=namespace)[f"{RELEASE}/templates/NOTES.txt"]


def rendered(values: Object | None = None, name: str = RELEASE, namespace: str = RELEASE) -> list[Object]:
    """The objects of a release of the operator's chart.

    Raises:
        helm_python.HelmError: The values are refused.
    """
    with helm_python.Chart.load(str(CHART)) as chart:
        chart.validate_schema(values or {})
        files = chart.render(values or {}, name=name, namespace=namespace)
    texts = [text for path, text in sorted(files.items()) if path.endswith(".yaml")]
    return [made for text in texts for made in yaml.safe_load_all(text) if made]


@cache
def crds() -> tuple[Object, ...]:
    """The objects of a release of the CRDs' chart."""
    with helm_python.Chart.load(str(CRD_CHART)) as chart:
        files = chart.render({}, name="crds", namespace="default")
    return tuple(made for text in files.values() for made in yaml.safe_load_all(text) if made)


def one(objects: list[Object], kind: str, name: str | None = None) -> Object:
    """The only object of a kind, or the one of a name."""
    (found,) = (o for o in objects if o["kind"] == kind and name in (None, o["metadata"]["name"]))
    return found


def kinds(objects: list[Object]) -> list[str]:
    """The kinds of all objects, sorted."""
    return sorted(each["kind"] for each in objects)


def container(objects: list[Object]) -> Object:
    """The operator's container."""
    (found,) = one(objects, "Deployment")["spec"]["template"]["spec"]["containers"]
    return dict(found)
