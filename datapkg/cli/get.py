"""`datapkg get`."""

import click

from datapkg.cli.options import registry_option, write
from datapkg.cli.progress import progress
from datapkg.registry.get import Search
from datapkg.registry.get import get as run
from datapkg.render.escape import inert, show


@click.command()
@click.argument("release", metavar="NAME[@RANGE]")
@registry_option
@click.option("--locked", is_flag=True, help="Take the version in datapkg.lock, and change nothing there.")
@click.option("--offline", is_flag=True, help="Take what is in the cache, and ask nobody.")
@click.pass_context
def get(context: click.Context, /, release: str, registry: str | None, locked: bool, offline: bool) -> None:
    """Fetch a release from the registry, verify every file, and print its folder in the cache.

    RANGE is ^1, ~1.2, 1.2.3 or *; the newest version in it is taken and written into datapkg.lock,
    in the project, else in the working folder.

    \b
    Example:
      datapkg get afpak-security@^1 --locked
    """
    with progress():
        found = run(release, context.obj, search=Search(registry, locked, offline))
    for told in found.warnings:
        click.echo(f"warning: {inert(show(told))}", err=True)
    write([f"{found.held.folder}\n"], None)
