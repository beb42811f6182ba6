"""The operator process: builds the parts, starts them together, and ends them together."""

import asyncio
import platform
from collections.abc import Hashable
from contextlib import AsyncExitStack
from typing import Any, Final, cast

import kopf
import structlog

from controller.api.status import OperatorStatus
from controller.cluster.client import Cluster, connect
from controller.cluster.pods import PodCache
from controller.cluster.scalers import Scalers
from controller.cluster.workload import DeploymentCache, Watches, WatchesByNamespace
from controller.operator import handlers
from controller.operator.actuate.claim import release
from controller.operator.by_target import DeploymentKey
from controller.operator.clock import Clock
from controller.operator.crds import compare_crds, find_crds, keep_comparing
from controller.operator.ending import Ending
from controller.operator.inputs.contention import Contention
from controller.operator.inputs.read import InputsReader, Sources
from controller.operator.leading import Leadership
from controller.operator.page_feed import serve_history
from controller.operator.pass_log import PassLog
from controller.operator.pool import PoolKey
from controller.operator.pools import PoolTable
from controller.operator.reconcile import Reconciler
from controller.operator.report.recorder import Recorder
from controller.operator.report.reporter import Reporter
from controller.operator.samples import registry
from controller.operator.scheduler import PULSE_SECONDS, Scheduler
from controller.operator.settings import VERSION, Settings
from controller.operator.signals import end_by_signals
from controller.operator.sweep import SWEEP_SECONDS, sweep
from controller.operator.tasks import first_to_end, running
from controller.operator.triggers import ExternalScales, by_deployment, by_scaler
from controller.page.history import History
from controller.telemetry.http import serve
from controller.telemetry.process_metrics import ReconcileMetrics
from controller.temporal.budget import Budgets
from controller.temporal.client import Connections
from controller.temporal.reader import TemporalReader

log = structlog.get_logger()

SYNC_TIMEOUT_SECONDS: Final = 60.0
"""How long the first lists of Deployments and pods may take before the start is given up."""

STUCK_SECONDS: Final = 6 * PULSE_SECONDS
"""Age of the scheduler's pulse from which on the process is called unhealthy."""


