"""Numbers of things, as people say them."""


def counted(count: int, noun: str) -> str:
    """Such as `1 replica` or `3 replicas`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def does(count: int, noun: str, verb: str) -> str:
    """What they do, such as `1 task waits` or `3 tasks wait`."""
    return f"{counted(count, noun)} {verb}{'s' if count == 1 else ''}"


def are(count: int, noun: str) -> str:
    """The beginning of a sentence about them, such as `1 replica is` or `3 replicas are`."""
    return f"{counted(count, noun)} {'is' if count == 1 else 'are'}"
