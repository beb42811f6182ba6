"""The picture of a run: what waited, what ran, and how many replicas there were for it."""

from pathlib import Path

import matplotlib as mpl

from localcluster.demo.timeline import Timeline

mpl.use("Agg")

from matplotlib import pyplot as plt


def draw(timeline: Timeline, title: str, file: Path) -> None:
    """Draw backlog, slots in use and replicas over time into a PNG file."""
    seconds = [sample.seconds for sample in timeline.samples]
    figure, (work, pods) = plt.subplots(2, 1, sharex=True, figsize=(10, 6), layout="constrained")
    work.fill_between(seconds, [s.backlog or 0 for s in timeline.samples], step="post", alpha=0.35, label="backlog")
    used = [float("nan") if s.slots_used is None else s.slots_used for s in timeline.samples]
    work.step(seconds, used, where="post", color="tab:orange", label="slots in use, as reported every 10 s")
    work.set_ylabel("tasks")
    work.set_title(title)
    work.legend(loc="upper right")
    pods.fill_between(seconds, [s.ready for s in timeline.samples], step="post", alpha=0.35, label="ready")
    pods.step(seconds, [s.replicas for s in timeline.samples], where="post", color="tab:orange", label="replicas")
    pods.step(
        seconds, [s.desired for s in timeline.samples], where="post", color="black", linestyle=":", label="desired"
    )
    pods.set_ylabel("replicas")
    pods.set_xlabel("seconds")
    pods.yaxis.get_major_locator().set_params(integer=True)
    pods.legend(loc="upper right")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=110)
    plt.close(figure)
