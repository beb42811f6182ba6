"""A cache of objects of one kind that keeps itself up to date: list once, then watch, with back-off after a failure."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, Generic, NoReturn, Protocol, TypeVar

import aiohttp
import structlog

from controller.cluster.client import REQUEST_TIMEOUT_SECONDS, answer_to
from controller.cluster.errors import (
    ClusterError,
    ClusterUnavailableError,
    ExpiredError,
    NotFoundError,
    from_answer,
    translated,
)
from controller.cluster.fields import Fields

log = structlog.get_logger()

PAGE_SIZE: Final = 500
"""Objects a page of a list, the number that kubectl uses."""

WATCH_SECONDS: Final = 300
"""After this the server ends a watch, and it is taken up where it ended."""

SHORT_WATCH_SECONDS: Final = 1.0
"""A watch that the server ended sooner is not taken up again at once: some server or proxy ends each."""

OUTDATED_SECONDS: Final = 60.0
"""For so long a copy that is not renewed is still relied on: an API server that restarts is back by then."""

UNKNOWN_KIND_SECONDS: Final = 60.0
"""How often it is asked for a kind that the cluster does not know: its CRD may be installed later."""

_CHANGES: Final = frozenset({"ADDED", "MODIFIED", "DELETED"})
"""Types of the events of a watch that are about one object."""

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


ListRequest = Callable[..., Awaitable[aiohttp.ClientResponse]]
"""A list or watch of the client library that gives the answer unread (`…_without_preload_content`)."""


def scope(namespace: str | None) -> str:
    """Where something is listed, as messages say it: in one namespace, or with `None` in all."""
    return f"namespace {namespace}" if namespace else "all namespaces"


class WatchCache(Generic[T]):
    """Trimmed objects of one kind by namespace and name.

    `run` never ends by itself: a watch that is refused, cut, too old, silent or ended at once starts again from a list,
    with back-off. Until `synced` is set there is nothing to rely on; later the last state is kept while `failure` says
    why it is not renewed. Each object is converted by itself: an odd one is named in the log, and harms no other.
    """

    kind: str
    """What is kept, for messages."""
    synced: asyncio.Event
    """Set with the first complete list, and never unset."""
    failure: str | None
    """Why the copy is not up to date now; `None` while it is."""

    def __init__(
        self,
        kind: str,
        request: ListRequest,
        trim: Callable[[Mapping[str, Any]], T],
        changed: Callable[[Key], None],
        *,
        optional: bool = False,
    ) -> None:
        """Starts empty.

        Args:
            kind: What is kept, for messages, such as `Deployments of namespace prod`.
            request: Lists, and watches with `watch=True`.
            trim: Makes an object of the server's JSON.
            changed: Hears the key of each object that came, changed or went.
            optional: Whether the cluster may not know this kind: then there are none, until it does.
        """
        self.synced = asyncio.Event()
        self.failure = None
        self.kind = kind
        self._request = request
        self._trim = trim
        self._changed = changed
        self._optional = optional
        self._failing_since: float | None = None
        self._objects: dict[str, dict[str, T]] = {}
        self._resource_version = ""

    def get(self, namespace: str, name: str) -> T | None:
        """The object as last seen; `None` if there is none."""
        return self._objects.get(namespace, {}).get(name)

    def in_namespace(self, namespace: str) -> Mapping[str, T]:
        """All objects of a namespace by name."""
        return self._objects.get(namespace, {})

    @property
    def outdated(self) -> str | None:
        """That the copy has not been renewed for `OUTDATED_SECONDS`, and why; `None` while it may be relied on.

        A connection that died in silence is noticed after `SILENCE_SECONDS`, and counts from then on.
        """
        if self._failing_since is None or (seconds := _now() - self._failing_since) < OUTDATED_SECONDS:
            return None
        return f"{self.kind} have not been renewed for {seconds:.0f} s: {self.failure}"

    async def wait_synced(self, timeout_seconds: float) -> None:
        """Waits for the first complete list.

        Raises:
            ClusterUnavailableError: It did not come in time; the text has the last failure.
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
                pass  # the usual end of a watch that was cut off for some minutes
            except NotFoundError as error:
                if self._optional:
                    await self._wait_for_kind()
                    continue
                self._fail(str(error))
            except ClusterError as error:
                self._fail(str(error))
            except Exception as error:  # noqa: BLE001 - a cache that died in silence would leave an old picture
                self._fail(f"{self.kind} are not kept up to date: {type(error).__name__}: {error}")
            await asyncio.sleep(back_off.next_seconds())

    async def _watch_while_it_lasts(self) -> None:
        """Watches, again from where the server ended a watch after its time.

        Raises:
            ClusterUnavailableError: It ended one at once.
        """
        lasted_seconds = SHORT_WATCH_SECONDS
        while lasted_seconds >= SHORT_WATCH_SECONDS:
            began_at = _now()
            await self._watch()
            lasted_seconds = _now() - began_at
        message = (
            f"Could not watch {self.kind}: the server, or a proxy before it, ended it after {lasted_seconds:.1f} s."
        )
        raise ClusterUnavailableError(message)

    def _fail(self, message: str) -> None:
        self.failure = message
        self._failing_since = _now() if self._failing_since is None else self._failing_since

    def _renewed(self) -> None:
        self.failure = self._failing_since = None

    async def _wait_for_kind(self) -> None:
        """The cluster does not know the kind: there are no such objects, and it is asked again after a while."""
        self._replace({})
        self._renewed()
        self.synced.set()
        await asyncio.sleep(UNKNOWN_KIND_SECONDS)

    async def _list(self) -> None:
        """Replaces the copy by a complete list, page by page."""
        objects: dict[str, dict[str, T]] = {}
        page_token: str | None = None
        while page_token != "":
            request = self._request(limit=PAGE_SIZE, _continue=page_token, _request_timeout=REQUEST_TIMEOUT_SECONDS)
            page = Fields(await answer_to(f"list {self.kind}", request))
            if "items" not in page.raw:
                raise ClusterUnavailableError(f"Could not list {self.kind}: the answer is no list.")
            for item in page.items("items"):
                if converted := self._converted(item.raw):
                    objects.setdefault(converted.namespace, {})[converted.name] = converted
            page_token = page.part("metadata").text("continue")
        self._replace(objects)
        self._resource_version = page.part("metadata").text("resourceVersion")
        self._renewed()
        self.synced.set()

    async def _watch(self) -> None:
        """Follows the changes since the last known resource version until the server ends the watch."""
        async for event in self._events():
            event_type, changed = event.text("type"), event.part("object")
            if event_type == "ERROR":
                raise from_answer(f"watch {self.kind}", changed.count("code"), json.dumps(changed.raw))
            if event_type in _CHANGES and (converted := self._converted(changed.raw)):
                self._take(event_type, converted)
            version = changed.part("metadata").text("resourceVersion")
            self._resource_version = version or self._resource_version

    def _bare(self, manifest: Mapping[str, Any]) -> T | None:  # noqa: ARG002 - for those that keep something
        """What is kept of an object for which `trim` raised."""
        return None

    def _converted(self, manifest: Mapping[str, Any]) -> T | None:
        """An object as it is kept; what can't be read of it is told once, until that changes."""
        converted: T | None
        try:
            converted, why = self._trim(manifest), ""
        except Exception as error:  # noqa: BLE001 - one object must not end the cache of all others
            converted, why = self._bare(manifest), f"{type(error).__name__}: {error}"
        if converted is None or not (converted.namespace and converted.name):
            metadata = Fields(manifest).part("metadata")
            name = f"{metadata.text('namespace')}/{metadata.text('name')}"
            log.warning("object_left_out", kind=self.kind, object=name, error=why or "it has no namespace or no name")
            return None
        before, unread = self.get(converted.namespace, converted.name), getattr(converted, "unread", ())
        if unread and unread != getattr(before, "unread", ()):
            name = f"{converted.namespace}/{converted.name}"
            log.warning("object_not_read_whole", kind=self.kind, object=name, fields=unread, error=why)
        return converted

    async def _events(self) -> AsyncIterator[Fields]:
        with translated(f"watch {self.kind}"):
            async with asyncio.timeout(REQUEST_TIMEOUT_SECONDS):
                response = await self._request(
                    watch=True,
                    resource_version=self._resource_version,
                    allow_watch_bookmarks=True,
                    timeout_seconds=WATCH_SECONDS,
                    _request_timeout=WATCH_SECONDS + REQUEST_TIMEOUT_SECONDS,
                )
            try:
                if response.status != 200:
                    raise from_answer(f"watch {self.kind}", response.status, await response.text())
                self._renewed()
                async for line in lines(response.content):
                    yield Fields(_event(line))
            finally:
                response.close()

    def _take(self, event_type: str, trimmed: T) -> None:
        """Brings one change into the copy."""
        named = self._objects.setdefault(trimmed.namespace, {})
        if event_type == "DELETED":
            named.pop(trimmed.name, None)
            if not named:
                del self._objects[trimmed.namespace]
        else:
            named[trimmed.name] = trimmed
        self._changed((trimmed.namespace, trimmed.name))

    def _replace(self, objects: dict[str, dict[str, T]]) -> None:
        before = dict(_flat(self._objects))
        after = dict(_flat(objects))
        self._objects = objects
        for key in before.keys() | after.keys():
            if before.get(key) != after.get(key):
                self._changed(key)


