"""What ends a release, in one line for the person who makes it."""


class ReleaseError(Exception):
    """A release can't be made; the message says why, and what to do."""
