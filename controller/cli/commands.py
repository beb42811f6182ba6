"""The group of all commands: whatever goes wrong is one line on standard error, with what to do."""

import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

from controller.cli.exit_status import ExitStatus


class CliError(typer.TyperException):
    """A command can't go on; the text is one line: what happened, and what to do."""

    def __init__(self, message: str, status: ExitStatus) -> None:
        super().__init__(" ".join(message.split()))
        self.status = status
        self.exit_code = int(status)


class Commands(TyperGroup):
    """Commands that end with an exit status and at most one line on standard error."""

    @override
    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        try:
            status = super().main(
                args, prog_name, complete_var, standalone_mode=False, windows_expand_args=windows_expand_args, **extra
            )
        except typer.TyperException as error:
            if not standalone_mode:
                raise
            _show(error)
            sys.exit(error.exit_code)
        return sys.exit(status) if standalone_mode else status


def _show(error: typer.TyperException) -> None:
    """One line; but the help, which is what a group says without a command, is shown as it is."""
    message = error.format_message()
    if "\n" in message.strip():
        typer.echo(message, err=True)
        return
    context = getattr(error, "ctx", None)
    hint = f" See `{context.command_path} --help`." if context else ""
    sentence = message if message.endswith("?") else f"{message.rstrip('.')}."
    typer.echo(f"twp: {sentence}{hint}", err=True)
