"""`datapkg explain`."""

import click

from datapkg.catalogue import explain as run
from datapkg.cli.options import write
from datapkg.project import Project


@click.command()
@click.argument("code", required=False)
@click.pass_obj
def explain(project: Project | None, code: str | None) -> None:
    """Say what a rule means, why it matters and how to mend what it finds. Without CODE, list all.

    \b
    Example:
      datapkg explain foreign-key
    """
    write(run(code, project), None)
