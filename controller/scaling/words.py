"""Numbers of things, as people say them."""


def counted(count: int, noun: str) -> str:
    """Such as `1 replica` or `3 replicas`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def are(count: int, noun: str) -> str:
    """The beginning of a sentence about them, such as `1 replica is` or `3 replicas are`."""
    return f"{counted(count, noun)} {'is' if count == 1 else 'are'}"
