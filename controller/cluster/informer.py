"""A cache of objects of one kind that keeps itself up to date: list once, then watch, with back-off after a failure."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final, Generic, NoReturn, Protocol, TypeVar

import aiohttp
import structlog

from controller.cluster.client import answer_to
from controller.cluster.errors import (
    ClusterError,
    ClusterUnavailableError,
    ExpiredError,
    ForbiddenError,
    NotFoundError,
    from_answer,
    translated,
)
from controller.cluster.fields import Fields
from controller.cluster.resources import REQUEST_TIMEOUT_SECONDS, ListRequest

log = structlog.get_logger()

PAGE_SIZE: Final = 500
"""Objects a page of a list, the number that kubectl uses."""

WATCH_SECONDS: Final = 60
"""After this time the server ends a watch, and the next one goes on from there. A watch keeps the permission with which
it began: that one was taken away is noticed with the next watch, for one request a minute."""

SHORT_WATCH_SECONDS: Final = 1.0
"""After a shorter watch the cache backs off: some proxies end every watch at once."""

OUTDATED_SECONDS: Final = 60.0
"""A cache that is not up to date is used for so long: an API server that restarts is back by then."""

FORBIDDEN_SECONDS: Final = 10.0
"""The same where a permission is missing: an API server that has just started refuses until it has read its roles."""

UNKNOWN_KIND_SECONDS: Final = 60.0
"""How often a kind is listed that the cluster does not know: its CRD may be installed later."""

_CHANGES: Final = frozenset({"ADDED", "MODIFIED", "DELETED"})
"""Types of the events of a watch that are about one object."""

ObjectKey = tuple[str, str]
"""Namespace and name."""


class NamespacedObject(Protocol):
    """What an object of a cache must have."""

    @property
    def namespace(self) -> str:
        """Namespace of the object."""

    @property
    def name(self) -> str:
        """Name of the object."""


T = TypeVar("T", bound=NamespacedObject)


def scope(namespace: str | None) -> str:
    """The scope of a list for messages: one namespace, or with `None` all."""
    return f"namespace {namespace}" if namespace else "all namespaces"


class WatchCache(Generic[T]):
    """Objects of one kind by namespace and name.

    `run` never ends by itself: after a watch that is refused, closed, expired or without data it lists again, with
    back-off. Before `synced` is set the cache is empty; later the last state is kept while `failure` says why it is not
    up to date. Each object is converted by itself: one that can't be read is logged, and does not affect the others.
    """

    kind: str
    """What is kept, for messages."""
    synced: asyncio.Event
    """Set after the first complete list, and never unset."""
    failure: str | None
    """Why the cache is not up to date; `None` while it is."""

    def __init__(
        self,
        kind: str,
        request: ListRequest,
        convert: Callable[[Mapping[str, Any]], T],
        changed: Callable[[ObjectKey], None],
        *,
        optional: bool = False,
    ) -> None:
        """Starts empty.

        Args:
            kind: What is kept, for messages, such as `Deployments of namespace prod`.
            request: Lists, and watches.
            convert: Makes an object of the server's JSON.
            changed: Called with the key of each object that was added, changed or deleted.
            optional: Whether the kind may be missing in the cluster: then there are no objects.
        """
        self.synced = asyncio.Event()
        self.failure = None
        self.kind = kind
        self._request = request
        self._convert = convert
        self._changed = changed
        self._optional = optional
        self._failing_since: float | None = None
        self._is_forbidden = False
        self._objects: dict[str, dict[str, T]] = {}
        self._resource_version = ""

    def get(self, namespace: str, name: str) -> T | None:
        """The last state of the object; `None` if there is none."""
        return self._objects.get(namespace, {}).get(name)

    def in_namespace(self, namespace: str) -> Mapping[str, T]:
        """All objects of a namespace by name."""
        return self._objects.get(namespace, {})

    @property
    def outdated(self) -> str | None:
        """That the cache has not been up to date for too long, and why; `None` while it can be used.

        A dead connection is noticed after `SILENCE_SECONDS`, and counts from then on.
        """
        tolerated_seconds = FORBIDDEN_SECONDS if self._is_forbidden else OUTDATED_SECONDS
        if self._failing_since is None or (seconds := _now() - self._failing_since) < tolerated_seconds:
            return None
        return f"The cache of {self.kind} has not been up to date for {seconds:.0f} s: {self.failure}"

    async def wait_synced(self, timeout_seconds: float) -> None:
        """Waits for the first complete list.

        Raises:
            ClusterUnavailableError: There was none in time; the text has the last failure.
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                await self.synced.wait()
        except TimeoutError:
            why = self.failure or "the API server did not answer"
            message = f"{self.kind} were not listed within {timeout_seconds:g} s: {why}"
            raise ClusterUnavailableError(message) from None

    async def run(self) -> NoReturn:
        """Lists and watches until it is cancelled."""
        back_off = BackOff(_now)
        while True:
            try:
                await self._list()
                await self._watch_while_it_lasts()
            except ExpiredError:
                pass  # the usual end of a watch after some minutes without a connection
            except NotFoundError as error:
                if self._optional:
                    await self._wait_for_kind()
                    continue
                self._fail(str(error))
            except ForbiddenError as error:
                self._fail(str(error), is_forbidden=True)
            except ClusterError as error:
                self._fail(str(error))
            except Exception as error:  # noqa: BLE001 - a cache that ended would keep an old state
                self._fail(f"Could not keep the cache of {self.kind} up to date: {type(error).__name__}: {error}")
            await asyncio.sleep(back_off.next_seconds())

    async def _watch_while_it_lasts(self) -> None:
        """Watches, and goes on where the server ended a watch after `WATCH_SECONDS`.

        Raises:
            ClusterUnavailableError: A watch ended at once.
        """
        lasted_seconds = SHORT_WATCH_SECONDS
        while lasted_seconds >= SHORT_WATCH_SECONDS:
            began_at = _now()
            await self._watch()
            lasted_seconds = _now() - began_at
        raise ClusterUnavailableError(
            f"Could not watch {self.kind}: the server, or a proxy before it, ended the watch after "
            f"{lasted_seconds:.1f} s; the operator retries with back-off."
        )

    def _fail(self, message: str, *, is_forbidden: bool = False) -> None:
        """Notes the failure, and logs it where it is new: the first one, and each that says something else."""
        if message != self.failure:
            log.warning("watch_failed", kind=self.kind, error=message)
        self.failure, self._is_forbidden = message, is_forbidden
        self._failing_since = _now() if self._failing_since is None else self._failing_since

    def _renewed(self) -> None:
        if self._failing_since is not None:
            log.info("watch_recovered", kind=self.kind, after_seconds=round(_now() - self._failing_since, 1))
        self.failure = self._failing_since = None

    async def _wait_for_kind(self) -> None:
        """The cluster does not have the kind: there are no such objects, and the list is retried after a while."""
        self._replace({})
        self._renewed()
        self.synced.set()
        await asyncio.sleep(UNKNOWN_KIND_SECONDS)

    async def _list(self) -> None:
        """Replaces all objects by a complete list, page by page."""
        objects: dict[str, dict[str, T]] = {}
        page_token: str | None = None
        while page_token != "":
            request = self._request(**{"limit": PAGE_SIZE, "continue": page_token})
            page = Fields(await answer_to(f"list {self.kind}", request))
            if "items" not in page.raw:
                raise ClusterUnavailableError(f"Could not list {self.kind}: the answer is not a list.")
            for item in page.items("items"):
                if converted := self._converted(item.raw):
                    objects.setdefault(converted.namespace, {})[converted.name] = converted
            page_token = page.part("metadata").text("continue")
        self._replace(objects)
        self._resource_version = page.part("metadata").text("resourceVersion")
        self._renewed()
        self.synced.set()

    async def _watch(self) -> None:
        """Applies the changes since the last resource version until the server ends the watch."""
        async for event in self._events():
            event_type, changed = event.text("type"), event.part("object")
            if event_type == "ERROR":
                raise from_answer(f"watch {self.kind}", changed.count("code"), json.dumps(changed.raw))
            if event_type in _CHANGES and (converted := self._converted(changed.raw)):
                self._take(event_type, converted)
            version = changed.part("metadata").text("resourceVersion")
            self._resource_version = version or self._resource_version

    def _bare(self, manifest: Mapping[str, Any]) -> T | None:  # noqa: ARG002 - for subclasses
        """What is kept of an object for which `convert` raised."""
        return None

    def _converted(self, manifest: Mapping[str, Any]) -> T | None:
        """Converts an object; fields that can't be read are logged once, until they change."""
        converted: T | None
        try:
            converted, why = self._convert(manifest), ""
        except Exception as error:  # noqa: BLE001 - one object must not end the cache of all others
            converted, why = self._bare(manifest), f"{type(error).__name__}: {error}"
        if converted is None or not (converted.namespace and converted.name):
            metadata = Fields(manifest).part("metadata")
            name = f"{metadata.text('namespace')}/{metadata.text('name')}"
            log.warning("object_skipped", kind=self.kind, object=name, error=why or "it has no namespace or no name")
            return None
        before, unread = self.get(converted.namespace, converted.name), getattr(converted, "unread", ())
        if unread and unread != getattr(before, "unread", ()):
            name = f"{converted.namespace}/{converted.name}"
            log.warning("object_read_partly", kind=self.kind, object=name, fields=unread, error=why)
        return converted

    async def _events(self) -> AsyncIterator[Fields]:
        with translated(f"watch {self.kind}"):
            async with asyncio.timeout(REQUEST_TIMEOUT_SECONDS):
                response = await self._request(
                    watch="true",
                    resourceVersion=self._resource_version,
                    allowWatchBookmarks="true",
                    timeoutSeconds=WATCH_SECONDS,
                    timeout_seconds=WATCH_SECONDS + REQUEST_TIMEOUT_SECONDS,
                )
            try:
                if response.status != 200:
                    raise from_answer(f"watch {self.kind}", response.status, await response.text())
                self._renewed()
                async for line in lines(response.content):
                    yield Fields(_event(line))
            finally:
                response.close()

    def _take(self, event_type: str, converted: T) -> None:
        """Applies one change."""
        named = self._objects.setdefault(converted.namespace, {})
        before = named.get(converted.name)
        if event_type == "DELETED":
            named.pop(converted.name, None)
            if not named:
                del self._objects[converted.namespace]
        else:
            named[converted.name] = converted
        after = None if event_type == "DELETED" else converted
        if before is None or before != after:
            self._news((converted.namespace, converted.name), before, after)

    def _news(self, key: ObjectKey, before: T | None, after: T | None) -> None:  # noqa: ARG002 - for subclasses
        """An object came, changed or went; one that is converted to the same is no news."""
        self._changed(key)

    def _replace(self, objects: dict[str, dict[str, T]]) -> None:
        before = dict(_flat(self._objects))
        after = dict(_flat(objects))
        self._objects = objects
        for key in before.keys() | after.keys():
            if before.get(key) != after.get(key):
                self._news(key, before.get(key), after.get(key))


