"""`datapkg yank`."""

import click

from datapkg.cli.options import registry_option
from datapkg.publish import yank as run


@click.command()
@click.argument("release", metavar="NAME@VERSION")
@click.option("--reason", help="Why nobody should take it any more; readers are told.")
@click.option("--undo", is_flag=True, help="Take the withdrawal back.")
@registry_option
@click.pass_context
def yank(context: click.Context, /, release: str, reason: str | None, undo: bool, registry: str | None) -> None:
    """Withdraw a published version without deleting it.

    Ranges skip it from now on. Who names exactly this version still gets it, with a warning that
    gives the reason.

    \b
    Example:
      datapkg yank afpak-security@1.0.0 --reason "deaths of July are counted twice"
    """
    if undo == (reason is not None):
        raise click.UsageError("give --reason TEXT, or --undo")
    name, version = run(release, context.obj, reason=reason, registry=registry)
    click.echo(f"{name} {version} is {'offered again' if undo else 'yanked'}", err=True)
