"""Pages of metrics as the SDK serves them."""


def page(*lines: str) -> str:
    """A page of metrics."""
    return "\n".join(("# TYPE temporal_worker_task_slots_used gauge", *lines, ""))


def used(worker_type: str, value: float, metric: str = "used", task_queue: str = "orders") -> str:
    """A line as the SDK writes it."""
    labels = f'namespace="shop",task_queue="{task_queue}",worker_type="{worker_type}"'
    return f"temporal_worker_task_slots_{metric}{{{labels}}} {value}"


def latency(
    total: float, count: float, bounds: tuple[float, ...] = (), *, name: str = "activity_execution_latency"
) -> tuple[str, ...]:
    """The lines of a latency; `bounds` are those of its buckets."""
    labels = 'activity_type="ship",namespace="shop",task_queue="orders"'
    buckets = (f'temporal_{name}_bucket{{{labels},le="{bound:g}"}} {count}' for bound in (*bounds, float("inf")))
    return *buckets, f"temporal_{name}_sum{{{labels}}} {total}", f"temporal_{name}_count{{{labels}}} {count}"


def started(name: str, counts: dict[str, float], **labels: str) -> tuple[str, ...]:
    """The lines of a schedule-to-start latency; `counts` has the tasks of each bucket by its label `le`."""
    all_labels = {"namespace": "shop", "task_queue": "orders", **labels}
    text = ",".join(f'{label}="{value}"' for label, value in all_labels.items())
    return tuple(f'{name}_bucket{{{text},le="{bound}"}} {count}' for bound, count in counts.items())
