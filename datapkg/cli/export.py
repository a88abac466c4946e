"""`datapkg export`."""

from pathlib import Path

import click

from datapkg.cli.progress import progress

SERVICES = click.Choice(["zenodo", "huggingface", "github"])


@click.command()
@click.argument("release")
@click.argument("service", type=SERVICES)
@click.option("--repo", metavar="OWNER/NAME", help="The repository, for huggingface and github.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="Make it ready in this folder.")
@click.option("--send", is_flag=True, help="Send it: as a draft, or private. Without this nothing leaves the machine.")
@click.option("--publish", is_flag=True, help="With --send: make public what was sent.")
@click.option("--reserve", "reserving", is_flag=True, help="With --send: a DOI for the next release of a dataset.")
@click.option("--new-version-of", "previous", metavar="RECORD", help="With --reserve: the version before, on Zenodo.")
@click.option("--endpoint", metavar="URL", help="Another server that speaks the same, such as a sandbox.")
@click.pass_context
def export(
    context: click.Context,
    /,
    release: str,
    service: str,
    repo: str | None,
    output: Path | None,
    endpoint: str | None,
    previous: str | None,
    *,
    send: bool,
    publish: bool,
    reserving: bool,
) -> None:
    """Make RELEASE, a folder or NAME@VERSION, ready for SERVICE; send it only with --send.

    The requests that would be sent are listed in exports/NAME-VERSION/SERVICE/requests.json, beside
    the archive that goes with them. The token comes from ZENODO_TOKEN, HF_TOKEN or GITHUB_TOKEN.
    A run that was interrupted goes on where it was.

    \b
    Example:
      datapkg export afpak-security@1.0.0 github --repo example/data
    """
    from datapkg.export.run import Order, reserve
    from datapkg.export.run import export as run

    order = Order(service, repo, endpoint, publish)
    if (publish or reserving) and not send:
        raise click.UsageError(f"{'--publish' if publish else '--reserve'} sends something, which needs --send")
    if reserving:
        click.echo(reserve(release, context.obj, order, output=output, previous=previous))
        return
    with progress():
        done = run(release, context.obj, order, output=output, send=send)
    size = sum(done.files.values())
    click.echo(f"{done.requests} requests, {len(done.files)} files, {size:,} bytes", err=True)
    click.echo(done.address or done.folder.as_posix())
