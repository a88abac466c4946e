"""`datapkg publish`."""

import click

from datapkg.cli.options import limit_options, limits_of, registry_option, write
from datapkg.cli.progress import progress
from datapkg.publish import publish as run


@click.command()
@click.argument("release", required=False)
@click.option("--to", metavar="STORE", help="The registry to publish to: a folder, s3://, gs:// or az://.")
@registry_option
@limit_options
@click.pass_context
def publish(
    context: click.Context, /, release: str | None, to: str | None, registry: str | None, **limits: int | None
) -> None:
    """Verify RELEASE, put it into the registry for good, and print where it is there.

    RELEASE is a folder, or NAME@VERSION among the project's releases; without it, the last release
    of the project's dataset. A version is published once: the same bytes again are no work, other
    bytes are refused. A run that was interrupted is finished by the next one.

    \b
    Example:
      datapkg publish afpak-security@1.0.0 --to s3://bucket/registry
    """
    if to is not None and registry is not None and to != registry:
        raise click.UsageError("--to and --registry name two registries; give one of them")
    with progress():
        done = run(release, context.obj, registry=to or registry, limits=limits_of(context.obj, **limits))
    verb = "published" if done.done == "published" else "unchanged, already published:"
    click.echo(f"{verb} {done.name} {done.version}: {len(done.sent)} files sent", err=True)
    write([f"{done.registry}/{done.name}/{done.version}\n"], None)
