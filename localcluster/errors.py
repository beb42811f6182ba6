"""What goes wrong here in a way that a person can fix."""


class LocalClusterError(Exception):
    """The local cluster can't be prepared, started or used; the message says what happened and what to do.

    The command line prints the message as one line and exits with status 1.
    """


class PortTakenError(LocalClusterError):
    """A server ended because another process had taken its port."""
