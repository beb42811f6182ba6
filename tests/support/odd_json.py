"""JSON as no API server should give it, and some as it does."""

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

TIME = "2026-11-24T12:00:00Z"

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([TIME, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "2026-13-01T00:00:00Z", "2026-11-24"])
    | st.sampled_from([-1, 2**63, 10**400, 1e308, "1e999", "-1", "True", "Running", "Deployment"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
"""Anything that JSON can hold, with what looks like Kubernetes' own more often."""


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value within some JSON, its own too."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, child in children for place in places(child, (*path, key)))]


def put(manifest: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The manifest with another value in a place."""
    if not path:
        return value
    changed = deepcopy(manifest)
    node = changed
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return changed
