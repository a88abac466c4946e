"""`datapkg verify`."""

from pathlib import Path

import click

from datapkg.cli.options import color_option, limit_options, limits_of, write_report
from datapkg.cli.progress import progress
from datapkg.render.reports import RENDERERS
from datapkg.verify import verify as run


@click.command()
@click.argument("release", required=False)
@click.option("--format", "name", type=click.Choice(list(RENDERERS)), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the report to this file.")
@click.option(
    "--signers",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Who may sign: a file of ssh-keygen's allowed signers.",
)
@click.option(
    "--copy",
    "copies",
    multiple=True,
    metavar="TABLE=FILE",
    help="A Parquet file of another writer that must hold what TABLE holds; repeatable.",
)
@click.option(
    "--rebuild",
    is_flag=False,
    flag_value="",
    metavar="[SOURCE]",
    help="Build it again from a dataset of the project or git:REF, or from the work tree, and compare.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; the exit code tells.")
@color_option
@limit_options
@click.pass_context
def verify(
    context: click.Context,
    /,
    release: str | None,
    name: str,
    output: Path | None,
    signers: Path | None,
    copies: tuple[str, ...],
    rebuild: str | None,
    quiet: bool,
    color: str,
    **limits: int | None,
) -> None:
    """Check that RELEASE is what was published: its checksums, its signatures, its schema and its data.

    RELEASE is a folder, or NAME@VERSION among the project's releases. Exit code 1 where a file
    is missing, unlisted or changed, or the data is not what its schema says. With --signers, also
    where it is not signed by one of them; with --rebuild, where its source builds another one, which
    runs the row rules of that source.

    \b
    Example:
      datapkg verify afpak-security@1.0.0
      datapkg verify afpak-security@1.0.0 --rebuild git:afpak-security-1.0.0
      datapkg verify afpak-security@1.0.0 --copy incidents=incidents-by-polars.parquet
    """
    if not release:
        release, rebuild = rebuild, ""  # `verify --rebuild RELEASE`: what follows is the release.
    if not release:
        raise click.UsageError("Missing argument 'RELEASE'.")
    named = dict(_copy(given) for given in copies)
    with progress(quiet=quiet):
        held = limits_of(context.obj, **limits)
        report = run(release, context.obj, limits=held, signers=signers, copies=named, rebuild=rebuild)
    if output is not None or not quiet:
        write_report(report, name, color, output)
    context.exit(1 if report.failed("error") else 0)


def _copy(given: str) -> tuple[str, Path]:
    table, equals, file = given.partition("=")
    if not table or not equals or not Path(file).is_file():
        raise click.BadParameter(
            f"{given!r} is not a table, an equals sign and a file that is there", param_hint="--copy"
        )
    return table, Path(file)
