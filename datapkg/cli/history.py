"""`datapkg history` and `datapkg blame`."""

from pathlib import Path

import click

from datapkg.cli.options import limit_options, limits_of, write_text
from datapkg.cli.progress import progress
from datapkg.history import blame as find_blame
from datapkg.history import history as find_history
from datapkg.render import lineage

format_option = click.option(
    "--format", "format_", type=click.Choice(lineage.FORMATS), default="text", show_default=True
)
output_option = click.option("--output", type=click.Path(path_type=Path), help="Write it to this file.")


@click.command()
@click.argument("name")
@click.argument("table")
@click.argument("key")
@format_option
@output_option
@limit_options
@click.pass_context
def history(
    context: click.Context,
    /,
    name: str,
    table: str,
    key: str,
    format_: str,
    output: Path | None,
    **limits: int | None,
) -> None:
    """Tell one row of a table through releases and commits: when it came, what changed, why it went.

    KEY is the row's key, or column=value[,column=value] where the key has several columns. Each change
    is told with its version, commit and author; what is not committed is told as well.

    \b
    Example:
      datapkg history afpak-security incidents inc-2023-07-12-zhob
    """
    with progress():
        story = find_history(name, table, key, context.obj, limits_of(context.obj, **limits))
    write_text(lineage.history(story, format_), format_, output)


@click.command()
@click.argument("name")
@click.argument("table")
@click.option("--cells", is_flag=True, help="Each cell, in place of each row.")
@format_option
@output_option
@limit_options
@click.pass_context
def blame(
    context: click.Context,
    /,
    name: str,
    table: str,
    cells: bool,
    format_: str,
    output: Path | None,
    **limits: int | None,
) -> None:
    """Say of each row of a table which version and which commit last changed its value.

    Its position and its spelling do not count. Without git, the versions are told.

    \b
    Example:
      datapkg blame afpak-security incidents --cells
    """
    with progress():
        found = find_blame(name, table, context.obj, cells=cells, limits=limits_of(context.obj, **limits))
    write_text(lineage.blame(found, format_), format_, output)
