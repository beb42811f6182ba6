"""What a pool says of objects that can't be read whole."""

from controller.api.condition_reasons import ObjectsReadable
from controller.operator.report.readable import objects_readable

POD = "pod worker-{} (status.phase)"


def test_each_object_is_named_with_its_fields() -> None:
    """The first three of many."""
    update = objects_readable(["Deployment worker (spec.paused)", POD.format(1)])
    assert update.reason is ObjectsReadable.OBJECT_UNREADABLE
    assert update.message.startswith(
        "2 objects can't be read whole: Deployment worker (spec.paused); pod worker-1 (status.phase). "
    )
    many = objects_readable([POD.format(number) for number in range(9)]).message
    assert "worker-2" in many
    assert "worker-3" not in many
    assert "and 6 more" in many


def test_a_watch_that_fails_comes_before_fields_that_cannot_be_read() -> None:
    """Those are of an earlier time as well."""
    update = objects_readable([POD.format(1)], "The cache of pods has not been up to date for 12 s: no.")
    assert update.reason is ObjectsReadable.WATCH_FAILED
    assert update.message.startswith("The cache of pods has not been up to date for 12 s: no. Grant ")


def test_nothing_unreadable_is_good() -> None:
    """Most pools never show it."""
    assert objects_readable([]).reason is ObjectsReadable.OBJECTS_READABLE
