"""Times on the command line: lengths such as `90s`, and moments such as `02:17`, a time in RFC 3339 or `20m` ago."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from controller.api.model import written
from controller.api.overrides import UnreadableError, seconds_of
from controller.cli.commands import CliError
from controller.cli.exit_status import ExitStatus
from controller.scaling.text import duration

Timeout = Annotated[
    str | None,
    typer.Option("--timeout", help="Wait so long until all is ready, such as 60s; then end with its status."),
]


def seconds_from(option: str, text: str) -> float:
    """The length of time that an option has.

    Raises:
        CliError: It is none.
    """
    try:
        return float(seconds_of(text))
    except UnreadableError as error:
        raise CliError(f"{option}: {error}", ExitStatus.USAGE) from error


def moment_from(option: str, text: str, now: float) -> float:
    """The moment that an option has, in seconds since the Unix epoch.

    Args:
        option: The option, for the message.
        text: A time in RFC 3339 (UTC without a zone), `02:17` or `02:17:30` in the last 24 hours by this machine's
            clock, or a length of time: so long ago.
        now: Seconds since the Unix epoch.

    Raises:
        CliError: It is none, or in the future.
    """
    moment = _moment(text.strip(), now)
    if moment is None:
        hint = "write 02:17, 20m (ago), or a time in RFC 3339, such as 2026-11-24T02:17:00Z"
        raise CliError(f"{option}: {text!r} is no time; {hint}", ExitStatus.USAGE)
    if moment > now:
        raise CliError(f"{option}: {written(moment)} is in the future; choose an earlier time", ExitStatus.USAGE)
    return moment


def ago(at: float, now: float) -> str:
    """How long ago a moment was, such as `40s ago`; or how far ahead, such as `in 40s`."""
    return f"in {duration(at - now)}" if at > now else f"{duration(now - at)} ago"


def _moment(text: str, now: float) -> float | None:
    try:
        return now - seconds_of(text)
    except UnreadableError:
        pass
    if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", text):
        return _today(text, now)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _today(text: str, now: float) -> float | None:
    """The last such time of day, by the time zone of this machine."""
    local = datetime.fromtimestamp(now).astimezone()
    try:
        hour, minute, second = (int(part) for part in f"{text}:0".split(":")[:3])
        time = local.replace(hour=hour, minute=minute, second=second, microsecond=0)
    except ValueError:
        return None
    return (time if time <= local else time - timedelta(days=1)).timestamp()
