"""The operator process: builds the parts, starts them together, and ends them together."""

import asyncio
import hashlib
import platform
import signal
import socket
import time
from collections.abc import AsyncIterator, Coroutine, Hashable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version

import kopf
import structlog
from prometheus_client import CollectorRegistry
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from controller.api.status import OperatorStatus
from controller.cluster.client import Cluster, connect
from controller.cluster.errors import ClusterError, ThrottledError
from controller.cluster.events import MAX_NAME_LENGTH
from controller.cluster.lease import LeaseStore
from controller.cluster.pods import PodCache
from controller.cluster.pools import find_crd, list_pool_uids
from controller.cluster.scalers import Scalers
from controller.cluster.workload import DeploymentCache, Watches, WatchesByNamespace
from controller.operator import handlers
from controller.operator.actuate.claim import release
from controller.operator.clock import Clock
from controller.operator.crds import compare_crds
from controller.operator.election import Election, identity
from controller.operator.ending import Ending
from controller.operator.inputs.contention import Contention
from controller.operator.pool import PoolKey
from controller.operator.pools import PoolTable
from controller.operator.reconcile import Reconciler
from controller.operator.report.recorder import Recorder
from controller.operator.scheduler import PULSE_SECONDS, Scheduler
from controller.operator.settings import Settings
from controller.operator.triggers import by_deployment, by_scaler
from controller.page.history import History
from controller.page.server import AboutOperator, serve_page
from controller.telemetry.definition import Rendered
from controller.telemetry.http import serve
from controller.telemetry.metrics import POOL_METRICS, PoolSample
from controller.telemetry.process_metrics import (
    BUDGET_METRICS,
    PROCESS_METRICS,
    BudgetSample,
    ProcessSample,
    ReconcileMetrics,
)
from controller.temporal.budget import Budgets
from controller.temporal.client import Connections
from controller.temporal.reader import TemporalReader

log = structlog.get_logger()

VERSION = version("temporal-worker-pools")
"""Version of the operator."""

SYNC_TIMEOUT_SECONDS = 60.0
"""How long the first lists of pools, Deployments and pods may take before the start is given up."""

THROTTLED_PAUSE_SECONDS = 1.0
"""Pause before the API server is asked again that had too much to do; it names this time itself."""

SWEEP_SECONDS = 60.0
"""How often the pools are listed, because a watch can miss a deletion."""

LEASE_NAME = "temporal-worker-pools"
"""Of the Lease by which the replicas of an operator for all namespaces elect the one that reconciles."""

STUCK_SECONDS = 6 * PULSE_SECONDS
"""Age of the scheduler's pulse from which on the process is called unhealthy."""