class Operator:
    """All parts of the process, wired."""

    def __init__(self, settings: Settings, cluster: Cluster, ending: Ending) -> None:
        """Builds the parts; nothing runs yet."""
        self._settings = settings
        self._ending = ending
        self._cluster = cluster
        self._leadership = Leadership(settings, cluster)
        self._scheduler = Scheduler(self._turn, settings.concurrent_passes, self._temporal_namespace)
        self._pools = PoolTable(changed=self._scheduler.enqueue, gone=self._gone)
        self._releases = set[asyncio.Task[None]]()
        self._watches = WatchesByNamespace({namespace: self._watch(namespace) for namespace in settings.scopes})
        self._external_scales = ExternalScales(
            self._pools.on, lambda *key: self._watches.of(key[0]).deployments.get(*key), self._scheduler.enqueue
        )
        self._contention = Contention(lambda namespace: self._watches.of(namespace).scalers, self._pools.pools_on)
        self._connections = Connections()
        budgets = Budgets(settings.temporal_reads_per_second)
        clock = Clock()
        self._temporal = TemporalReader(self._connections, clock.now, budgets=budgets, elapsed=clock.elapsed)
        sources = Sources(cluster, self._watches, self._contention, self._temporal, settings.target_labels)
        self._inputs = InputsReader(sources, clock, settings.first_report_seconds)
        self._reporter = Reporter(cluster, clock.now, OperatorStatus(identity=platform.node(), version=VERSION))
        self._pass_log = PassLog(
            Recorder(settings.record) if settings.record else None,
            History() if settings.page_port is not None else None,
        )
        self._reconciler = Reconciler(cluster, self._inputs, self._reporter, clock, self._pass_log)
        self._registry = registry(self._pools, budgets, cluster, self._leadership)
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
            OSError: Metrics and probes, or the page, cannot be served on the address.
        """
        await find_crds(self._cluster, self._settings.scopes)
        await compare_crds(self._cluster, self._reporter)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._leadership.candidacy())
            stack.push_async_callback(self._connections.close)
            stack.push_async_callback(self._temporal.close)
            stack.push_async_callback(self._inputs.close)
            with self._ending.begins():
                await self._start(stack)
                await self._until_one_ends()

    async def _start(self, stack: AsyncExitStack) -> None:
        """Serves metrics, probes and the page, and waits for the first lists."""
        host, port = self._settings.http_host, self._settings.http_port
        port = await stack.enter_async_context(
            serve(self._registry, self.health_problem, self.readiness_problem, host, port)
        )
        await stack.enter_async_context(serve_history(self._pass_log.history, self._settings, self._leadership))
        for cache in self._watches.caches:
            await stack.enter_async_context(running(cache.run()))
        for cache in self._watches.caches:
            await cache.wait_synced(SYNC_TIMEOUT_SECONDS)
        log.info(
            "operator_started", namespaces=self._settings.namespaces or "all", server=self._cluster.server, port=port
        )

    def health_problem(self) -> str | None:
        """What is wrong with the process itself, such that a restart would help."""
        age = self._scheduler.pulse_age_seconds if self._leadership.is_held else 0.0
        return f"the scheduler's last pulse was {age:.0f} s ago" if age > STUCK_SECONDS else None

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
            # Kopf would ask for the name of the user, and that of a container has none.
            identity=cast("Any", platform.node()),
            standalone=True,
            clusterwide=not self._settings.namespaces,
            namespaces=self._settings.namespaces,
        )
        # Kopf would obey them by waiting for every task, and raise what one ends in: a lost connection, for example.
        end_by_signals(self._ending)
        watch = kopf.run_tasks(watching, ignored=before)
        lead = self._leadership.run(self._scheduler, self._pools)
        swept = sweep(self._cluster, self._settings, self._pools)
        crds = keep_comparing(self._cluster, self._reporter)
        async with running(watch, lead, swept, crds) as tasks:
            with self._ending.begins():
                await first_to_end(tasks)

    async def _turn(self, key: PoolKey) -> float:
        """One turn of the scheduler."""
        known = self._pools.get(key)
        if known is None:
            return SWEEP_SECONDS
        with self._metrics.duration_seconds.time():
            state, pause = await self._reconciler.reconcile(*known)
        self._pools.keep(known.pool, state)
        if self._pools.get(key) is None:  # it was deleted during the pass
            self._pass_log.forget(key)
        return pause

    def _gone(self, key: PoolKey) -> None:
        self._scheduler.forget(key)
        known = self._pools.get(key)
        if known and (deployment := known.state.applied.deployment):
            task = asyncio.create_task(release(self._cluster, deployment, key[1]))
            self._releases.add(task)
            task.add_done_callback(self._releases.discard)
        self._pass_log.forget(key)

    def _deployment_changed(self, key: PoolKey) -> None:
        for affected in by_deployment(self._pools.on(key), key, self._watches.of(key[0]).deployments.get(*key)):
            self._scheduler.enqueue(affected)
        self._external_scales.note(key)

    def _scaler_changed(self, key: DeploymentKey) -> None:
        for affected in by_scaler(
            self._pools.on(key), key[0], self._watches.of(key[0]).deployments.get, self._contention.contenders
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


async def run(settings: Settings, ending: Ending) -> None:
    """Connects to the cluster and runs the operator until a signal ends it.

    Args:
        settings: Everything that is set once.
        ending: Leaves the process if the parts don't end in time.

    Raises:
        ClusterError: The cluster, the CRD or a permission is not there; the text says what to do.
        OSError: Metrics and probes, or the page, cannot be served on the address.
    """
    end_by_signals(ending)
    cluster = await connect(settings.kubeconfig, settings.context)
    try:
        with ending.begins():
            await Operator(settings, cluster, ending).run()
    finally:
        await cluster.close()
