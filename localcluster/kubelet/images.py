"""Images: there are none, and each counts as pulled, unless its registry can't exist."""

import math
from collections.abc import Mapping

PULL_SECONDS = "localcluster.workerpools.dev/pull-seconds"
"""Annotation of a pod: how long the pull of its images takes, in seconds. Without it none takes any time."""

NEVER_THERE = ".invalid"
"""The top-level domain that is reserved for names that don't resolve (RFC 6761): a real kubelet can't pull from it."""


def pull_failure(image: str) -> str | None:
    """Why an image can't be pulled, in a container runtime's words; `None`: it could be."""
    registry = _registry(image)
    if not f".{registry}".endswith(NEVER_THERE):
        return None
    return (
        f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": failed to do request: '
        f'Head "https://{registry}/v2/": dial tcp: lookup {registry}: no such host'
    )


def pull_seconds(annotations: Mapping[str, str]) -> float:
    """How long a pod's annotations make the pull of its images take, in seconds.

    Raises:
        ValueError: The annotation is no number of seconds; the message is for the pod's status.
    """
    text = annotations.get(PULL_SECONDS, "0")
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise ValueError(f"annotation {PULL_SECONDS}: {text!r} is not a number of seconds")
    return seconds


def _registry(image: str) -> str:
    """The host of an image's registry; empty for the default one: a first part without a dot is a user's name."""
    first, slash, _ = image.partition("/")
    return first.partition(":")[0] if slash and "." in first else ""
