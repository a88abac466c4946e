"""The commands put together, and the one place where an error becomes an exit code."""

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread

import click

from datapkg.cli.commands import Commands
from datapkg.cli.options import HELP
from datapkg.engine.connection import interrupt
from datapkg.errors import DatapkgError, Refused
from datapkg.project import find_project
from datapkg.render.escape import inert, show
from datapkg.versions import TOOL


@click.group(cls=Commands, context_settings=HELP)
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


SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    """Run the command line. 0 clean, 1 findings or refused, 2 cannot run, 128 and more stopped by a signal."""
    stopped: list[int] = []

    def stop(number: int, frame: object) -> None:
        for other in SIGNALS:
            signal.signal(other, signal.SIG_IGN)  # Nothing disturbs the way out.
        stopped.append(number)
        raise KeyboardInterrupt

    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)
    heard, hears = os.pipe()
    os.set_blocking(hears, False)
    signal.set_wakeup_fd(hears)
    Thread(target=_interrupt, args=[heard], daemon=True).start()
    try:
        code = datapkg.main(standalone_mode=False)
    except BaseException as error:  # noqa: BLE001  (what is not told is raised again)
        code = 0 if stopped else _told(error)
    if stopped:
        os._exit(128 + stopped[0])  # Threads may still work on files that are gone; they end here too.
    sys.exit(code if isinstance(code, int) else 0)


def _interrupt(heard: int) -> None:
    """Once a signal is heard, stop what DuckDB does: Python's own handler waits until it is done."""
    os.read(heard, 1)
    while True:
        interrupt()
        time.sleep(0.1)


def _told(error: BaseException) -> int:
    """Say an error in a line, and give the exit code of its kind."""
    if isinstance(error, Refused):
        click.echo(f"refused: {said(error)}", err=True)
        return 1
    if isinstance(error, DatapkgError):
        click.echo(f"error: {said(error)}", err=True)
        return 2
    if isinstance(error, click.ClickException):
        error.show()
        return 2
    if isinstance(error, click.Abort):
        return 130
    if isinstance(error, BrokenPipeError):
        sys.stderr.close()
        return 141
    if isinstance(error, OSError):
        # A disk that fails where nobody could know what it was asked for; it may be what standard error is written to.
        where = f"{error.filename}: " if error.filename else ""
        with suppress(OSError):
            click.echo(f"error: {show(where)}{error.strerror or said(error)}", err=True)
        return 2
    raise error


def said(error: Exception) -> str:
    """An error's message, which may quote data: nothing in it moves a cursor or commands a log."""
    return "\n".join(inert(show(line)) for line in str(error).split("\n"))
