"""`datapkg install-git`, and what git runs to show a table."""

import os
import shutil
import sys
from pathlib import Path

import click

from datapkg.gitsetup import Setup, install, undo
from datapkg.project import Project
from datapkg.render.escape import show
from datapkg.textconv import textconv


@click.command("install-git")
@click.option("--undo", "away", is_flag=True, help="Take out again what this put in, and nothing else.")
@click.pass_obj
def install_git(project: Project | None, /, away: bool) -> None:
    """Set up this repository so that git merges tables by key and cell, and shows changes so.

    Writes a block of `.gitattributes`, which is shared with others, and settings of this clone,
    which are not: each clone needs the command once. What else stands there stays.

    \b
    Example:
      datapkg install-git
    """
    done = undo(Path.cwd()) if away else install(Path.cwd(), project, _program())
    for line in _lines(done, away):
        click.echo(line)


def _lines(done: Setup, away: bool) -> tuple[str, str]:
    did, not_done = ("taken out of", "none in") if away else ("set in", "as they should be in")
    return (
        f"attributes: {did if done.attributes_changed else not_done} {show(done.attributes.name)}",
        f"settings: {did if done.settings_changed else not_done} this clone",
    )


def _program() -> list[str]:
    """What runs this datapkg from anywhere."""
    own = Path(sys.argv[0])
    if own.name == "datapkg" and own.is_file() and os.access(own, os.X_OK):
        return [own.absolute().as_posix()]
    return [shutil.which("datapkg") or "datapkg"]


@click.command("git-textconv", hidden=True)
@click.argument("file", type=click.Path(path_type=Path))
def git_textconv(file: Path) -> None:
    """Print a table as one line for each cell, as `git diff` compares it after `datapkg install-git`.

    \b
    Example:
      datapkg git-textconv datasets/afpak-security/data/incidents.csv
    """
    for piece in textconv(file, Path.cwd()):
        click.echo(piece, nl=False)
