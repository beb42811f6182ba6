"""Overrides by annotation: what is read, and what garbage does."""

import json
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.api.model import written
from controller.api.overrides import (
    KNOWN,
    MAX_LENGTH,
    MAX_REPLICAS,
    OVERRIDE,
    PAUSED_UNTIL,
    PREFIX,
    FixedReplicas,
    LeastReplicas,
    Override,
    Overrides,
    Pause,
    UnreadableError,
    annotate,
    annotation,
    length_of,
    remove,
    seconds_of,
)

NOON = 1_795_521_600.0
"""2026-11-24T12:00:00Z"""


def override(**fields: Any) -> str:
    """The annotation that fixes 12 replicas until noon; `None` leaves a field out."""
    said = {"replicas": 12, "until": "2026-11-24T12:00:00Z", **fields}
    return json.dumps({name: value for name, value in said.items() if value is not None})


def test_a_pool_without_annotations_has_no_overrides() -> None:
    """Those of others say nothing."""
    assert Overrides.of({"kubectl.kubernetes.io/last-applied-configuration": "{}"}) == Overrides()


@pytest.mark.parametrize(
    "text",
    ["2026-11-24T12:00:00Z", " 2026-11-24T13:00:00+01:00\n", "2026-11-24T12:00:00.000Z", "2026-11-24 12:00+00:00"],
)
def test_a_pause_has_an_end_in_any_zone(text: str) -> None:
    """The time is the same moment however it is written."""
    assert Overrides.of({PAUSED_UNTIL: text}) == Overrides(pause=Pause(NOON))
    assert written(NOON) == "2026-11-24T12:00:00Z"


def test_an_end_beyond_all_years_can_be_written() -> None:
    """In its own zone it is within them."""
    read = Overrides.of({PAUSED_UNTIL: "9999-12-31T23:59:59-14:00"})
    assert [written(end) for end in read.ends] == ["9999-12-31T23:59:59Z"]


def test_a_pause_may_have_an_author_and_a_reason() -> None:
    """Then it is a JSON object, as an override is."""
    said = '{"until": "2026-11-24T12:00:00Z", "by": "jo", "reason": "migration"}'
    assert Overrides.of({PAUSED_UNTIL: said}).pause == Pause(NOON, "migration", "jo")
    assert Overrides.of({PAUSED_UNTIL: '{"until": "2026-11-24T12:00:00Z"}'}).pause == Pause(NOON)


def test_a_least_number_is_an_override_of_its_own() -> None:
    """With it no number is fixed."""
    read = Overrides.of({OVERRIDE: override(replicas=None, minReplicas=2, by="jo")})
    assert (read.fixed, read.least, read.ends) == (None, LeastReplicas(2, NOON, by="jo"), (NOON,))


def test_fixed_replicas_have_an_author_and_a_reason() -> None:
    """In one line each, and no longer than a message bears."""
    said = override(reason="flash\n sale", by="jo " * 200)
    assert Overrides.of({OVERRIDE: said}).fixed == FixedReplicas(12, NOON, "flash sale", f"{('jo ' * 66)[:197]}…")
    assert Overrides.of({OVERRIDE: override(replicas=0)}).fixed == FixedReplicas(0, NOON)


@pytest.mark.parametrize(
    ("annotation", "text", "why"),
    [
        (PAUSED_UNTIL, "", "it is no time in RFC 3339"),
        (PAUSED_UNTIL, "tomorrow", "it is no time in RFC 3339"),
        (PAUSED_UNTIL, "2026-11-24T12:00:00", "its time has no zone"),
        (PAUSED_UNTIL, "2026-11-24", "its time has no zone"),
        (PAUSED_UNTIL, "1795521600", "it is no time in RFC 3339"),
        (OVERRIDE, "12", "write a JSON object"),
        (OVERRIDE, "replicas: 12", "write a JSON object"),
        (OVERRIDE, "[" * MAX_LENGTH, "write a JSON object"),
        (
            OVERRIDE,
            "[" * (MAX_LENGTH + 1),
            f"it has {MAX_LENGTH + 1} characters, and at most {MAX_LENGTH} are read",
        ),
        (OVERRIDE, override(replicas=None), "replicas must be a whole number"),
        (OVERRIDE, override(replicas=-1), "replicas must be a whole number"),
        (OVERRIDE, override(replicas=1.5), "replicas must be a whole number"),
        (OVERRIDE, override(replicas=True), "replicas must be a whole number"),
        (OVERRIDE, override(replicas="12"), "replicas must be a whole number"),
        (OVERRIDE, override(replicas=2**31), "replicas must be a whole number"),
        (OVERRIDE, override(minReplicas=2), "it has replicas and minReplicas: write one of the two"),
        (OVERRIDE, override(replicas=None, minReplicas=-1), "minReplicas must be a whole number"),
        (PAUSED_UNTIL, '{"until": "tomorrow"}', "it is no time in RFC 3339"),
        (PAUSED_UNTIL, '{"by": "jo"}', "until is missing"),
        (PAUSED_UNTIL, "{", "write a JSON object"),
        (OVERRIDE, override(until=None), "until is missing"),
        (OVERRIDE, override(until=1_795_521_600), "it is no time in RFC 3339"),
    ],
)
def test_garbage_is_ignored_and_reported(annotation: str, text: str, why: str) -> None:
    """The problem names the annotation, says why, and shows a bounded part of its text."""
    read = Overrides.of({annotation: text})
    assert (read.pause, read.fixed) == (None, None)
    (problem,) = read.problems
    assert problem.startswith(f"{annotation} is ignored: {why}")
    assert len(problem) < 500


