"""Trouble is seen within seconds where people look first: `kubectl get twp`, Events, the log, `twp explain`, alerts."""

from collections.abc import Iterator
from typing import Final

import pytest

from localcluster.operator_process import ACCOUNT, OperatorProcess
from localcluster.prometheus import Prometheus
from tests.extra.incidents.alerts import firing
from tests.extra.incidents.connections import consent
from tests.extra.incidents.incidents import incidents, priority
from tests.extra.incidents.watch import Staged, Watch
from tests.system.place import Place

pytestmark = pytest.mark.long

DEADLINE_SECONDS: Final = 300.0
"""How long all may take together, on a busy machine; the longest pause that an alert waits for is 120 s here."""


@pytest.fixture
def staged(place: Place, operator: OperatorProcess, prometheus: Prometheus) -> Iterator[Watch]:
    """All incidents, applied."""
    consent(place, f"{ACCOUNT}:{ACCOUNT}")
    with incidents(place) as all_of_them:
        for incident in all_of_them:
            place.apply(*incident.manifests(place, incident.name))
        yield Watch(operator, [Staged(place, incident) for incident in all_of_them], lambda: firing(prometheus))
    place.kubectl("delete", "priorityclass", priority(place))


def test_trouble_is_seen_where_people_look(staged: Watch) -> None:
    """Each incident by its own cause, whatever else is wrong beside it."""
    wrong = staged.until_all_is_seen(DEADLINE_SECONDS, "incidents.txt")
    assert wrong == {}, staged.report()
