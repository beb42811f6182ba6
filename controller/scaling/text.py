"""Numbers and names, as people say them."""

from controller.api.text import cut

NAME_BYTES = 80
"""UTF-8 bytes of a name that a message shows: a longer one must not push the rest of the sentence out."""

PROPER_NAMES = frozenset({"Temporal", "Kubernetes", "Deployment", "Secret"})
"""Words with a capital letter wherever they stand, which look like others."""


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
    return cut(name, NAME_BYTES)


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


def now_and_recommended(current: int, recommended: int) -> str:
    """Such as `(3 now, 9 recommended)`, after what is not done about it."""
    return f"({current} now, {recommended} recommended)"


def after_colon(sentence: str) -> str:
    """A sentence as it goes on after a colon: its first letter is small, unless the first word is a name."""
    first = sentence.split(" ", 1)[0]
    is_name = first in PROPER_NAMES or "/" in first or first[1:] != first[1:].lower()
    return sentence if is_name else sentence[:1].lower() + sentence[1:]


def duration(seconds: float) -> str:
    """A length of time as `kubectl get` shows ages: `45s`, `12m`, `3h`, `2d`."""
    whole = round(seconds)
    for unit, length, next_unit in (("s", 1, 120), ("m", 60, 7200), ("h", 3600, 172_800)):
        if whole < next_unit:
            return f"{whole // length}{unit}"
    return f"{whole // 86_400}d"
