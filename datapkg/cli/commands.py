"""The commands by name. Each module is imported when its command is asked for: `--help` needs none of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

import click


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is, and what the list of commands says of it; a command without a summary is not listed."""

    module: str
    summary: str = ""
    function: str = ""


COMMANDS: Mapping[str, Entry] = {
    "blame": Entry("history", "Which version and commit last changed each row or cell.", "blame"),
    "diff": Entry("diff", "What differs between two versions, row by row."),
    "erratum": Entry("erratum", "Tell the readers of a published version what is wrong in it."),
    "explain": Entry("explain", "What a rule means, why it matters and how to mend what it finds."),
    "export": Entry("export", "Make a release ready for Zenodo, Hugging Face or GitHub."),
    "fmt": Entry("fmt", "Give tables, descriptors and schemas their one canonical form."),
    "get": Entry("get", "Fetch a release from the registry, and verify it."),
    "git-textconv": Entry("install_git", function="git_textconv"),
    "history": Entry("history", "One row of a table through releases and commits."),
    "install-git": Entry("install_git", "Let git merge and show tables by key.", "install_git"),
    "merge": Entry("merge", "Merge two changes of a table by key and cell."),
    "mutate": Entry("mutate", "Which corruptions would the rules of a dataset miss?"),
    "publish": Entry("publish", "Put a release into the registry, for good."),
    "query": Entry("query", "One SELECT of DuckDB's SQL over the tables."),
    "release": Entry("release", "Validate a dataset, decide its version, build its release."),
    "review": Entry("review", "What a change does to the datasets, in one report."),
    "validate": Entry("validate", "Check tables against their schemas and each other."),
    "verify": Entry("verify", "Check that a release is what was published."),
    "yank": Entry("yank", "Withdraw a published version without deleting it."),
}


class Commands(click.Group):
    """A group whose commands are those of `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in order, of those that are listed."""
        return [name for name, entry in COMMANDS.items() if entry.summary]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, or None."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        found = getattr(import_module(f"datapkg.cli.{entry.module}"), entry.function or entry.module)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, without looking at any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].summary) for name in self.list_commands(ctx)])
