"""Times that servers and workers give: how old their answers may be, over what they are means, when they are new.

Measured on Temporal server 1.32 and Kubernetes 1.37 with the Python SDK 1.35.
"""

from typing import Final

CACHE_SECONDS: Final = 5.0
"""An answer of the Temporal server may be so much older than the question (servers from 1.29 on)."""

CACHED_SECONDS: Final = CACHE_SECONDS + 1.0
"""For so long the server gives the same answer: what comes on the way is added."""

RATE_SECONDS: Final = 30.0
"""The server's rates are means of so long: a rate of zero says that nothing was dispatched meanwhile."""

LONGEST_RATE_SECONDS: Final = 35.0
"""The server counts in steps of 5 s, so that a burst is still in a rate for up to so long."""

REPORTS_SECONDS: Final = 90.0
"""A worker that reported so lately is alive: workers report every 60 s by default, and the first time after 61 s."""

FIRST_REPORT_SECONDS: Final = 90.0
"""How long a ready pod may be without a report: workers report every 60 s by default, the first time after 61 s."""

REMEMBERED_SECONDS: Final = 130.0
"""What is needed to read a report is kept for so long: two reports of a worker may be 60 s apart, one may be lost."""

CLOCK_SECONDS: Final = 2.0
"""A worker's clock may be so much ahead; a report from further in the future does not say how old it is."""

READY_RESOLUTION_SECONDS: Final = 1.0
"""Kubernetes gives the readiness of a pod in whole seconds, rounded down."""

FASTEST_POLL_SECONDS: Final = CACHE_SECONDS + 0.2
"""The server gives the same answer for 5 s (1.29 and later): a poll that comes sooner costs another whole interval."""
