"""`datapkg release`."""

from pathlib import Path

import click

from datapkg.cli.options import limit_options, limits_of, write
from datapkg.cli.progress import progress
from datapkg.release.build import build
from datapkg.render.release import render, told


@click.command()
@click.argument("name")
@click.option(
    "--bump", default="auto", show_default=True, metavar="PART", help="auto, major, minor, patch, or a version."
)
@click.option("--dry-run", is_flag=True, help="Build and check, print the plan and the files, leave nothing behind.")
@click.option(
    "--sign-key", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Sign with this SSH key."
)
@limit_options
@click.pass_context
def release(
    context: click.Context, /, name: str, bump: str, dry_run: bool, sign_key: Path | None, **limits: int | None
) -> None:
    """Validate the dataset NAME and build its release, dist/NAME-VERSION/, whose path is printed.

    What changed since the last release decides which part of its version is raised at least;
    --bump, or the version that the descriptor states, may raise more and never less. Version,
    today's date (or that of SOURCE_DATE_EPOCH) and an entry of CHANGELOG.md are written into the
    source. A release that exists is never overwritten: the same bytes are no work, other bytes
    are refused.

    \b
    Example:
      datapkg release afpak-security --dry-run
    """
    with progress():
        held = limits_of(context.obj, **limits)
        built = build(name, context.obj, bump=bump, dry_run=dry_run, limits=held, sign_key=sign_key)
    click.echo(told(built), err=True)
    write(render(built), None)
