"""`python -m tests.extra.release.kube_score` builds it, before tests begin that wait for other things."""

from localcluster.command_line import run_command
from tests.extra.release.kube_score import KUBE_SCORE

if __name__ == "__main__":
    run_command(lambda: print(f"kube-score is in {KUBE_SCORE.find(print)}.", flush=True))  # noqa: T201 - the answer
