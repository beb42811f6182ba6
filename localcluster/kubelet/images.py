"""Images: there are none, and each counts as pulled, unless its registry can't exist."""

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


def _registry(image: str) -> str:
    """The host of an image's registry; empty for the default one: a first part without a dot is a user's name."""
    first, slash, _ = image.partition("/")
    return first.partition(":")[0] if slash and "." in first else ""