class Operator:
    """All parts of the process, wired."""

    def __init__(self, settings: Settings, cluster: Cluster, ending: Ending) -> None:
        """Builds the parts; nothing runs yet."""
        self._settings = settings
        self._ending = ending
        self._cluster = cluster
        self._election = Election(_lease(settings, cluster), identity()) if settings.leader_elect else None
        if self._election:
            cluster.fence(self._election.refusal)
        self._scheduler = Scheduler(self._turn, settings.concurrent_passes, self._temporal_namespace)
        self._pools = PoolTable(changed=self._scheduler.enqueue, gone=self._gone)
        self._releases = set[asyncio.Task[None]]()
        self._watches = WatchesByNamespace({namespace: self._watch(namespace) for namespace in settings.scopes})
        self._contention = Contention(lambda namespace: self._watches.of(namespace).scalers, self._pools.pools)
        self._connections = Connections()
        self._budgets = Budgets(settings.temporal_reads_per_second)
        clock = Clock()
        self._temporal = TemporalReader(self._connections, clock.now, budgets=self._budgets, elapsed=clock.elapsed)
        self._recorder = Recorder(settings.record) if settings.record else None
        self._reconciler = Reconciler(cluster, self._watches, self._contention, self._temporal, clock)
        self._reconciler.inputs.first_report_seconds = settings.first_report_seconds
        self._reconciler.reporter.operator = OperatorStatus(identity=platform.node(), version=VERSION)
        if self._recorder:
            self._reconciler.record_into(self._recorder)
        self._history = History() if settings.page_port is not None else None
        if self._history:
            self._reconciler.show_in(self._history)
        self._registry = CollectorRegistry()
        self._registry.register(Rendered(POOL_METRICS, self._samples))
        self._registry.register(Rendered(BUDGET_METRICS, self._budget_samples))
        self._registry.register(Rendered(PROCESS_METRICS, self._process_samples))
        self._metrics = ReconcileMetrics(self._registry)

    def _watch(self, namespace: str | None) -> Watches:
        return Watches(
            DeploymentCache(self._cluster, namespace, self._deployment_changed),
            PodCache(self._cluster, namespace, lambda _: None),
            Scalers(self._cluster, namespace, self._scaler_changed),
        )

    async def run(self) -> None:
        """Runs until a signal ends it.

        Raises:
            ClusterError: The cluster, the CRD or a permission is not there.
            OSError: Metrics and probes cannot be served on the address.
        """
        await self._find_crd()
        await compare_crds(self._cluster, self._reconciler.reporter)
        async with AsyncExitStack() as stack:
            if self._election:
                await self._election.prepare()
                stack.push_async_callback(self._election.give_back)
            stack.push_async_callback(self._connections.close)
            stack.push_async_callback(self._temporal.close)
            stack.push_async_callback(self._reconciler.close)
            with self._ending.begins():
                await self._start(stack)
                await self._until_one_ends()

    async def _start(self, stack: AsyncExitStack) -> None:
        """Serves metrics and probes, and waits for the first lists."""
        host, port = self._settings.http_host, self._settings.http_port
        port = await stack.enter_async_context(
            serve(self._registry, self.health_problem, self.readiness_problem, host, port)
        )
        await self._start_page(stack)
        for cache in self._watches.caches:
            await stack.enter_async_context(_background(cache.run()))
        for cache in self._watches.caches:
            await cache.wait_synced(SYNC_TIMEOUT_SECONDS)
        log.info(
            "operator_started", namespaces=self._settings.namespaces or "all", server=self._cluster.server, port=port
        )

    async def _start_page(self, stack: AsyncExitStack) -> None:
        if self._history is None or self._settings.page_port is None:
            return
        host, started_at = self._settings.page_host, time.time()

        def about() -> AboutOperator:
            election = self._election
            leader = None if election is None or election.leads else election.holder.partition("_")[0] or "none"
            return AboutOperator(VERSION, started_at, socket.gethostname(), leader)

        page = serve_page(self._history, about, host, self._settings.page_port)
        port = await stack.enter_async_context(page)
        log.info("page_served", url=f"http://{host}:{port}/")

    async def _find_crd(self) -> None:
        """Sees that pools can be listed. An API server that has just learned of the CRD answers 429 for a while."""
        patient = AsyncRetrying(
            retry=retry_if_exception_type(ThrottledError),
            stop=stop_after_delay(SYNC_TIMEOUT_SECONDS),
            wait=wait_fixed(THROTTLED_PAUSE_SECONDS),
            reraise=True,
        )
        for namespace in self._settings.scopes:
            await patient(find_crd, self._cluster, namespace)

    def health_problem(self) -> str | None:
        """What is wrong with the process itself, such that a restart would help."""
        age = self._scheduler.pulse_age_seconds if self.leads else 0.0
        return f"the scheduler's last pulse was {age:.0f} s ago" if age > STUCK_SECONDS else None

    @property
    def leads(self) -> bool:
        """Whether this replica reconciles; the others watch, and are ready to."""
        return self._election is None or self._election.leads

    def readiness_problem(self) -> str | None:
        """What keeps the operator from scaling."""
        for cache in self._watches.caches:
            if not cache.synced.is_set():
                return f"{cache.kind} are not listed yet: {cache.failure or 'the first list is under way'}"
        return self._watches.outdated

    async def _until_one_ends(self) -> None:
        before = asyncio.all_tasks()
        watching = await kopf.spawn_tasks(
            registry=handlers.registry(self._pools, self._cluster),
            settings=handlers.settings(),
            standalone=True,
            clusterwide=not self._settings.namespaces,
            namespaces=self._settings.namespaces,
        )
        # Kopf would obey them by waiting for every task, and raise what one ends in: a lost connection, for example.
        _end_by_signals(self._ending)
        watch = kopf.run_tasks(watching, ignored=before)
        tasks = [asyncio.create_task(part) for part in (watch, self._lead(), self._sweep())]
        try:
            with self._ending.begins():
                await _first(tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _lead(self) -> None:
        """Reconciles whenever this replica leads."""
        if self._election is None:
            await self._scheduler.run()
        else:
            async with _background(self._election.run()):
                while True:
                    await self._lead_once(self._election)

    async def _lead_once(self, election: Election) -> None:
        """Waits until this replica leads, and reconciles until another one does."""
        self._pools.stand_by()
        await election.gain()
        self._pools.take_over()
        log.info("leading", identity=election.identity)
        tasks = [asyncio.create_task(part) for part in (self._scheduler.run(), election.lose())]
        try:
            await _first(tasks)
        finally:
            # Not waited for: the scheduler starts no pass of a pool while an earlier one of it has not ended.
            for task in tasks:
                task.cancel()
        log.warning("no_longer_leading", holder=election.holder)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            if self._reconciler.reporter.crd:
                await compare_crds(self._cluster, self._reconciler.reporter)
            known = self._pools.uids()  # before the list: a pool that comes meanwhile need not be in it
            try:
                lists = [await list_pool_uids(self._cluster, scope) for scope in self._settings.scopes]
            except ClusterError as error:
                log.warning("pools_not_listed", error=str(error))
                continue
            there = {key: uid for uids in lists for key, uid in uids.items()}
            for key, uid in known.items():
                if there.get(key) != uid:
                    self._pools.forget(key, uid)

    async def _turn(self, key: PoolKey) -> float:
        """One turn of the scheduler."""
        known = self._pools.get(key)
        if known is None:
            return SWEEP_SECONDS
        with self._metrics.duration_seconds.time():
            state, pause = await self._reconciler.reconcile(*known)
        self._pools.keep(known.pool, state)
        if self._history and self._pools.get(key) is None:  # it was deleted during the pass
            self._history.forget(key)
        return pause

    def _gone(self, key: PoolKey) -> None:
        self._scheduler.forget(key)
        known = self._pools.get(key)
        if known and (deployment := known.state.applied.deployment):
            task = asyncio.create_task(release(self._cluster, deployment, key[1]))
            self._releases.add(task)
            task.add_done_callback(self._releases.discard)
        if self._recorder:
            self._recorder.forget(key)
        if self._history:
            self._history.forget(key)

    def _deployment_changed(self, key: PoolKey) -> None:
        for affected in by_deployment(self._pools, key, self._watches.of(key[0]).deployments.get(*key)):
            self._scheduler.enqueue(affected)

    def _scaler_changed(self, key: PoolKey) -> None:
        for affected in by_scaler(
            self._pools, key[0], self._watches.of(key[0]).deployments.get, self._contention.contenders
        ):
            self._scheduler.enqueue(affected)

    def _temporal_namespace(self, key: PoolKey) -> Hashable:
        """Pools that wait for the same server: those of one Temporal namespace."""
        known = self._pools.get(key)
        if known is None or isinstance(known.pool.spec, str):
            return None
        spec = known.pool.spec
        named = (key[0], spec.connection_ref.name) if spec.connection_ref else None
        return spec.connection and spec.connection.address, named, spec.temporal_namespace

    def _budget_samples(self) -> Iterator[BudgetSample]:
        for address, temporal_namespace, budget in self._budgets.items():
            yield BudgetSample(address, temporal_namespace, budget.reads, budget.rate, budget.slowdown)

    def _process_samples(self) -> Iterator[ProcessSample]:
        yield ProcessSample(VERSION, leads=self.leads, writes=self._cluster.writes)

    def _samples(self) -> Iterator[PoolSample]:
        for pool, state in self._pools if self.leads else ():
            spec = None if isinstance(pool.spec, str) else pool.spec
            yield PoolSample(
                *pool.key,
                spec,
                state.reported.status,
                state.observation,
                state.counts,
                decision=state.decision,
                attainment=state.attainment,
                reconciled_at=state.reconciled_at,
                read_at=state.read_at,
                certificate_expires_at=state.certificate_expires_at,
            )


@asynccontextmanager
async def _background(coroutine: Coroutine[None, None, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(coroutine)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _first(tasks: list[asyncio.Task[None]]) -> None:
    """Waits until one has ended, and raises what it ended with."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


def _lease(settings: Settings, cluster: Cluster) -> LeaseStore:
    """One Lease for each scope of pools: operators of other namespaces do not wait for one another."""
    scope = ".".join((LEASE_NAME, *sorted(settings.namespaces)))
    if len(scope) > MAX_NAME_LENGTH:
        scope = f"{LEASE_NAME}.{hashlib.sha256(scope.encode()).hexdigest()}"
    return LeaseStore(cluster, settings.lease_namespace or cluster.namespace, scope)


def _end_by_signals(ending: Ending) -> None:
    """Makes signals cancel the task that calls this."""
    task = asyncio.current_task()

    def end() -> None:
        ending.start(None)
        if task:
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)


async def run(settings: Settings, ending: Ending) -> None:
    """Connects to the cluster and runs the operator until a signal ends it.

    Args:
        settings: Everything that is set once.
        ending: Leaves the process if the parts don't end in time.

    Raises:
        ClusterError: The cluster, the CRD or a permission is not there; the text says what to do.
        OSError: Metrics and probes cannot be served on the address.
    """
    _end_by_signals(ending)
    cluster = await connect(settings.kubeconfig, settings.context)
    try:
        with ending.begins():
            await Operator(settings, cluster, ending).run()
    finally:
        await cluster.close()
