"""The line that says how far something is."""

import io

from typing_extensions import override

from controller.cli.progress import Progress


class Terminal(io.StringIO):
    """A stream that is one, or is not."""

    def __init__(self, *, is_terminal: bool = True) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    @override
    def isatty(self) -> bool:
        return self._is_terminal


def shown(stream: Terminal, *times: float) -> str:
    """What is written by a progress that is asked at these seconds after its start."""
    clock = iter((0.0, *times))
    progress = Progress(stream, lambda: next(clock))
    for time in times:
        progress.at(f"at {time}".format)
    progress.clear()
    return stream.getvalue()


def test_what_takes_no_second_says_nothing() -> None:
    """Nor leaves anything behind."""
    assert shown(Terminal(), 0.1, 0.9) == ""


def test_later_one_line_is_written_over_itself_and_cleared_at_the_end() -> None:
    """Five times a second at most."""
    assert shown(Terminal(), 0.9, 1.1, 1.2, 1.4) == "\r\x1b[Kat 1.1\r\x1b[Kat 1.4\r\x1b[K"


def test_into_a_file_nothing_is_written() -> None:
    """A log of a pipeline has no use for it."""
    assert shown(Terminal(is_terminal=False), 5.0) == ""
