"""`datapkg query`."""

from pathlib import Path

import click

from datapkg.cli.options import limit_options, limits_of, write
from datapkg.query import query as run
from datapkg.query import write_parquet
from datapkg.render.answers import ANSWERS


@click.command()
@click.argument("target")
@click.argument("sql")
@click.option("--format", "name", type=click.Choice([*ANSWERS, "parquet"]), default="table", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the answer to this file; parquet needs one.")
@limit_options
@click.pass_context
def query(
    context: click.Context, /, target: str, sql: str, name: str, output: Path | None, **limits: int | None
) -> None:
    """Run one SELECT of DuckDB's SQL over the tables of TARGET, typed and read-only.

    TARGET is a dataset, a folder, descriptor or file of data, or a release (NAME@VERSION). Cells
    that are not of their column's type read as null, and a warning counts them. Exit code 2 where
    the SQL does not run or a table that it names cannot be read.

    \b
    Example:
      datapkg query afpak-security "SELECT label, killed_best FROM incidents"
    """
    if name == "parquet" and output is None:
        raise click.UsageError("the format parquet needs --output FILE")
    with run(target, sql, context.obj, limits=limits_of(context.obj, **limits)) as answer:
        for line in answer.warnings:
            click.echo(f"warning: {line}", err=True)
        if name == "parquet" and output is not None:
            write_parquet(answer, output)
        else:
            write(ANSWERS[name](answer), output)
