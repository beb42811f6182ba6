"""Completion: names of pools, and the answers that kubectl asks `kubectl_complete-twp` for."""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import Final

from controller.cli.commands import CliError

PATIENCE_SECONDS: Final = 2.0
"""A shell waits no longer for names."""

NO_FILES: Final = ":4"
"""kubectl's directive: complete no names of files."""


def pool_names(incomplete: str) -> list[str]:
    """Names of the pools in the namespace of the context that begin so; none where they can't be read in time."""
    from controller.cli.kube import Connection, Kube, with_cluster  # noqa: PLC0415 - of no use to other completions

    async def names(kube: Kube) -> list[str]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return [pool.name for pool in await kube.pools()]

    try:
        return [name for name in with_cluster(Connection(), names) if name.startswith(incomplete)]
    except (CliError, TimeoutError):
        return []


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point of `kubectl_complete-twp`: kubectl gives the words after `twp`, the last one incomplete."""
    from controller.cli.main import app  # noqa: PLC0415 - it imports this module

    words = list(sys.argv[1:] if arguments is None else arguments)
    os.environ |= {
        "_TWP_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(["twp", *words]),
        "COMP_CWORD": str(len(words)),
    }
    answer = StringIO()
    try:
        with redirect_stdout(answer):
            app(args=[], prog_name="twp")
    except SystemExit:
        pass
    sys.stdout.write(f"{answer.getvalue().rstrip()}\n{NO_FILES}\n".lstrip())