def _flat(objects: Mapping[str, Mapping[str, T]]) -> list[tuple[ObjectKey, T]]:
    return [((namespace, name), item) for namespace, named in objects.items() for name, item in named.items()]


def _event(line: bytes) -> object:
    """The JSON of a line; `None` where it is not JSON."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def _now() -> float:
    return asyncio.get_running_loop().time()


FIRST_PAUSE_SECONDS: Final = 0.8
"""Before the second try; each further pause is twice as long."""

LONGEST_PAUSE_SECONDS: Final = 30.0

RESET_SECONDS: Final = 120.0
"""After so long without a pause the back-off starts anew."""


class BackOff:
    """Pauses between tries, which double as those of client-go's reflector do."""

    def __init__(self, now: Callable[[], float], jitter: Callable[[], float] = random.random) -> None:
        """Starts anew.

        Args:
            now: Seconds of a monotonic clock.
            jitter: Gives a number from 0 to 1, which spreads the tries of many clients.
        """
        self._now = now
        self._jitter = jitter
        self._base_seconds = FIRST_PAUSE_SECONDS
        self._last_at = float("-inf")

    def next_seconds(self) -> float:
        """The next pause: the base and up to as much jitter, at most `LONGEST_PAUSE_SECONDS`."""
        if self._now() - self._last_at > RESET_SECONDS:
            self._base_seconds = FIRST_PAUSE_SECONDS
        self._last_at = self._now()
        pause_seconds = self._base_seconds * (1 + self._jitter())
        self._base_seconds = min(2 * self._base_seconds, LONGEST_PAUSE_SECONDS / 2)
        return pause_seconds


SILENCE_SECONDS: Final = 130.0
"""A connection without data for so long is dead, such as after the loss of a load balancer. In a watch the server sends
a bookmark about once a minute."""


async def lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """The complete lines up to the end of the answer, or until no data comes for `SILENCE_SECONDS`.

    The reader's own method fails for a line of more than twice its buffer. An object can be larger: etcd takes 1.5 MiB,
    as JSON it is more, and a watch sends each change in one line. An incomplete last line is left out.
    """
    incomplete = bytearray()
    while chunk := await _chunk(content):
        incomplete += chunk
        if b"\n" in chunk:
            *complete, incomplete = incomplete.split(b"\n")
            for line in complete:
                yield bytes(line)


async def _chunk(content: aiohttp.StreamReader) -> bytes:
    """The next data; empty at the end, or after `SILENCE_SECONDS`."""
    try:
        async with asyncio.timeout(SILENCE_SECONDS):
            return await content.readany()
    except TimeoutError:
        return b""
