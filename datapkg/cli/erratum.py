"""`datapkg erratum`."""

import click

from datapkg.cli.options import registry_option
from datapkg.publish import erratum as run


@click.command()
@click.argument("release", metavar="NAME@VERSION")
@click.argument("text")
@registry_option
@click.pass_context
def erratum(context: click.Context, /, release: str, text: str, registry: str | None) -> None:
    """Tell the readers of a published version what is wrong in it.

    The version stays on offer. Who loads it is warned with TEXT.

    \b
    Example:
      datapkg erratum afpak-security@1.0.0 "the place of inc-2023-07-12-zhob is wrong; 1.0.1 has the right one"
    """
    name, version = run(release, context.obj, text=text, registry=registry)
    click.echo(f"{name} {version} has an erratum", err=True)
