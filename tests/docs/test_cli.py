"""docs/cli.md shows what the commands print."""

from controller.cli.main import app
from tests.docs.cli_examples import PAGE, rendered


def test_every_example_is_what_the_command_prints() -> None:
    """Of three pools at a fixed time; `make docs` writes them."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == rendered(page)
    assert page.count("$ kubectl twp") >= 10


def test_every_command_has_an_example_in_its_help() -> None:
    """Below the options."""
    without = [command.name for command in app.registered_commands if "Example: " not in (command.epilog or "")]
    assert not without
