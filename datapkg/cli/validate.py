"""`datapkg validate`."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from datapkg.cache.entries import cache_at
from datapkg.cli.options import (
    codes,
    color_option,
    engine_of,
    engine_options,
    formats,
    limit_options,
    limits_of,
    outputs_of,
    write,
    write_report,
)
from datapkg.cli.progress import progress
from datapkg.project import Project
from datapkg.render.reports import report_schema
from datapkg.ruling import rules_from
from datapkg.validate import narrowed
from datapkg.validate import validate as run


def print_schema(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    """Print the JSON Schema of the report and end the command, where it is wanted."""
    if wanted and not context.resilient_parsing:
        write([report_schema()], None)
        context.exit()


@click.command()
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--schema", type=click.Path(path_type=Path), help="The Table Schema of a single data file.")
@click.option(
    "--format",
    "outputs",
    multiple=True,
    callback=formats,
    metavar="FORMAT[=FILE]",
    help="text, json, junit, sarif, github, markdown or html; repeatable.",
)
@click.option("--output", type=click.Path(path_type=Path), help="Write a single format to this file.")
@click.option("--select", multiple=True, callback=codes, metavar="CODE", help="Show only these rules.")
@click.option("--ignore", multiple=True, callback=codes, metavar="CODE", help="Do not show these rules.")
@click.option("--fail-on", type=click.Choice(["error", "warning", "never"]), default="error", show_default=True)
@click.option("--limit", type=click.IntRange(0), help="Findings shown per rule and table.  [default: 1000]")
@engine_options
@click.option("--rules-from", metavar="git:REF", help="Take rules, schemas, waivers and settings from a commit.")
@click.option("--untrusted", is_flag=True, help="Run no code and no SQL that comes with the data.")
@click.option("--no-cache", is_flag=True, help="Judge anew what has not changed since it was judged, and keep nothing.")
@limit_options
@click.option(
    "--report-schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_schema,
    help="Print the JSON Schema of the json report and stop.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; the exit code tells.")
@color_option
@click.pass_obj
def validate(
    project: Project | None,
    /,
    targets: tuple[str, ...],
    outputs: tuple[Any, ...],
    quiet: bool,
    color: str,
    **options: Any,
) -> int:
    """Check the tables of each TARGET against their schemas and each other.

    TARGET is a dataset of the project, a folder or descriptor of any Data Package, or a data
    file. Without one, every dataset of the project.

    \b
    Example:
      datapkg validate afpak-security --format json=report.json
    """
    outputs = outputs_of(outputs, options["output"])
    origin = options["rules_from"]
    with (
        rules_from(origin, project) if origin is not None else nullcontext(project) as judge,
        engine_of(options["engine"], options["master"]) as engine,
        progress(quiet=quiet) as told,
    ):
        limits = limits_of(judge, memory=options["memory"], threads=options["threads"], findings=options["limit"])
        report = run(
            *targets,
            project=judge,
            schema=options["schema"],
            limits=limits,
            untrusted=options["untrusted"],
            cache=None if options["no_cache"] else cache_at(apart_from=project.root if project is not None else None),
            engine=engine,
            progress=told,
        )
    report = narrowed(report, select=options["select"], ignore=options["ignore"])
    for name, file in outputs:
        if not (quiet and file is None):
            write_report(report, name, color, file)
    return 1 if report.failed(options["fail_on"]) else 0
