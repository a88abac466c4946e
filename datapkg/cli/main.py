"""The commands put together, and the one place where an error becomes an exit code."""

import sys
from pathlib import Path

import click

from datapkg.cli.explain import explain
from datapkg.cli.mutate import mutate
from datapkg.cli.options import HELP
from datapkg.cli.query import query
from datapkg.cli.release import release
from datapkg.cli.validate import validate
from datapkg.cli.verify import verify
from datapkg.errors import DatapkgError, Refused
from datapkg.project import find_project
from datapkg.versions import TOOL


@click.group(context_settings=HELP)
@click.version_option(TOOL, prog_name="datapkg")
@click.option("--project", type=click.Path(file_okay=False, path_type=Path), help="The project's folder.")
@click.pass_context
def datapkg(context: click.Context, project: Path | None) -> None:
    """Validate, version and release curated datasets.

    \b
    Example:
      datapkg validate
    """
    if project is not None and not project.is_dir():
        raise DatapkgError(f"there is no folder {project}")
    found = find_project((project or Path.cwd()).absolute())
    if project is not None and found is None:
        raise DatapkgError(f"{project} is no project: it has neither datapkg.toml nor [tool.datapkg] in pyproject.toml")
    context.obj = found


for command in (validate, explain, query, mutate, release, verify):
    datapkg.add_command(command)


def main() -> None:
    """Run the command line. 0 clean, 1 findings or refused, 2 cannot run, 130 interrupted."""
    try:
        code = datapkg.main(standalone_mode=False)
    except Refused as refusal:
        click.echo(f"refused: {refusal}", err=True)
        code = 1
    except DatapkgError as error:
        click.echo(f"error: {error}", err=True)
        code = 2
    except click.ClickException as error:
        error.show()
        code = 2
    except click.Abort:
        code = 130
    except BrokenPipeError:
        sys.stderr.close()
        code = 141
    sys.exit(code if isinstance(code, int) else 0)
