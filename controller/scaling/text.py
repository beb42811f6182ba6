"""Numbers and lists of things, as people say them."""

from collections.abc import Sequence

NAMED = 3
"""How many of many things a message names."""

NAME_CHARACTERS = 63
"""How much of a name a message shows: all of a Kubernetes label."""


def counted(count: int, noun: str) -> str:
    """Such as `1 replica` or `3 replicas`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def does(count: int, noun: str, verb: str) -> str:
    """What they do, such as `1 task waits` or `3 tasks wait`."""
    return f"{counted(count, noun)} {verb}{'s' if count == 1 else ''}"


def are(count: int, noun: str) -> str:
    """The beginning of a sentence about them, such as `1 replica is` or `3 replicas are`."""
    return f"{counted(count, noun)} {'is' if count == 1 else 'are'}"


def brief(name: str) -> str:
    """A name, cut where it is longer than names are."""
    return name if len(name) <= NAME_CHARACTERS else f"{name[: NAME_CHARACTERS - 1]}…"


def listed(names: Sequence[str]) -> str:
    """Such as `a, b and c`, or `a, b, c and 13 more`."""
    shown = [brief(name) for name in names[:NAMED]]
    if len(names) > NAMED:
        return f"{', '.join(shown)} and {len(names) - NAMED} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if shown[1:] else shown)


def per_second(rate: float) -> str:
    """A rate, such as `10 tasks/s` or `0.25 tasks/s`."""
    return f"{number(rate, 2)} tasks/s"


def percent(share: float) -> str:
    """A share, such as `85 %`."""
    return f"{100 * share:.0f} %"


def number(value: float, digits: int = 1) -> str:
    """A number with so many digits behind the point, without zeros at its end."""
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text
