"""Every command of the package is in the list, under its own name, and only what is hidden is not told."""

import click
import pytest
from conftest import ROOT

from datapkg.cli.commands import COMMANDS, Commands
from datapkg.cli.main import datapkg


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_where_the_list_has_it(name: str) -> None:
    assert isinstance(datapkg, Commands)
    command = datapkg.get_command(click.Context(datapkg), name)
    assert command is not None
    assert (command.name, command.hidden) == (name, not COMMANDS[name].summary)
    assert COMMANDS[name].summary == "" or COMMANDS[name].summary.endswith((".", "?"))


def test_no_module_of_a_command_is_left_out() -> None:
    files = {path.stem for path in (ROOT / "datapkg" / "cli").glob("*.py")}
    assert files - {"__init__", "commands", "main", "options", "progress"} == {c.module for c in COMMANDS.values()}


def test_a_name_that_is_no_command_is_told() -> None:
    assert datapkg.get_command(click.Context(datapkg), "absent") is None