def _flat(objects: Mapping[str, Mapping[str, T]]) -> list[tuple[Key, T]]:
    return [((namespace, name), item) for namespace, named in objects.items() for name, item in named.items()]


def _event(line: bytes) -> object:
    """The JSON of a line; nothing where it is none."""
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
"""After so long without a pause the next one is the first again."""


class BackOff:
    """How long to wait before a server is asked again."""

    def __init__(self, now: Callable[[], float], share: Callable[[], float] = random.random) -> None:
        """Starts anew.

        Args:
            now: Seconds of a clock that never steps back.
            share: Gives a number from 0 to 1, by which those who wait for the same server come apart.
        """
        self._now = now
        self._share = share
        self._base_seconds = FIRST_PAUSE_SECONDS
        self._last_at = float("-inf")

    def next_seconds(self) -> float:
        """The next pause: between once and twice what it is without chance, and at most `LONGEST_PAUSE_SECONDS`."""
        if self._now() - self._last_at > RESET_SECONDS:
            self._base_seconds = FIRST_PAUSE_SECONDS
        self._last_at = self._now()
        pause_seconds = self._base_seconds * (1 + self._share())
        self._base_seconds = min(2 * self._base_seconds, LONGEST_PAUSE_SECONDS / 2)
        return pause_seconds


SILENCE_SECONDS: Final = 130.0
"""An answer of which nothing more comes for so long is taken for dead, such as after the loss of a load balancer. In a
watch the server sends a bookmark about once a minute."""


async def lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """The complete lines up to the end of the answer, or until it has been silent for too long.

    The reader's own method gives up a line of more than twice its buffer. An object can be larger: etcd takes 1.5 MiB,
    as JSON it is more, and a watch tells each change in one line. A last line that was cut off is left out.
    """
    begun = bytearray()
    while chunk := await _chunk(content):
        begun += chunk
        if b"\n" in chunk:
            *complete, begun = begun.split(b"\n")
            for line in complete:
                yield bytes(line)


async def _chunk(content: aiohttp.StreamReader) -> bytes:
    """What comes next; nothing at the end, or after a silence."""
    try:
        async with asyncio.timeout(SILENCE_SECONDS):
            return await content.readany()
    except TimeoutError:
        return b""