def test_one_unreadable_annotation_leaves_the_other_in_force() -> None:
    """They are read apart."""
    read = Overrides.of({PAUSED_UNTIL: "tomorrow", OVERRIDE: override()})
    assert read.fixed == FixedReplicas(12, NOON)
    assert len(read.problems) == 1


def test_an_override_ends_by_itself() -> None:
    """From its end on it is not there; until then its end is known."""
    read = Overrides.of({PAUSED_UNTIL: "2026-11-24T12:00:00Z", OVERRIDE: override(until="2026-11-24T11:00:00Z")})
    assert read.ends == (NOON, NOON - 3600)
    assert read.at(NOON - 3601) == read
    assert read.at(NOON - 3600) == Overrides(pause=Pause(NOON))
    assert read.at(NOON) == Overrides()


def test_half_a_surrogate_pair_can_be_written_to_status() -> None:
    """JSON can hold one, and UTF-8 can't."""
    assert Overrides.of({OVERRIDE: override(reason="\ud800")}).fixed == FixedReplicas(12, NOON, "?")


@given(annotations=st.dictionaries(st.sampled_from([PAUSED_UNTIL, OVERRIDE]), st.text(max_size=3000)))
def test_no_text_whatever_raises(annotations: dict[str, str]) -> None:
    """An annotation must not be able to stop the reconciles of its pool."""
    read = Overrides.of(annotations)
    assert len(read.problems) + len(read.ends) == len(annotations)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(replicas=json_values, until=json_values | st.datetimes().map(lambda time: f"{time.isoformat()}+14:00"))
def test_no_json_whatever_raises(replicas: Any, until: Any) -> None:
    """Likewise for JSON with the right names and any values."""
    said = json.dumps({"replicas": replicas, "until": until, "reason": until, "by": replicas})
    read = Overrides.of({OVERRIDE: said})
    assert (read.fixed is None) == bool(read.problems)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("workerpools.dev/pause-until", PAUSED_UNTIL),
        ("workerpools.dev/paused_until", PAUSED_UNTIL),
        ("workerpools.dev/Paused-Until", PAUSED_UNTIL),
        ("workerpools.dev/pause", PAUSED_UNTIL),
        (OVERRIDE.replace("rr", "r"), OVERRIDE),
        ("workerpools.dev/overrides", OVERRIDE),
        ("workerpool.dev/override", OVERRIDE),
        ("workerpools.io/paused-until", PAUSED_UNTIL),
        ("workerpools.dev/min-replicas", None),
    ],
)
def test_a_misspelt_annotation_is_reported_with_the_nearest_right_name(name: str, meant: str | None) -> None:
    """It has no effect, and its text is not judged."""
    read = Overrides.of({name: "whatever"})
    assert read == Overrides(unknown=read.unknown)
    (sentence,) = read.unknown
    assert sentence.startswith(f"{name} is unknown and has no effect: ")
    assert sentence.endswith(f"did you mean {meant}?" if meant else f"a pool knows {' and '.join(KNOWN)}.")


@pytest.mark.parametrize(
    "name",
    [*KNOWN, "kubectl.kubernetes.io/last-applied-configuration", "argocd.argoproj.io/tracking-id", "paused-until"],
)
def test_annotations_of_others_are_no_matter_of_ours(name: str) -> None:
    """Nor are those that are spelt right."""
    assert Overrides.of({name: ""}).unknown == ()


moments = st.integers(0, 253_402_300_799).map(float)
lines = st.text(max_size=60).map(lambda text: " ".join(text.encode(errors="replace").decode().split()))
overrides = st.one_of(
    st.builds(Pause, moments, lines, lines),
    *(st.builds(kind, st.integers(0, MAX_REPLICAS), moments, lines, lines) for kind in (FixedReplicas, LeastReplicas)),
)


@given(asked=overrides)
def test_what_is_written_is_read_as_the_same(asked: Override) -> None:
    """A command and the operator can't differ on what was asked for."""
    name, text = annotation(asked)
    assert Overrides.of({name: text}).each == (asked,)


def test_a_pause_without_words_is_just_its_end() -> None:
    """As people write it by hand."""
    assert annotation(Pause(NOON)) == (PAUSED_UNTIL, "2026-11-24T12:00:00Z")


@given(asked=overrides)
def test_the_command_can_be_pasted_into_a_shell(asked: Override) -> None:
    """Whatever quotes a reason has."""
    name, text = annotation(asked)
    words = ["kubectl", "annotate", "--overwrite", "twp", "-n", "prod", "orders", f"{name}={text}"]
    assert shlex.split(annotate("prod", "orders", asked)) == words


def test_the_command_that_ends_an_override_removes_its_annotation() -> None:
    """A minus after the name is kubectl's way."""
    assert remove("prod", "orders", OVERRIDE) == f"kubectl annotate twp -n prod orders {PREFIX}/override-"


@pytest.mark.parametrize(
    ("text", "seconds"), [("45s", 45), ("30m", 1800), ("1h", 3600), ("1h30m", 5400), (" 2d ", 172_800), ("90m", 5400)]
)
def test_a_length_of_time_is_written_as_kubectl_shows_ages(text: str, seconds: int) -> None:
    """In the units of Go's durations, and days."""
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0s", "1", "h", "1h 30m", "-1h", "1.5h", "1w", "30m1h", "1" * 5000 + "s"])
def test_a_length_of_time_that_is_none_is_refused(text: str) -> None:
    """With an example of one."""
    with pytest.raises(UnreadableError, match="write one such as 30m, 1h30m or 2d"):
        seconds_of(text)


@given(seconds=st.integers(1, 10**8))
def test_a_length_of_time_is_read_as_it_is_written(seconds: int) -> None:
    """To the second."""
    assert seconds_of(length_of(seconds)) == seconds
