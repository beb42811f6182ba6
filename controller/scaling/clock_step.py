"""A clock that went back: what is remembered as later than now counts as of now, so that it frees no window."""


def not_after(time: float | None, now: float) -> float | None:
    """The moment, or now if it lies in the future; `None` stays unknown."""
    return None if time is None else min(time, now)
