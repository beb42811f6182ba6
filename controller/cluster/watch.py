"""A copy of a kind of objects that keeps itself up to date: list once, then watch, whatever happens in between."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Generic, NoReturn, Protocol, TypeVar

Key = tuple[str, str]
"""Namespace and name."""


class Trimmed(Protocol):
    """What a trimmed object must have to be kept."""

    @property
    def namespace(self) -> str:
        """Namespace of the object."""

    @property
    def name(self) -> str:
        """Name of the object."""


T = TypeVar("T", bound=Trimmed)


class WatchCache(Generic[T]):
    """Trimmed objects of one kind by namespace and name.

    `run` never ends by itself: a watch that is refused, cut, too old or silent starts again from a list, with
    back-off. Until `synced` is set there is nothing to rely on; later the last state is kept while `failure` says why
    it is not renewed.
    """

    synced: asyncio.Event
    """Set with the first complete list, and never unset."""
    failure: str | None
    """Why the copy is not up to date now; `None` while it is."""

    async def run(self) -> NoReturn:
        """Lists and watches until it is cancelled."""
        raise NotImplementedError

    async def wait_synced(self, timeout_seconds: float) -> None:
        """Waits for the first complete list.

        Raises:
            ClusterUnavailableError: It did not come in time; the text has the last failure.
        """
        raise NotImplementedError

    def get(self, namespace: str, name: str) -> T | None:
        """The object as last seen; `None` if there is none."""
        raise NotImplementedError

    def in_namespace(self, namespace: str) -> Mapping[str, T]:
        """All objects of a namespace by name."""
        raise NotImplementedError


Trim = Callable[[Mapping[str, Any]], T]
